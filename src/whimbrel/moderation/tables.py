"""What people report, what was decided, and which servers are kept at a distance. A report's words
stay as they were filed; who works on it and what came of it is beside them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    text,
)

from whimbrel.accounts.tables import account_id
from whimbrel.core.tables import PERSONAL, PUBLIC, SECRET, SYSTEM, Counter, Id, metadata


def _moderator(name: str) -> Column[int]:
    """Who of the staff; null = nobody, or they have left."""
    return Column(name, BigInteger, ForeignKey("accounts.id", ondelete="SET NULL"), info=SYSTEM)


reports = Table(
    "reports",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    account_id("account"),
    account_id("target"),
    Column("category", String(20), nullable=False, info=PERSONAL),
    Column("comment", LargeBinary, nullable=False, info=PERSONAL),  # sealed
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Column("posts", String(2000), nullable=False, server_default="[]", info=PERSONAL),  # JSON ids
    Column("rules", String(500), nullable=False, server_default="[]", info=PERSONAL),
    Column("collections", String(500), nullable=False, server_default="[]", info=PERSONAL),
    Column("forward", Boolean, nullable=False, server_default=text("false"), info=PERSONAL),
    Column("resolved_at", BigInteger, info=SYSTEM),
    Column("updated_at", BigInteger, info=SYSTEM),  # null = as it was filed
    _moderator("assigned"),
    _moderator("resolved_by"),
    Index("ix_reports_account", "account"),
    Index("ix_reports_target", "target"),
    Index("ix_reports_resolved_at", "resolved_at"),
    Index("ix_reports_assigned", "assigned"),
    Index("ix_reports_resolved_by", "resolved_by"),
    Index(
        "ix_reports_open",
        "id",
        sqlite_where=text("resolved_at IS NULL"),
        postgresql_where=text("resolved_at IS NULL"),
    ),
)

# Everything the staff did, one row an act, written in the same transaction. Only added to.
decisions = Table(
    "decisions",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True, info=SYSTEM),  # their order
    Column("at", BigInteger, nullable=False, info=SYSTEM),
    _moderator("by"),
    Column("action", String(40), nullable=False, info=SYSTEM),
    Column("kind", String(30), nullable=False, info=SYSTEM),  # what `target` is an id of
    Column("target", BigInteger, nullable=False, info=SYSTEM),
    Column("report", BigInteger, info=SYSTEM),
    Column("detail", String(300), nullable=False, server_default="", info=SYSTEM),  # no names
    Index("ix_decisions_by", "by"),
    Index("ix_decisions_target", "kind", "target"),
)

blocked_servers = Table(
    "blocked_servers",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("domain", String(253), nullable=False, unique=True, info=PUBLIC),
    Column("severity", String(20), nullable=False, info=PUBLIC),
    Column("reject_media", Boolean, nullable=False, server_default=text("false"), info=SYSTEM),
    Column("reject_reports", Boolean, nullable=False, server_default=text("false"), info=SYSTEM),
    Column("private_comment", LargeBinary, info=SYSTEM),  # sealed
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Column("public_comment", String(5000), info=PUBLIC),
    Column("obfuscate", Boolean, nullable=False, server_default=text("false"), info=SYSTEM),
)
allowed_servers = Table(
    "allowed_servers",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("domain", String(253), nullable=False, unique=True, info=PUBLIC),
)

# Accounts that the operator made so that whoever reads everything reads them, too.
canaries = Table("canaries", metadata, account_id("account", primary_key=True))
