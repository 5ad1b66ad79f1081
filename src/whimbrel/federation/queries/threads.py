"""Conversations that began elsewhere, or were led on there; and servers that rest."""

from collections.abc import Sequence

from sqlalchemy import String, bindparam, exists, func, or_, select

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, in_list
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import level, number
from whimbrel.posts.rules import Visibility
from whimbrel.posts.tables import posts

from ..tables import queues

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


def rests(tx: Tx, origin: str) -> bool:
    """Whether a server did not take what we had for it, and is not called on yet."""
    return bool(tx.value(_RESTS, origin=origin, now=tx.ms))
