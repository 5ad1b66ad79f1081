"""Links that trend, what moderators say of tags, and collections of people."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Expand only."""
    _tags()
    _post_links()
    _publishers()
    _link_days()
    _link_trends()
    _collections()
    _collection_items()
    _reports()


def _id(name: str = "id") -> sa.Column[int]:
    return sa.Column(name, _ID, primary_key=True, autoincrement=False)


def _key(table: str, name: str, to: str) -> sa.Column[int]:
    """A column of the new table `table`, part of its key, that goes with a row of `to`."""
    where = sa.ForeignKey(f"{to}.id", name=f"fk_{table}_{name}", ondelete="CASCADE")
    return sa.Column(name, sa.BigInteger, where, primary_key=True, autoincrement=False)


def _account(table: str, name: str) -> sa.Column[int]:
    to = sa.ForeignKey("accounts.id", name=f"fk_{table}_{name}", ondelete="CASCADE")
    return sa.Column(name, _ID, to, nullable=False)


def _flag(name: str, default: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.text(default))


def _tags() -> None:
    op.add_column("tags", _flag("usable", "true"))
    op.add_column("tags", _flag("listable", "true"))


def _post_links() -> None:
    table = "post_links"
    op.create_table(table, _key(table, "link", "tags"), _key(table, "post", "posts"))
    op.create_index("ix_post_links_post", table, ["post"])


def _publishers() -> None:
    op.create_table(
        "publishers",
        _id(),
        sa.Column("domain", sa.String(253), nullable=False, unique=True),
        sa.Column("review", sa.SmallInteger),
        sa.Column("reviewed_at", sa.BigInteger),
    )


def _link_days() -> None:
    table = "link_days"
    op.create_table(
        table,
        _key(table, "link", "tags"),
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("uses", sa.Integer, nullable=False),
        sa.Column("accounts", sa.Integer, nullable=False),
    )
    op.create_index("ix_link_days_day", table, ["day"])


def _link_trends() -> None:
    table = "link_trends"
    whose = sa.ForeignKey("publishers.id", name=f"fk_{table}_publisher", ondelete="SET NULL")
    op.create_table(
        table,
        _key(table, "link", "tags"),
        sa.Column("score", sa.Float(53), nullable=False),
        sa.Column("peak", sa.Float(53), nullable=False),
        sa.Column("peak_at", sa.BigInteger, nullable=False),
        sa.Column("review", sa.SmallInteger),
        sa.Column("publisher", sa.BigInteger, whose),
    )
    op.create_index("ix_link_trends_score", table, ["score"])
    op.create_index("ix_link_trends_publisher", table, ["publisher"])


def _collections() -> None:
    table = "collections"
    op.create_table(
        table,
        _id(),
        _account(table, "account"),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("description", sa.String(100), nullable=False, server_default=""),
        sa.Column("language", sa.String(12)),
        sa.Column("tag", sa.String(100)),
        _flag("sensitive", "false"),
        _flag("discoverable", "true"),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_collections_account", table, ["account", "id"])


def _collection_items() -> None:
    table = "collection_items"
    to = sa.ForeignKey("collections.id", name=f"fk_{table}_collection", ondelete="CASCADE")
    op.create_table(
        table,
        _id(),
        sa.Column("collection", sa.BigInteger, to, nullable=False),
        _account(table, "account"),
        sa.Column("state", sa.SmallInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_collection_items_pair", table, ["collection", "account"], unique=True)
    op.create_index("ix_collection_items_account", table, ["account", "id"])


def _reports() -> None:
    """Which collections somebody complains of: a JSON list of ids, like the posts."""
    column = sa.Column("collections", sa.String(500), nullable=False, server_default="[]")
    op.add_column("reports", column)
