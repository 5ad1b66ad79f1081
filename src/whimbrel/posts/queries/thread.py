"""A whole conversation in one statement: its posts, which answers which, and what the reader may
and wants to see of them."""

from typing import Any

from sqlalchemy import Select, and_, func, select

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx

from ..tables import posts
from .cards import PLAIN, plain_card
from .visible import number, visible, welcome

ANSWERS = PLAIN  # the columns behind a plain card: what it answers,
SHOWN = PLAIN + 1  # and whether the reader may and wants to see it

_shown = posts.alias("shown")
# Of a boost, the conversation of what it repeats. What may not be seen opens nothing of its thread.
_thread = (
    select(posts.c.thread)
    .join(_shown, posts.c.id == func.coalesce(_shown.c.boost_of, _shown.c.id))
    .where(_shown.c.id == number("id"), visible(posts_table=_shown))
    .scalar_subquery()
)


def conversation() -> Select[Any]:
    """The statement: plain cards, and behind them ANSWERS and SHOWN, oldest first. It binds `id`,
    `viewer`, `now`, `after` and `most`."""
    shown = and_(accounts.c.suspended_at.is_(None), welcome(posts, accounts))
    return (
        select(*plain_card(_thread), posts.c.reply_to, shown)
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
