"""Posts: their former words, those that wait for their time, and who quotes whom."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Expand only."""
    _post_edits()
    _scheduled_posts()
    _quotes()
    op.add_column("posts", _small("quote_policy"))
    op.add_column("posts", sa.Column("quotes", sa.Integer, nullable=False, server_default="0"))
    op.add_column("users", _small("quote_policy"))


def _small(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.SmallInteger, nullable=False, server_default="0")


def _id(name: str = "id", *, counted: bool = False) -> sa.Column[int]:
    return sa.Column(name, _ID, primary_key=True, autoincrement=counted)


def _post(table: str, name: str, *, key: bool = False, gone: str = "CASCADE") -> sa.Column[int]:
    to = sa.ForeignKey("posts.id", name=f"fk_{table}_{name}", ondelete=gone)
    must = gone == "CASCADE"
    return sa.Column(
        name, sa.BigInteger, to, nullable=not must, primary_key=key, autoincrement=False
    )


def _account(table: str, name: str) -> sa.Column[int]:
    to = sa.ForeignKey("accounts.id", name=f"fk_{table}_{name}", ondelete="CASCADE")
    return sa.Column(name, _ID, to, nullable=False)


def _post_edits() -> None:
    table = "post_edits"
    op.create_table(
        table,
        _id(counted=True),
        _post(table, "post"),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("slot", sa.BigInteger, nullable=False),
        sa.Column("sensitive", sa.Boolean, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_post_edits_post", table, ["post", "id"])


def _scheduled_posts() -> None:
    table = "scheduled_posts"
    op.create_table(
        table,
        _id(),
        _account(table, "account"),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("app", sa.BigInteger),
        sa.Column("params", sa.LargeBinary, nullable=False),
        sa.Column("slot", sa.BigInteger, nullable=False),
        sa.Column("key", sa.String(64)),
    )
    op.create_index("ix_scheduled_posts_account", table, ["account", "id"])
    op.create_index("ix_scheduled_posts_due", table, ["account", "due"])


def _quotes() -> None:
    table = "quotes"
    op.create_table(
        table,
        _post(table, "post", key=True),
        _post(table, "quoted", gone="SET NULL"),
        _account(table, "author"),
        sa.Column("state", sa.SmallInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_quotes_quoted", table, ["quoted", "post"])
    op.create_index("ix_quotes_author", table, ["author"])
