"""What waits for a second person, what is decided of many cases at once, and what they share."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "proposals",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        _who("by"),
        _who("target"),
        sa.Column("case", sa.BigInteger, sa.ForeignKey("cases.id")),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("slot", sa.BigInteger, nullable=False),
        sa.Column("due", sa.BigInteger),
        _who("answered_by"),
        sa.Column("answered_at", sa.BigInteger),
    )
    op.create_index("ix_proposals_state", "proposals", ["state", "id"])
    _indexes("proposals", "by", "target", "case", "answered_by")
    op.create_table(
        "bulks",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(10), nullable=False),
        _who("by"),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("slot", sa.BigInteger, nullable=False),
        sa.Column("undone_at", sa.BigInteger),
    )
    _indexes("bulks", "by")
    op.create_table(
        "bulk_items",
        _part("bulk", "bulks"),
        sa.Column("item", _ID, primary_key=True, autoincrement=False),
        sa.Column("result", sa.BigInteger),
    )
    op.create_table(
        "case_traits",
        _part("case", "cases"),
        _part("post", "posts", ondelete="CASCADE"),
        sa.Column("trait", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(10), nullable=False),
    )
    op.create_index("ix_case_traits_trait", "case_traits", ["trait", "case"])
    _indexes("case_traits", "post")


def _who(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, sa.ForeignKey("accounts.id", ondelete="SET NULL"))


def _part(name: str, to: str, **more: Any) -> sa.Column[int]:
    key = sa.ForeignKey(f"{to}.id", **more)
    return sa.Column(name, sa.BigInteger, key, primary_key=True, autoincrement=False)


def _indexes(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column])
