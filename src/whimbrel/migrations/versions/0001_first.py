"""The first tables."""

from alembic import op

from whimbrel.core.tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Expand only."""
    metadata.create_all(op.get_bind())
