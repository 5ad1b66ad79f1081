"""Accounts: domains that may name somebody, who is remembered, what is hidden from strangers.
Relays."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0024"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


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
    op.create_table(
        "relays",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("inbox", sa.String(2048), nullable=False, unique=True),
        sa.Column("actor", sa.String(2048)),
    )
