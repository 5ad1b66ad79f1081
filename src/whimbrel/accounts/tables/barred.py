"""Whom the doors are closed to. Of people there are keyed hashes only."""

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

from whimbrel.core.tables import SECRET, SYSTEM, Id, metadata

barred_networks = Table(
    "barred_networks",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("network", String(50), nullable=False, unique=True, info=SYSTEM),  # 192.0.2.0/24
    Column("severity", String(30), nullable=False, info=SYSTEM),
    Column("comment", LargeBinary, info=SYSTEM),  # sealed
    Column("slot", BigInteger, nullable=False, info=SECRET),
    Column("until", BigInteger, info=SYSTEM),  # null = for good
)
barred_email_domains = Table(
    "barred_email_domains",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("domain", String(253), nullable=False, unique=True, info=SYSTEM),
    Column("with_approval", Boolean, nullable=False, server_default=text("false"), info=SYSTEM),
)
barred_emails = Table(
    "barred_emails",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, info=SYSTEM),
    Column("hash", LargeBinary, nullable=False, unique=True, info=SECRET),  # keyed
    Column(
        "account", BigInteger, ForeignKey("accounts.id", ondelete="SET NULL"), info=SYSTEM
    ),  # whose suspension it came with
    Index("ix_barred_emails_account", "account"),
)
