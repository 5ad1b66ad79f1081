"""Polls: counts go to other servers now and then, not with each vote."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Expand only."""
    op.add_column("polls", sa.Column("telling", sa.BigInteger))
