"""Lists of pictures that nobody may be given, by their hashes; what here is like one of them; and
what of ours is like a picture in a letter."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
)

from whimbrel.core.tables import PERSONAL, SECRET, SYSTEM, Id, metadata

from .columns import case_id

# 100,000 of them are three megabytes, read at one go: a search looks at each.
hash_lists = Table(
    "hash_lists",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("name", String(100), nullable=False, unique=True, info=SYSTEM),
    Column("hashes", LargeBinary, nullable=False, info=SECRET),  # 32 bytes each, in order
    Column("many", Integer, nullable=False, info=SYSTEM),
    Column("changed_at", BigInteger, nullable=False, info=SYSTEM),  # ms
)

hash_hits = Table(
    "hash_hits",
    metadata,
    Column(
        "media",
        BigInteger,
        ForeignKey("media.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        info=PERSONAL,
    ),
    case_id("case"),
    Column("list", BigInteger, nullable=False, info=SYSTEM),  # it may be no more
    Column("distance", SmallInteger, nullable=False, info=SYSTEM),  # bits
    Column("at", BigInteger, nullable=False, info=SYSTEM),  # ms
    Column("released_at", BigInteger, info=SYSTEM),  # somebody saw that it is another picture
    Index("ix_hash_hits_case", "case"),
)

complaint_likes = Table(
    "complaint_likes",
    metadata,
    Column(
        "complaint",
        BigInteger,
        ForeignKey("complaints.id"),
        primary_key=True,
        autoincrement=False,
        info=SYSTEM,
    ),
    Column("number", SmallInteger, primary_key=True, autoincrement=False, info=SYSTEM),
    Column(
        "media",
        BigInteger,
        ForeignKey("media.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        info=PERSONAL,
    ),
    Column("distance", SmallInteger, nullable=False, info=SYSTEM),  # bits
    Index("ix_complaint_likes_media", "media"),
)
