"""By what pictures are known again, lists of those that nobody may be given, and what is like one
in a letter."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _media() -> sa.Column[int]:
    return sa.Column(
        "media",
        sa.BigInteger,
        sa.ForeignKey("media.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )


def upgrade() -> None:
    """Expand only."""
    op.add_column("media", sa.Column("pdq", sa.LargeBinary))
    op.add_column(
        "media",
        sa.Column("quarantined", sa.Boolean, nullable=False, server_default=sa.text("false")),
    )
    op.create_table(
        "hash_lists",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(100), nullable=False, unique=True),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
        sa.Column("many", sa.Integer, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "hash_hits",
        _media(),
        sa.Column("case", sa.BigInteger, sa.ForeignKey("cases.id"), nullable=False),
        sa.Column("list", sa.BigInteger, nullable=False),
        sa.Column("distance", sa.SmallInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("released_at", sa.BigInteger),
    )
    op.create_index("ix_hash_hits_case", "hash_hits", ["case"])
    op.create_table(
        "complaint_likes",
        sa.Column(
            "complaint",
            sa.BigInteger,
            sa.ForeignKey("complaints.id"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("number", sa.SmallInteger, primary_key=True, autoincrement=False),
        _media(),
        sa.Column("distance", sa.SmallInteger, nullable=False),
    )
    op.create_index("ix_complaint_likes_media", "complaint_likes", ["media"])
