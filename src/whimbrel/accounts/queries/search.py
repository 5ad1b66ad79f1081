"""Finding people by the beginning of their handle or by a part of their name.

Not bounded by a key: readers say `slow=True`. By name only those are found who want to be
(`discoverable`); who knows a handle knows the person."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, String, and_, bindparam, case, func, or_, select

from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx

from .. import tables
from ..rules import Account
from . import graph
from .lists import SHOWN
from .people import COLUMNS, account_of, fold

accounts = tables.accounts
LONGEST = 321  # characters of @name@domain; no name is longer, and SQLite fails at 50,000


def _like(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    return column.like(bindparam(name, type_=String), escape="\\")


_called = _like(accounts.c.handle, "start")
# SQLite lowers ASCII only; the second form finds what was typed as it is written.
_named = and_(
    accounts.c.discoverable,
    or_(
        _like(func.lower(accounts.c.display_name), "lower_part"),
        _like(accounts.c.display_name, "part"),
    ),
)
_followed = graph.follows("viewer", accounts.c.id)
_FIND = Query(
    select(*COLUMNS)
    .where(
        or_(_called, _named),
        # Limited: only for who follows them or knows the whole handle.
        or_(
            accounts.c.silenced_at.is_(None),
            _followed,
            accounts.c.handle == bindparam("handle", type_=String),
        ),
        or_(~bindparam("following", type_=Boolean), _followed),
        ~graph.blocks(accounts.c.id, "viewer"),
        SHOWN,
    )
    .order_by(
        case((accounts.c.handle == bindparam("handle", type_=String), 0), else_=1),
        case((_followed, 0), else_=1),
        case((_called, 0), else_=1),
        accounts.c.followers.desc(),
        accounts.c.id,
    )
    .limit(bindparam("most"))
    .offset(bindparam("offset"))
)


def find(
    tx: Tx, viewer: int, words: str, *, most: int, offset: int = 0, following: bool = False
) -> list[Account]:
    """People whose handle begins with `words` or whose name holds them, the likeliest first.

    Args:
        words: `ada`, `@ada`, `ada@domain`, or a part of a name.
        following: only whom the viewer follows.
    """
    words = words.strip()
    name, _, domain = words.removeprefix("@").partition("@")
    handle = fold(tx.instance, name, domain)
    if not name.strip() or len(words) > LONGEST:
        return []
    rows = tx.rows(
        _FIND,
        start=_escaped(handle) + "%",
        handle=handle,
        part=f"%{_escaped(words)}%",
        lower_part=f"%{_escaped(words.lower())}%",
        viewer=viewer,
        following=following,
        most=most,
        offset=offset,
    )
    return [account_of(row) for row in rows]


def _escaped(text: str) -> str:
    for sign in "\\%_":
        text = text.replace(sign, "\\" + sign)
    return text
