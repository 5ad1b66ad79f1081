"""What the standby has yet to get, or to let go of."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "unsynced",
        sa.Column("object", sa.String(100), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("gone", sa.Boolean, nullable=False),
    )
    op.create_index("ix_unsynced_at", "unsynced", ["at"])
