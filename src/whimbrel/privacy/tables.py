"""When somebody seemed to copy this server, and receipts for what was erased."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table

from whimbrel.core.tables import PERSONAL, SYSTEM, Id, metadata

alarms = Table(
    "alarms",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("why", String(20), nullable=False, info=SYSTEM),
    Column("ends_at", BigInteger, nullable=False, info=SYSTEM),  # ms since 1970
    Column("silenced_at", BigInteger, info=SYSTEM),  # null = by nobody
)

# What somebody erased, and since when no copy of it can be read: nothing of what it was.
receipts = Table(
    "receipts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    # null = of an erased account: who has its code may read it
    Column("account", BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), info=PERSONAL),
    Column("kind", String(10), nullable=False, info=PERSONAL),
    Column("subject", BigInteger, nullable=False, info=PERSONAL),
    Column("files", Integer, nullable=False, info=PERSONAL),
    Column("kept_until", BigInteger, info=SYSTEM),  # ms since 1970: files, or evidence
    Column("done_at", BigInteger, info=PERSONAL),  # ms since 1970
    Index("ix_receipts_account", "account", "id"),
)
