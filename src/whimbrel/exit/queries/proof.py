"""Samples of what lies sealed, and all that lies in the store: for a proof that it is whole."""

from typing import NamedTuple

from sqlalchemy import Boolean, bindparam, func, select

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, in_list
from whimbrel.core.keyring import Slot
from whimbrel.core.tables import shredded
from whimbrel.core.tx import Tx
from whimbrel.federation.tables import actor_keys
from whimbrel.media.rules import column
from whimbrel.media.tables import files, media
from whimbrel.posts.queries import number
from whimbrel.posts.tables import posts

from . import rows


class Sealed(NamedTuple):
    """Something sealed in the database."""

    slot: Slot
    content: bytes


class File(NamedTuple):
    """A sealed file. `size`: of the plain one, in bytes."""

    slot: Slot
    object: str
    size: int


_ENDS = Query(select(func.min(posts.c.id), func.max(posts.c.id)))
_FROM = (
    select(posts.c.id, posts.c.slot, accounts.c.slot, posts.c.content)
    .join(accounts, accounts.c.id == posts.c.author)
    .where(posts.c.content.is_not(None), posts.c.id >= number("first"))
    .order_by(posts.c.id)
    .limit(bindparam("most"))
)
_POSTS = Query(_FROM)
_HERE = (files.c.object != "", media.c.source.is_(None))  # and not a copy, which can be had again
_FILES = Query(
    select(
        *(media.c.id, media.c.slot, media.c.author_slot),
        *(files.c.token, files.c.variant, files.c.object, files.c.size),
    )
    .join(media, media.c.id == files.c.media)
    .where(*_HERE, files.c.token > bindparam("after", type_=files.c.token.type))
    .order_by(files.c.token)
    .limit(bindparam("most"))
)
_OBJECTS = Query(
    select(files.c.object, func.min(files.c.size))
    .join(media, media.c.id == files.c.media)
    .where(
        *_HERE,
        files.c.object > bindparam("after", type_=files.c.object.type),
        media.c.at >= number("since"),
    )
    .group_by(files.c.object)
    .order_by(files.c.object)
    .limit(bindparam("most"))
)
_OWNERS = Query(
    select(actor_keys.c.id)
    .where(actor_keys.c.id >= number("first"))
    .order_by(actor_keys.c.id)
    .limit(bindparam("most"))
)
_LAST_OWNER = Query(select(func.max(actor_keys.c.id)))
_DEAD = Query(select(shredded.c.slot).where(in_list(shredded.c.slot, "slots")))


def ends(tx: Tx) -> tuple[int, int] | None:
    """The first and the last post; None where there is none."""
    first, last = tx.row(_ENDS)
    return None if first is None else (int(first), int(last))


def posts_from(tx: Tx, first: int, most: int) -> list[Sealed]:
    """The words of `most` posts from this id on."""
    return [
        Sealed(Slot(slot, author, id_, "posts.content"), bytes(content))
        for id_, slot, author, content in tx.rows(_POSTS, first=first, most=most)
    ]


def files_after(tx: Tx, token: str, most: int) -> list[File]:
    """`most` files of ours whose tokens come after this one."""
    return [
        File(Slot(slot, author, id_, column(variant)), object_, int(size))
        for id_, slot, author, _, variant, object_, size in tx.rows(_FILES, after=token, most=most)
    ]


def objects(tx: Tx, after: str, most: int, since: int = 0) -> list[tuple[str, int]]:
    """(key, bytes of the plain file) of what lies in the store for us, in the order of keys.

    Args:
        since: of uploads from then (ms) on.
    """
    return [(row[0], int(row[1])) for row in tx.rows(_OBJECTS, after=after, most=most, since=since)]


def owners_from(tx: Tx, first: int, most: int) -> list[int]:
    """Actors of ours that have keys, from this id on (0 = the server)."""
    return [row[0] for row in tx.rows(_OWNERS, first=first, most=most)]


def last_owner(tx: Tx) -> int:
    """The newest actor of ours that has keys; 0 = the server, or none."""
    return int(tx.value(_LAST_OWNER) or 0)


def dead(tx: Tx, slots: list[int]) -> set[int]:
    """Those of these slots that are shredded on purpose."""
    return {row[0] for row in tx.rows(_DEAD, list_slots=slots)}


def flags(name: str) -> list[int]:
    """Places of the columns that are true or false, for which SQLite has numbers."""
    columns = enumerate(rows.table(name).columns)
    return [at for at, column in columns if isinstance(column.type, Boolean)]
