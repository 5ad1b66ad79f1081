"""Drafts: what somebody began to write and keeps for later."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Expand only."""
    table = "drafts"
    author = sa.ForeignKey("accounts.id", name=f"fk_{table}_author", ondelete="CASCADE")
    op.create_table(
        table,
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("author", _ID, author, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("slot", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_drafts_author", table, ["author", "id"])
