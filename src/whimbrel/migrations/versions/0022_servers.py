"""Federation: what is known of each server beside how it takes signatures."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "servers",
        sa.Column("origin", sa.String(300), primary_key=True),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("software", sa.String(100)),
        sa.Column("version", sa.String(100)),
        sa.Column("asked_at", sa.BigInteger, nullable=False, server_default="0"),
    )
