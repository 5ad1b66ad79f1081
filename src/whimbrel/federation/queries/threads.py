"""Conversations that began elsewhere, or were led on there; and servers that rest."""

from collections.abc import Sequence

from sqlalchemy import String, bindparam, exists, func, or_, select

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, in_list
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import level, number
from whimbrel.posts.rules import Visibility
from whimbrel.posts.tables import polls, posts

from ..tables import queues

NEW = 3 * 60_000  # ms

_opened = posts.alias("opened")
_subject = func.coalesce(_opened.c.boost_of, _opened.c.id)
_ELSEWHERE = Query(
    select(posts.c.id, posts.c.thread)
    .join(accounts, accounts.c.id == posts.c.author)
    .join(_opened, or_(posts.c.id == _subject, posts.c.id == _opened.c.thread))
    .where(
        _opened.c.id == number("id"),
        posts.c.uri.is_not(None),
        posts.c.visibility <= level(Visibility.UNLISTED),
        accounts.c.suspended_at.is_(None),
    )
)
_URIS = Query(select(posts.c.uri).where(in_list(posts.c.id, "ids"), posts.c.uri.is_not(None)))
_POLL = (
    select(posts.c.uri)
    .join(polls, polls.c.id == posts.c.poll)
    .where(
        posts.c.id == number("id"),
        posts.c.uri.is_not(None),
        posts.c.visibility <= level(Visibility.UNLISTED),
    )
)
_POLL_ELSEWHERE = Query(_POLL)
_ASKS = Query(
    _POLL.where(
        polls.c.closed.is_(False), func.coalesce(posts.c.edited_at, posts.c.at) < number("before")
    )
)
_RESTS = Query(
    select(
        exists().where(
            queues.c.origin == bindparam("origin", type_=String),
            queues.c.failures > 0,
            queues.c.due > number("now"),
        )
    )
)


def elsewhere(tx: Tx, post: int) -> tuple[int, list[int]] | None:
    """Of a post and the one that its conversation begins with, those from elsewhere that are open
    to everybody; before them, the conversation. None: there is none."""
    rows = tx.rows(_ELSEWHERE, id=post)
    return (rows[0][1], [row[0] for row in rows]) if rows else None


def uris(tx: Tx, ids: Sequence[int]) -> list[str]:
    """What other servers call these posts of theirs."""
    return [row[0] for row in tx.rows(_URIS, list_ids=list(ids))]


def asks_elsewhere(tx: Tx, post: int) -> bool:
    """Whether this is a post of another server, open to everybody, with a poll that goes on; none
    of the last minutes, whose numbers are as new as they can be."""
    return tx.row(_ASKS, id=post, before=tx.ms - NEW) is not None


def poll_elsewhere(tx: Tx, post: int) -> str | None:
    """What another server calls a post of theirs with a poll, open to everybody."""
    found: str | None = tx.value(_POLL_ELSEWHERE, id=post)
    return found


def rests(tx: Tx, origin: str) -> bool:
    """Whether a server did not take what we had for it, and is not called on yet."""
    return bool(tx.value(_RESTS, origin=origin, now=tx.ms))
