"""Notifications that wait to be let in, who may ring, and conversations."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_FALSE = sa.text("false")
_POLICIES = (
    *("for_not_following", "for_not_followers", "for_new_accounts"),
    *("for_private_mentions", "for_limited_accounts", "for_bots"),
)


def upgrade() -> None:
    """Expand only."""
    op.add_column("notifications", sa.Column("subject", sa.BigInteger))
    _held()
    _let_in()
    _conversations()


def _id() -> sa.Column[int]:
    return sa.Column("id", _ID, primary_key=True, autoincrement=False)


def _account(table: str, name: str, *, key: bool = False) -> sa.Column[int]:
    to = sa.ForeignKey("accounts.id", name=f"fk_{table}_{name}", ondelete="CASCADE")
    return sa.Column(name, _ID, to, nullable=False, primary_key=key, autoincrement=False)


def _other(table: str, name: str, to: str, *, key: bool = False) -> sa.Column[int]:
    there = sa.ForeignKey(f"{to}.id", name=f"fk_{table}_{name}", ondelete="CASCADE")
    return sa.Column(
        name, sa.BigInteger, there, nullable=not key, primary_key=key, autoincrement=False
    )


def _held() -> None:
    table = "held_notifications"
    op.create_table(
        table,
        _id(),
        _account(table, "account"),
        sa.Column("kind", sa.String(24), nullable=False),
        _account(table, "actor"),
        _other(table, "post", "posts"),
        sa.Column("key", sa.String(80), nullable=False, unique=True),
    )
    op.create_index(f"ix_{table}_account", table, ["account", "id"])
    op.create_index(f"ix_{table}_pair", table, ["account", "actor", "id"])
    op.create_index(f"ix_{table}_actor", table, ["actor"])
    op.create_index(f"ix_{table}_post", table, ["post"])


def _let_in() -> None:
    table = "notification_requests"
    op.create_table(table, _id(), _account(table, "account"), _account(table, "actor"))
    op.create_index(f"ix_{table}_pair", table, ["account", "actor"], unique=True)
    op.create_index(f"ix_{table}_account", table, ["account", "id"])
    op.create_index(f"ix_{table}_actor", table, ["actor"])
    table = "notification_permissions"
    op.create_table(table, _account(table, "account", key=True), _account(table, "actor", key=True))
    op.create_index(f"ix_{table}_actor", table, ["actor"])
    table = "notification_policies"
    op.create_table(
        table,
        _account(table, "account", key=True),
        *(sa.Column(name, sa.SmallInteger, nullable=False) for name in _POLICIES),
    )


def _conversations() -> None:
    table = "conversations"
    op.create_table(
        table,
        _id(),
        _account(table, "account"),
        sa.Column("thread", sa.BigInteger, nullable=False),
        sa.Column("key", sa.String(64), nullable=False, unique=True),
        sa.Column("last", sa.BigInteger),
        sa.Column("unread", sa.Boolean, nullable=False, server_default=_FALSE),
    )
    op.create_index(f"ix_{table}_account", table, ["account", "last"])
    op.create_index(f"ix_{table}_last", table, ["last"])
    table = "conversation_members"
    op.create_table(
        table,
        _other(table, "conversation", "conversations", key=True),
        _account(table, "account", key=True),
    )
    op.create_index(f"ix_{table}_account", table, ["account"])
    table = "conversation_posts"
    op.create_table(
        table,
        _other(table, "conversation", "conversations", key=True),
        _other(table, "post", "posts", key=True),
    )
    op.create_index(f"ix_{table}_post", table, ["post"])
