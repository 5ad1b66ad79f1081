"""Media: files of other servers, and the copies of them that are here."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Expand only."""
    op.add_column("media", sa.Column("source", sa.LargeBinary))
    op.add_column("media", sa.Column("copied_at", sa.BigInteger))
    size = sa.Column("copied_bytes", sa.BigInteger, nullable=False, server_default="0")
    op.add_column("media", size)
    there = sa.text("copied_at IS NOT NULL")
    op.create_index(
        "ix_media_copied",
        "media",
        ["copied_at", "copied_bytes"],
        sqlite_where=there,
        postgresql_where=there,
    )
