"""All that strangers may see of a conversation, as revisions and numbers: what a page of it is made
of, and so the key under which the page may be kept."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, select

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx

from ..rules import Visibility
from ..tables import posts
from .visible import level, number, shy

MOST = 60  # posts; the page of a longer conversation is made anew each time


def open_to_all(post: FromClause, author: FromClause) -> ColumnElement[bool]:
    """`visible` for a stranger, who follows nobody, is named nowhere and blocked by no one: the
    same answer in a third of the time. A test holds the two together."""
    return and_(
        post.c.visibility <= level(Visibility.UNLISTED),
        ~shy(post, author),
        post.c.boost_of.is_(None),
        author.c.suspended_at.is_(None),
    )


_asked = posts.alias()
_THREAD = Query(
    select(
        posts.c.id,
        posts.c.rev,
        posts.c.replies,
        posts.c.boosts,
        posts.c.favourites,
        accounts.c.rev,
    )
    .join(accounts, accounts.c.id == posts.c.author)
    .where(
        posts.c.thread
        == select(_asked.c.thread).where(_asked.c.id == number("id")).scalar_subquery(),
        open_to_all(posts, accounts),
    )
    .order_by(posts.c.id)
    .limit(number("most"))
)


def revisions(tx: Tx, post: int) -> tuple[Any, ...] | None:
    """What changes whenever the page of `post` does; None where it cannot be seen, is a boost, or
    where the conversation is too long for this."""
    rows = tx.rows(_THREAD, id=post, most=MOST + 1)
    if len(rows) > MOST or all(row[0] != post for row in rows):
        return None
    return (post, *rows)
