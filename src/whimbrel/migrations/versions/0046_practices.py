"""Practice calls of the staff."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _moderator(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, sa.ForeignKey("accounts.id", ondelete="SET NULL"))


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "practices",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("answered_at", sa.BigInteger),
        _moderator("answered_by"),
    )
    op.create_index("ix_practices_answered_by", "practices", ["answered_by"])
    op.create_table(
        "practice_calls",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column(
            "practice",
            sa.BigInteger,
            sa.ForeignKey("practices.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("rung", sa.String(20), nullable=False),
        sa.Column("way", sa.String(10), nullable=False),
        _moderator("account"),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("sent_at", sa.BigInteger),
        sa.Column("pushed_at", sa.BigInteger),
        sa.Column("answered_at", sa.BigInteger),
        sa.Column("secret", sa.LargeBinary, nullable=False, unique=True),
    )
    op.create_index("ix_practice_calls_practice", "practice_calls", ["practice", "id"])
    op.create_index("ix_practice_calls_account", "practice_calls", ["account"])
