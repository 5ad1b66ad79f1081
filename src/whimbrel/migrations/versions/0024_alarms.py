"""Alarms about copying, and the accounts that only somebody who copies all reads."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "alarms",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("why", sa.String(20), nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Column("silenced_at", sa.BigInteger),
    )
    op.create_table(
        "canaries",
        sa.Column(
            "account",
            _ID,
            sa.ForeignKey("accounts.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
    )
