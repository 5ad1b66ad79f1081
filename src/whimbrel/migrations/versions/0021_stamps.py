"""Quotes: where somebody elsewhere says that a post may quote theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Expand only."""
    op.add_column("quotes", sa.Column("stamp", sa.String(2048)))
    there = sa.text("stamp IS NOT NULL")
    op.create_index(
        "ix_quotes_stamp", "quotes", ["stamp"], sqlite_where=there, postgresql_where=there
    )
