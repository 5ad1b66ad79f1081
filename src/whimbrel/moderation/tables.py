"""What people report. A report is kept whole; the desk that works on it has its own tables."""

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

from whimbrel.core.tables import PERSONAL, SECRET, SYSTEM, Id, metadata


def _account(name: str, *, primary_key: bool = False, nullable: bool = False) -> Column[int]:
    return Column(
        name,
        BigInteger,
        ForeignKey("accounts.id", ondelete="CASCADE"),
        primary_key=primary_key,
        autoincrement=False,
        nullable=nullable,
        info=PERSONAL,
    )


reports = Table(
    "reports",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    _account("account"),
    _account("target"),
    Column("category", String(20), nullable=False, info=PERSONAL),
    Column("comment", LargeBinary, nullable=False, info=PERSONAL),  # sealed
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Column("posts", String(2000), nullable=False, server_default="[]", info=PERSONAL),  # JSON ids
    Column("rules", String(500), nullable=False, server_default="[]", info=PERSONAL),
    Column("forward", Boolean, nullable=False, server_default=text("false"), info=PERSONAL),
    Column("resolved_at", BigInteger, info=SYSTEM),
    Index("ix_reports_account", "account"),
    Index("ix_reports_target", "target"),
)
