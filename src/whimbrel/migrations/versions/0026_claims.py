"""Accounts: domains that may name somebody, who is remembered, what is hidden from strangers."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0024"


def upgrade() -> None:
    """Expand only."""
    domains = sa.String(5000)
    op.add_column(
        "accounts",
        sa.Column("attribution_domains", domains, nullable=False, server_default="[]"),
    )
    op.add_column(
        "accounts",
        sa.Column("memorial", sa.Boolean, nullable=False, server_default=sa.text("false")),
    )
    op.add_column(
        "accounts", sa.Column("hides", sa.SmallInteger, nullable=False, server_default="0")
    )
