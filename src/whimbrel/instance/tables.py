"""What the operator tells everybody, and what everybody did about announcements.

None of the words is sealed: they are written to be read by strangers."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    text,
)

from whimbrel.accounts.tables import account_id
from whimbrel.core.tables import PUBLIC, SYSTEM, Id, metadata

rules = Table(
    "rules",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PUBLIC),
    Column("position", Integer, nullable=False, info=PUBLIC),
    Column("text", String(300), nullable=False, info=PUBLIC),
    Column("hint", String(1000), nullable=False, server_default="", info=PUBLIC),
    # JSON: language to {text, hint}
    Column("translations", String(60_000), nullable=False, server_default="{}", info=PUBLIC),
    Column("at", BigInteger, nullable=False, info=SYSTEM),
    Column("removed_at", BigInteger, info=SYSTEM),  # kept, for old reports name it
)

# The long texts: description, privacy, terms. Only the terms have several rows, one for each day on
# which new ones came into force.
texts = Table(
    "texts",
    metadata,
    Column("kind", String(20), primary_key=True, info=PUBLIC),
    Column("day", String(10), primary_key=True, server_default="", info=PUBLIC),  # 2026-12-31
    Column("markdown", String(100_000), nullable=False, info=PUBLIC),
    Column("html", String(400_000), nullable=False, info=PUBLIC),  # clean
    Column("at", BigInteger, nullable=False, info=PUBLIC),
)

announcements = Table(
    "announcements",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=PUBLIC),
    Column("text", String(20_000), nullable=False, info=PUBLIC),  # as written
    Column("starts_at", BigInteger, info=PUBLIC),  # what it is about begins and ends then
    Column("ends_at", BigInteger, info=PUBLIC),
    Column("all_day", Boolean, nullable=False, server_default=text("false"), info=PUBLIC),
    Column("published_at", BigInteger, nullable=False, info=PUBLIC),  # may lie ahead
    Column("at", BigInteger, nullable=False, info=SYSTEM),
)


def _announcement() -> Column[int]:
    return Column(
        "announcement",
        BigInteger,
        ForeignKey("announcements.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        info=SYSTEM,
    )


# Whoever put an announcement away.
announcement_reads = Table(
    "announcement_reads",
    metadata,
    account_id("account", primary_key=True),
    _announcement(),
    Index("ix_announcement_reads_announcement", "announcement"),
)

announcement_reactions = Table(
    "announcement_reactions",
    metadata,
    _announcement(),
    Column("name", String(64), primary_key=True, info=PUBLIC),  # an emoji, or a shortcode of ours
    account_id("account", primary_key=True),
    Column("at", BigInteger, nullable=False, info=PUBLIC),
    Index("ix_announcement_reactions_account", "account"),
)
