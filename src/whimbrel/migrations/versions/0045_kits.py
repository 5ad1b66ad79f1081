"""Recovery kits: for which key the last one of somebody was sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "kits",
        sa.Column(
            "account",
            _ID,
            sa.ForeignKey("accounts.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("followers", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
