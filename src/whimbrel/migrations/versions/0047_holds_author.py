"""Whose evidence is kept is asked by whoever closes their account."""

from alembic import op

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    """Expand only."""
    op.create_index("ix_holds_author", "holds", ["author"])
