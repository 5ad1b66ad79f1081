"""Quotes between our posts and those of others, by what both are called."""

from typing import NamedTuple

from sqlalchemy import literal_column, select

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number
from whimbrel.posts.rules import QuoteState
from whimbrel.posts.tables import posts, quotes

from .posts import actor_id

_quoting, _author = posts.alias("quoting"), accounts.alias("author")
_JOINED = (
    quotes.join(_quoting, _quoting.c.id == quotes.c.post)
    .join(_author, _author.c.id == _quoting.c.author)
    .join(posts, posts.c.id == quotes.c.quoted)
    .join(accounts, accounts.c.id == posts.c.author)
)
_ASKED = Query(
    select(_author.c.id, accounts.c.uri, posts.c.uri)
    .select_from(_JOINED)
    .where(
        quotes.c.post == number("post"),
        _author.c.domain.is_(None),
        accounts.c.domain.is_not(None),
    )
)
_STAMPED = Query(
    select(_quoting.c.uri, _author.c.id, posts.c.id)
    .select_from(_JOINED)
    .where(
        quotes.c.post == number("post"),
        posts.c.author == number("owner"),
        accounts.c.domain.is_(None),
        accounts.c.suspended_at.is_(None),
        quotes.c.state == literal_column(str(int(QuoteState.ACCEPTED))),
    )
)
_OURS = Query(
    select(accounts.c.id)
    .join(posts, posts.c.author == accounts.c.id)
    .where(posts.c.id == number("post"), accounts.c.domain.is_(None))
)
_NAMED = Query(
    select(posts.c.uri, accounts.c.uri, accounts.c.id)
    .join(accounts, accounts.c.id == posts.c.author)
    .where(posts.c.id == number("post"), posts.c.boost_of.is_(None))
)


class Asked(NamedTuple):
    """A post of ours that quotes one of another server."""

    post: int
    author: int
    owner: str  # who wrote the quoted one
    quoting: str
    quoted: str


class Named(NamedTuple):
    """A post as others call it."""

    uri: str | None  # None = ours
    owner: str | None
    author: int


def asked(tx: Tx, post: int) -> Asked | None:
    """Whom a post of ours quotes elsewhere, and what."""
    row = tx.row(_ASKED, post=post)
    if row is None or row[1] is None or row[2] is None:
        return None
    return Asked(post, row[0], row[1], f"{actor_id(tx.instance, row[0])}/statuses/{post}", row[2])


def stamped(tx: Tx, owner: int, post: int) -> tuple[str, str] | None:
    """What quotes a post of somebody of ours, and that one, as they are called; None where it may
    not."""
    row = tx.row(_STAMPED, owner=owner, post=post)
    if row is None:
        return None
    quoting = row[0] or f"{actor_id(tx.instance, row[1])}/statuses/{post}"
    return quoting, f"{actor_id(tx.instance, owner)}/statuses/{row[2]}"


def ours(tx: Tx, post: int) -> int | None:
    """Who wrote a post, if they are ours."""
    found: int | None = tx.value(_OURS, post=post)
    return found


def named(tx: Tx, post: int) -> Named | None:
    """What a post is called, and who wrote it; None for a boost."""
    row = tx.row(_NAMED, post=post)
    return None if row is None else Named(*row)
