"""Lists of servers that others keep: what they say, what was taken over, what is left out."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from whimbrel.core.tables import SYSTEM, Id, metadata

from .columns import moderator


def _list(ondelete: str, nullable: bool) -> Column[int]:
    there = ForeignKey("block_lists.id", ondelete=ondelete)
    return Column("list", BigInteger, there, nullable=nullable, info=SYSTEM)


block_lists = Table(
    "block_lists",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("name", String(100), nullable=False, info=SYSTEM),
    Column("url", String(2048), nullable=False, info=SYSTEM),
    Column("rank", Integer, nullable=False, info=SYSTEM),  # the lower one wins
    Column("content", LargeBinary, info=SYSTEM),  # JSON of `blocklist.Row`, as last fetched
    Column("many", Integer, nullable=False, info=SYSTEM),  # servers in it
    Column("fetched_at", BigInteger, info=SYSTEM),  # ms
    Column("error", String(20), nullable=False, info=SYSTEM),  # of the last try: `collect.ERRORS`
    # How often its clock was set: one that was set before says nothing any more.
    Column("turn", Integer, nullable=False, info=SYSTEM),
)

# Which of those kept away are so because of a list. All others are the operator's own.
listed_servers = Table(
    "listed_servers",
    metadata,
    Column(
        "block",
        BigInteger,
        ForeignKey("blocked_servers.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        info=SYSTEM,
    ),
    _list("CASCADE", False),
    Index("ix_listed_servers_list", "list"),
)

# Each time something of the lists was done, and how it was before; kept until it cannot be undone.
list_uses = Table(
    "list_uses",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    moderator("by"),
    Column("undone_at", BigInteger, info=SYSTEM),  # ms
    Index("ix_list_uses_by", "by"),
)
list_changes = Table(
    "list_changes",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column(
        "use",
        BigInteger,
        ForeignKey("list_uses.id", ondelete="CASCADE"),
        nullable=False,
        info=SYSTEM,
    ),
    Column("kind", String(10), nullable=False, info=SYSTEM),  # add change lift
    Column("domain", String(253), nullable=False, info=SYSTEM),
    Column("block", BigInteger, nullable=False, info=SYSTEM),  # blocked_servers.id, then
    Column("before", LargeBinary, info=SYSTEM),  # JSON of `rules.ServerBlock`
    _list("SET NULL", True),  # because of which it was as it was before
    Index("ix_list_changes_use", "use"),
    Index("ix_list_changes_list", "list"),
)

# Servers that no list decides about.
list_excludes = Table(
    "list_excludes",
    metadata,
    Column("domain", String(253), primary_key=True, info=SYSTEM),
    moderator("by"),
    Index("ix_list_excludes_by", "by"),
)
