"""What was shredded, in the order of time: as keepers are told of it."""

from alembic import op

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    """Expand only."""
    op.create_index("ix_shredded_at", "shredded", ["at", "slot"])
