"""Imports: lists of people that somebody brings along."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Expand only."""
    table = "imports"
    account = sa.ForeignKey("accounts.id", name=f"fk_{table}_account", ondelete="CASCADE")
    op.create_table(
        table,
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("account", _ID, account, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("slot", sa.BigInteger, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("done", sa.Integer, nullable=False, server_default="0"),
        sa.Column("missed", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_index("ix_imports_account", table, ["account", "id"])
