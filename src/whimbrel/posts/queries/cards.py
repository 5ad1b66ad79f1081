"""A page of posts in one statement: what is shown, as of which change, and what the viewer did.
Neither words nor numbers are here; `serialize` has them or asks for them."""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from whimbrel.accounts.tables import accounts

from ..tables import marks, posts, thread_mutes, votes
from .visible import may_see, number, original, original_author, welcome

STRANGER = -1  # what Card.marks is where nobody is signed in
THREAD_MUTED, OWN = 16, 32  # beside `1 << Mark` in Card.marks
VOTES = 6  # the bit of Card.marks from which on the viewer's votes stand, one bit for each choice

NONE: ColumnElement[int] = literal_column("0")
ONE: ColumnElement[int] = literal_column("1")

_any_muted, _any_mark = thread_mutes.alias(), marks.alias()


class Card(NamedTuple):
    """A row of `cards`: only its shape, for rows stay plain tuples on the hot path. A stamp is new
    whenever anything of its row is: words, numbers, the name of the author. So equal cards are
    equal bytes, as long as no clock runs in them (a poll's)."""

    post: int
    stamp: int
    author_stamp: int
    original: int | None  # these three are null but for a boost
    original_stamp: int | None
    original_author_stamp: int | None
    marks: int  # the viewer's, on the original if it is a boost: 1 << Mark, and the above


CARD = len(Card._fields)  # where further columns of a page begin
PLAIN = 4  # and of one with `plain_card`


def cards(
    start: FromClause,
    key: ColumnElement[int],
    *where: ColumnElement[bool],
    post: ColumnElement[int] | None = None,
    hide: bool = True,
    ascending: bool = False,
    marks: bool = True,
) -> Select[Any]:
    """The statement for a page; run it with `tx.rows` and hand the rows to `serialize.page`.

    It binds `viewer` (0 = a stranger), `low` and `high` (keys strictly between), `most`, `now`
    (ms) and whatever `where` needs. Who may not see, does not get: see `visible`.

    Args:
        start: the table whose index is walked: `posts` itself, or one that refers to posts.
        key: the column of `start` that orders the page.
        where: further conditions, on `start`, `posts`, `accounts` (the author), `original` and
            `original_author`.
        post: the column of `start` that holds the post's id, where that is not `key`.
        hide: leave out whom the viewer blocks or mutes, as author or as the one boosted.
        ascending: the page just above `low` (for min_id) instead of the one just below `high`.
        marks: false where nobody is signed in: two look-ups less per row.
    """
    rows = start
    if start is not posts:
        rows = start.join(posts, posts.c.id == (key if post is None else post))
    rows = (
        rows.join(accounts, accounts.c.id == posts.c.author)
        .outerjoin(original, original.c.id == posts.c.boost_of)
        .outerjoin(original_author, original_author.c.id == original.c.author)
    )
    return (
        select(*card(marks=marks))
        .select_from(rows)
        .where(key > number("low"), key < number("high"), *where, *seen(hide=hide))
        .order_by(key.asc() if ascending else key.desc())
        .limit(number("most"))
    )


def card(*, marks: bool = True) -> list[ColumnElement[Any]]:
    """The columns of `Card`, over posts, accounts, original and original_author."""
    return [
        *(posts.c.id, posts.c.stamp, accounts.c.stamp),
        *(original.c.id, original.c.stamp, original_author.c.stamp),
        _marks(_of_subject, _of_subject("thread")) if marks else literal_column(str(STRANGER)),
    ]


def plain_card(thread: ColumnElement[int] = posts.c.thread) -> list[ColumnElement[Any]]:
    """The columns of a `Card` that are not about boosts, for posts that are none, over posts and
    accounts; `full_card` gives the others back.

    Args:
        thread: that of the posts, where it is one for all and need not be looked at in each row.
    """
    began = None
    if thread is not posts.c.thread:
        first = posts.alias()
        began = select(func.min(first.c.id)).where(first.c.thread == thread).scalar_subquery()
    return [posts.c.id, posts.c.stamp, accounts.c.stamp, _marks(_of_post, thread, began)]


def full_card(post: int, stamp: int, author_stamp: int, marks: int) -> tuple[Any, ...]:
    """A `Card` from a row of `plain_card`."""
    return post, stamp, author_stamp, None, None, None, marks


def seen(*, hide: bool) -> list[ColumnElement[bool]]:
    """`visible`, and with `hide` also `wanted`, for rows joined as `cards` joins them."""

    def shown(post: FromClause, author: FromClause) -> ColumnElement[bool]:
        open_ = welcome(post, author) if hide else may_see(post, number("viewer"))
        return and_(author.c.suspended_at.is_(None), open_)

    inner = shown(original, original_author)
    return [shown(posts, accounts), or_(posts.c.boost_of.is_(None), inner)]


def _of_subject(column: str) -> ColumnElement[int]:
    return func.coalesce(original.c[column], posts.c[column])


def _of_post(column: str) -> ColumnElement[int]:
    return posts.c[column]


def _marks(
    subject: Callable[[str], ColumnElement[int]],
    thread: ColumnElement[int],
    began: ColumnElement[int] | None = None,
) -> ColumnElement[int]:
    """Card.marks.

    Args:
        subject: a column of the post that is marked, by name.
        thread: its conversation.
        began: the first post there can be: whoever marked none since is asked no more.
    """
    viewer = number("viewer")
    done: ColumnElement[int] = (
        select(func.coalesce(func.sum(ONE.op("<<")(marks.c.kind)), NONE))
        .where(marks.c.account == viewer, marks.c.post == subject("id"))
        .scalar_subquery()
    )
    if began is not None:
        lately = exists(
            select(_any_mark.c.post).where(_any_mark.c.account == viewer, _any_mark.c.post >= began)
        )
        done = case((lately, done), else_=NONE)
    muted = and_(  # most people mute none, which is asked once
        exists(select(_any_muted.c.thread).where(_any_muted.c.account == viewer)),
        exists(
            select(thread_mutes.c.account).where(
                thread_mutes.c.account == viewer, thread_mutes.c.thread == thread
            )
        ),
    )
    first: ColumnElement[int] = literal_column(str(1 << VOTES))
    voted = (
        select(func.coalesce(func.sum(first.op("<<")(votes.c.choice)), NONE))
        .where(votes.c.poll == subject("poll"), votes.c.account == viewer)
        .scalar_subquery()
    )
    return (
        done
        + case((muted, literal_column(str(THREAD_MUTED))), else_=NONE)
        + case((subject("author") == viewer, literal_column(str(OWN))), else_=NONE)
        + case((subject("poll").is_(None), NONE), else_=voted)
    )
