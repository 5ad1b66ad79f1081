"""Receipts for what was erased."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "receipts",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("account", sa.BigInteger, sa.ForeignKey("accounts.id", ondelete="CASCADE")),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("subject", sa.BigInteger, nullable=False),
        sa.Column("files", sa.Integer, nullable=False),
        sa.Column("kept_until", sa.BigInteger),
        sa.Column("done_at", sa.BigInteger),
    )
    op.create_index("ix_receipts_account", "receipts", ["account", "id"])
