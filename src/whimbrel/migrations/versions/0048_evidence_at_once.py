"""Evidence is sealed with the case itself; its files stay in the store until they are copied."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    """Expand only."""
    op.add_column("holds", sa.Column("sealed", sa.LargeBinary))
    op.create_table(
        "held_objects",
        sa.Column("object", sa.String(100), primary_key=True),
        sa.Column("holder", sa.BigInteger, primary_key=True, autoincrement=False),
    )
    op.create_index("ix_held_objects_holder", "held_objects", ["holder"])
