"""Roles beyond moderators and administrators, and how each of the staff works."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Expand only. Moderators could suspend and answer appeals: nobody loses what they could do."""
    op.execute("UPDATE users SET role = 'senior' WHERE role = 'moderator'")
    op.execute("UPDATE invites SET role = 'senior' WHERE role = 'moderator'")
    op.create_table(
        "desk_habits",
        sa.Column(
            "account",
            _ID,
            sa.ForeignKey("accounts.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("text_only", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("hidden", sa.String(40), nullable=False, server_default=""),
        sa.Column("most", sa.SmallInteger, nullable=False, server_default="20"),
        sa.Column("heavy", sa.Integer, nullable=False, server_default="0"),
        sa.Column("heavy_at", sa.BigInteger),
    )
