"""A whole conversation in one statement: its posts, which answers which, and what the reader may
and wants to see of them. It may be long, and each column of each row costs something."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal_column, select

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx

from ..tables import posts
from .cards import NONE, PLAIN, plain_card
from .visible import number, visible, welcome

ANSWERS = PLAIN  # the column behind a plain card: what it answers
MARKS = PLAIN - 1
HIDDEN = 1 << 40  # beside the marks: what the reader may not see, or does not want to

_shown = posts.alias("shown")
# Of a boost, the conversation of what it repeats. What may not be seen opens nothing of its thread.
_thread = (
    select(posts.c.thread)
    .join(_shown, posts.c.id == func.coalesce(_shown.c.boost_of, _shown.c.id))
    .where(_shown.c.id == number("id"), visible(posts_table=_shown))
    .scalar_subquery()
)


def conversation() -> Select[Any]:
    """The statement: plain cards, perhaps HIDDEN, and behind them ANSWERS, oldest first. It binds
    `id`, `viewer`, `now`, `after` and `most`."""
    shown = and_(accounts.c.suspended_at.is_(None), welcome(posts, accounts))
    hidden: ColumnElement[int] = literal_column(str(HIDDEN))
    *card, marks = plain_card(_thread)
    return (
        select(*card, marks + case((shown, NONE), else_=hidden), posts.c.reply_to)
        .join(accounts, accounts.c.id == posts.c.author)
        .where(
            posts.c.thread == _thread,
            posts.c.boost_of.is_(None),
            posts.c.id > number("after"),
        )
        .order_by(posts.c.id)
        .limit(number("most"))
    )


_CONVERSATION = Query(conversation())
_ORIGINAL = Query(select(_shown.c.boost_of).where(_shown.c.id == number("id")))


def rows(
    tx: Tx, viewer: int, post: int, after: int, most: int, query: Query = _CONVERSATION
) -> list[Any]:
    """The rows of the conversation around `post` that come after the post `after`, `most` at most;
    none where `post` is not the viewer's to see.

    Args:
        query: of `conversation`, perhaps with further columns behind.
    """
    return tx.rows(query, id=post, viewer=viewer, now=tx.ms, after=after, most=most)


def original_of(tx: Tx, post: int) -> int | None:
    """What a boost repeats."""
    found: int | None = tx.value(_ORIGINAL, id=post)
    return found
