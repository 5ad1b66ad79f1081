"""Lists of servers that others keep: what they say, what was taken over, what is left out."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _staff() -> sa.Column[int]:
    return sa.Column("by", sa.BigInteger, sa.ForeignKey("accounts.id", ondelete="SET NULL"))


def _list(name: str, ondelete: str, nullable: bool) -> sa.Column[int]:
    there = sa.ForeignKey("block_lists.id", ondelete=ondelete)
    return sa.Column(name, sa.BigInteger, there, nullable=nullable)


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "block_lists",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("url", sa.String(2048), nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("many", sa.Integer, nullable=False),
        sa.Column("fetched_at", sa.BigInteger),
        sa.Column("error", sa.String(20), nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
    )
    op.create_table(
        "listed_servers",
        sa.Column(
            "block",
            sa.BigInteger,
            sa.ForeignKey("blocked_servers.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        _list("list", "CASCADE", False),
    )
    op.create_index("ix_listed_servers_list", "listed_servers", ["list"])
    op.create_table(
        "list_uses",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        _staff(),
        sa.Column("undone_at", sa.BigInteger),
    )
    op.create_index("ix_list_uses_by", "list_uses", ["by"])
    op.create_table(
        "list_changes",
        sa.Column("id", _ID, primary_key=True, autoincrement=False),
        sa.Column(
            "use", sa.BigInteger, sa.ForeignKey("list_uses.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("domain", sa.String(253), nullable=False),
        sa.Column("block", sa.BigInteger, nullable=False),
        sa.Column("before", sa.LargeBinary),
        _list("list", "SET NULL", True),
    )
    op.create_index("ix_list_changes_use", "list_changes", ["use"])
    op.create_index("ix_list_changes_list", "list_changes", ["list"])
    op.create_table(
        "list_excludes",
        sa.Column("domain", sa.String(253), primary_key=True),
        _staff(),
    )
    op.create_index("ix_list_excludes_by", "list_excludes", ["by"])
