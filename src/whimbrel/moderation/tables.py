"""What people report. A report is kept whole; the desk that works on it has its own tables."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    LargeBinary,
    String,
    Table,
    text,
)

from whimbrel.accounts.tables import account_id
from whimbrel.core.tables import PERSONAL, SECRET, SYSTEM, Id, metadata

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
    Column("forward", Boolean, nullable=False, server_default=text("false"), info=PERSONAL),
    Column("resolved_at", BigInteger, info=SYSTEM),
    Index("ix_reports_account", "account"),
    Index("ix_reports_target", "target"),
)
