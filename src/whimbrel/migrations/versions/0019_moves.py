"""Accounts: which others are the same person's, and who moved where."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Expand only."""
    account = sa.ForeignKey("accounts.id", name="fk_moves_account", ondelete="CASCADE")
    target = sa.ForeignKey("accounts.id", name="fk_moves_target", ondelete="SET NULL")
    op.create_table(
        "moves",
        sa.Column("account", _ID, account, primary_key=True, autoincrement=False),
        sa.Column("aliases", sa.String(20000), nullable=False, server_default="[]"),
        sa.Column("target", sa.BigInteger, target),
        sa.Column("at", sa.BigInteger),
    )
    op.create_index("ix_moves_target", "moves", ["target"])
