"""People are found by the beginnings of the words of their names."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from whimbrel.accounts.queries.search import words_of

revision = "0007"
down_revision = "0006"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_WORD = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")
_SLICE = 1000


def upgrade() -> None:
    """Expand only."""
    table = "account_words"
    to = sa.ForeignKey("accounts.id", name=f"fk_{table}_account", ondelete="CASCADE")
    op.create_table(
        table,
        sa.Column("account", _ID, to, primary_key=True, autoincrement=False),
        sa.Column("word", _WORD, primary_key=True),
        sa.Column("open", sa.Boolean, nullable=False),
    )
    op.create_index(
        *(f"ix_{table}_open", table, ["word", "account"]),
        sqlite_where=sa.text("open = 1"),
        postgresql_where=sa.text("open"),
    )
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    """The words of everybody who is here already."""
    columns: list[sa.ColumnClause[Any]] = [
        sa.column(name) for name in ("id", "username", "display_name", "discoverable")
    ]
    accounts = sa.table("accounts", *columns)
    words = sa.table("account_words", *(sa.column(name) for name in ("account", "word", "open")))
    last = 0
    while True:
        rows = connection.execute(
            sa.select(*columns).where(accounts.c.id > last).order_by(accounts.c.id).limit(_SLICE)
        ).all()
        new = [
            {"account": id_, "word": word, "open": open_}
            for id_, name, shown, found in rows
            for word, open_ in words_of(name, shown, bool(found)).items()
        ]
        if new:
            connection.execute(sa.insert(words), new)
        if len(rows) < _SLICE:
            break
        last = rows[-1][0]
