"""Evidence that is kept sealed, and who had it opened. What is kept lies in the vault's own folder;
in the database it is, sealed already, from the moment of sealing until it has been laid there."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, String, Table

from whimbrel.core.tables import SECRET, SYSTEM, Id, metadata

from .columns import case_id, moderator

holds = Table(
    "holds",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    case_id("case"),
    # What it is a copy of, which may be no more; so neither is a foreign key.
    Column("post", BigInteger, nullable=False, info=SYSTEM),
    Column("author", BigInteger, nullable=False, info=SYSTEM),
    Column("until", BigInteger, nullable=False, info=SYSTEM),  # ms
    Column("destroyed_at", BigInteger, info=SYSTEM),
    # The key of the file, sealed to the legal role's and then under a slot of ours: once that is
    # destroyed nobody can open any copy. Null = destroyed.
    Column("key", LargeBinary, info=SECRET),
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Column("sealed", LargeBinary, info=SECRET),  # null = it lies in the folder, or is destroyed
    Index("uq_holds_case_post", "case", "post", unique=True),
    Index("ix_holds_post", "post"),
    Index("ix_holds_author", "author"),
)

openings = Table(
    "openings",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    case_id("case"),
    moderator("asked_by"),
    Column("purpose", LargeBinary, nullable=False, info=SYSTEM),  # sealed
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Column("state", String(10), nullable=False, info=SYSTEM),  # asked agreed refused
    moderator("agreed_by"),
    Column("agreed_at", BigInteger, info=SYSTEM),
    Index("ix_openings_case", "case"),
    Index("ix_openings_asked_by", "asked_by"),
    Index("ix_openings_agreed_by", "agreed_by"),
)
