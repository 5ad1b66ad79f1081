"""Posts of other servers, written down; by their ids there."""

from typing import NamedTuple

from sqlalchemy import String, bindparam, select

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, insert_ignore
from whimbrel.core.tx import Tx

from ..rules import Post
from ..tables import posts
from .visible import number
from .writing import COLUMNS, sealed

_ALL = (*COLUMNS, "uri", "url", "local", "edited_at")
_ADD = Query(insert_ignore(posts, _ALL))
_BY_URI = Query(select(posts.c.id).where(posts.c.uri == bindparam("uri", type_=String)))
_OURS = Query(
    select(posts.c.id).where(
        posts.c.id == number("post"), posts.c.author == number("author"), posts.c.uri.is_(None)
    )
)
_AUTHOR = Query(
    select(accounts.c.slot, accounts.c.silenced_at, accounts.c.sensitized_at).where(
        accounts.c.id == number("author"),
        accounts.c.domain.is_not(None),
        accounts.c.suspended_at.is_(None),
    )
)
_PARENT = Query(select(posts.c.thread, posts.c.author).where(posts.c.id == number("post")))


class Author(NamedTuple):
    """What writing down has to know of who wrote it."""

    slot: int
    silenced: bool
    covered: bool  # by moderators: all their media are


def by_uri(tx: Tx, uri: str) -> int | None:
    """A post or a boost by its id elsewhere."""
    found: int | None = tx.value(_BY_URI, uri=uri)
    return found


def ours(tx: Tx, author: int, post: int) -> int | None:
    """A post or a boost of ours by what its id elsewhere is made of."""
    found: int | None = tx.value(_OURS, author=author, post=post)
    return found


def author(tx: Tx, account: int) -> Author | None:
    """Somebody elsewhere who is not suspended."""
    row = tx.row(_AUTHOR, author=account)
    return None if row is None else Author(row[0], row[1] is not None, row[2] is not None)


def parent(tx: Tx, post: int) -> tuple[int, int] | None:
    """Thread and author of what is answered."""
    row = tx.row(_PARENT, post=post)
    return None if row is None else (row[0], row[1])


def add(tx: Tx, post: Post, author_slot: int) -> bool:
    """Store it; False where it is there already, or its id is taken."""
    values = {name: getattr(post, name) for name in _ALL if name != "content"}
    return tx.run(_ADD, content=sealed(tx, post, author_slot), **values) == 1
