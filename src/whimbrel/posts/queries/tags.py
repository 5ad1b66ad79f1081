"""Hashtags as they are stored: words by id and ids by word, and the end of those nobody uses.

A word stands in the database sealed under its tag's own slot. It is found by a MAC, and as that
would confirm a guess to whoever has the keyring, it is made with a key that is destroyed as well:
tags lie on 256 shelves by a MAC of their word, each shelf has a slot of its own, and when a tag
is gone the keys of those beside it are made anew under another (`rekey`). What is left of the old
rows, in a file or a log of writes, says no more than one of 256 things about a word.

A tag is kept by what refers to it: every column with a foreign key to `tags.id`, in whatever room
(followed tags, featured ones), unless its info says `{"keeps": False}` (counts of trends). It wants
ON DELETE CASCADE and an index that begins with it. Whoever stores such a row gets the id from
`ids_for` in the same transaction; whoever removes one calls `posts.delete.let_go` afterwards. Rows
that the database removes by itself, with an account's, have to be removed so before. What
moderators said of a tag keeps it as well: else the next to use the word would be free to."""

from collections.abc import Collection, Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

from sqlalchemy import Column, LargeBinary, bindparam, delete, exists, select, update

from whimbrel.core.engines import Query, in_list, insert_ignore, upsert
from whimbrel.core.ids import new_id
from whimbrel.core.keyring import Keyring, Shredded, Slot
from whimbrel.core.tables import metadata
from whimbrel.core.tx import Tx

from ..tables import post_tags, tag_shelves, tags
from .visible import number

_SPLIT = "\0"  # between the two in what is sealed; no word and no address has one


class _Shelf(NamedTuple):
    slot: int
    secret: bytes


class Left(NamedTuple):
    """A shelf from which a tag was taken, and the slot that its keys were made under."""

    shelf: int
    slot: int


# ----------------------------------------------------------------------------- keys

_SHELF = Query(select(tag_shelves.c.slot).where(tag_shelves.c.shelf == number("shelf")))
_MOVE_SHELF = Query(upsert(tag_shelves, ("shelf",), ("slot",)))
_DROP_SHELF = Query(delete(tag_shelves).where(tag_shelves.c.shelf == bindparam("which")))


@lru_cache(maxsize=4)
def _known_shelves(_: Keyring) -> dict[int, _Shelf]:
    """The shelves' secrets as last read, at most 256: one whose slot is dead counts no more."""
    return {}


def _shelf_of(tx: Tx, name: str) -> int:
    return tx.mac("tag shelf", name.encode())[0]


def _read_shelf(tx: Tx, shelf: int) -> _Shelf | None:
    """As the database says; None where it was never used."""
    slot = tx.value(_SHELF, shelf=shelf)
    try:
        return None if slot is None else _open_shelf(tx, shelf, slot)
    except Shredded:  # it has another since
        return None


def _open_shelf(tx: Tx, shelf: int, slot: int) -> _Shelf:
    found = _Shelf(slot, tx.keyring.key(Slot(slot, slot, shelf, "tags.key")))
    _known_shelves(tx.keyring)[shelf] = found
    return found


def _move_shelf(tx: Tx, shelf: int) -> _Shelf:
    """Give it another slot, or its first one."""
    slot = tx.slot()
    tx.run(_MOVE_SHELF, shelf=shelf, slot=slot)
    return _open_shelf(tx, shelf, slot)


def _known_shelf(tx: Tx, shelf: int) -> _Shelf | None:
    found = _known_shelves(tx.keyring).get(shelf)
    return found if found is not None and tx.keyring.alive(found.slot) else None


def _key(shelf: _Shelf, name: str) -> bytes:
    return blake2b(name.encode(), key=shelf.secret, digest_size=16).digest()


def _place(tag: int, slot: int) -> Slot:
    return Slot(slot, slot, tag, "tags.name")


# ----------------------------------------------------------------------------- words and ids

_wanted = tags.c.key == bindparam("key", type_=LargeBinary)
_FIND = Query(select(tags.c.id, tags.c.usable, tags.c.slot, tags.c.name).where(_wanted))
# On PostgreSQL: it may not go away until what is about to use it is stored (see `let_go`).
_HOLD = Query(
    select(tags.c.id, tags.c.usable).where(_wanted).with_for_update(read=True, key_share=True)
)
_NEW = Query(insert_ignore(tags, ("id", "key", "shelf", "name", "slot")))
_NAMES = Query(select(tags.c.id, tags.c.slot, tags.c.name).where(in_list(tags.c.id, "ids")))


def ids_of(tx: Tx, names: Iterable[str]) -> dict[str, int]:
    """The tags that these words (`text.tag_key`) are; what is no tag yet is left out."""
    return {name: row[0] for name, row in _rows_of(tx, names).items()}


def written_as(tx: Tx, names: Iterable[str]) -> dict[int, str]:
    """The same by id, as they are written (`write`)."""
    rows = [(tag, slot, sealed) for tag, _, slot, sealed in _rows_of(tx, names).values()]
    return {tag: _written(text) for tag, text in _opened(tx, rows).items()}


def written(tx: Tx, tag: int, slot: int, sealed: bytes) -> str:
    """The same of one, from its row."""
    opened = _opened(tx, [(tag, slot, sealed)])
    return _written(opened[tag]) if opened else ""


def closed(tx: Tx, names: Iterable[str]) -> list[str]:
    """Those of these words that moderators let nobody use (`judge`)."""
    return [name for name, row in _rows_of(tx, names).items() if not row[1]]


def _rows_of(tx: Tx, names: Iterable[str]) -> dict[str, Any]:
    found = {name: _find(tx, _FIND, name) for name in dict.fromkeys(names)}
    return {name: row for name, row in found.items() if row is not None}


def _find(tx: Tx, query: Query, name: str) -> Any:
    number_ = _shelf_of(tx, name)
    shelf = _known_shelf(tx, number_)
    row = None if shelf is None else tx.row(query, key=_key(shelf, name))
    if row is None:
        fresh = _read_shelf(tx, number_)
        if fresh is not None and fresh != shelf:
            row = tx.row(query, key=_key(fresh, name))
    return row


def key_of(tx: Tx, name: str) -> bytes:
    """What the tag of a word is stored under at this moment, for statements that look for it
    themselves; of a word that never was one, nothing's."""
    number_ = _shelf_of(tx, name)
    shelf = _known_shelf(tx, number_) or _read_shelf(tx, number_)
    return b"" if shelf is None else _key(shelf, name)


def ids_for(tx: Tx, names: Iterable[str]) -> dict[str, int]:
    """As `ids_of`, for something about to refer to them: those that are no tags yet are made, and
    none goes away before `tx` ends."""
    return {name: tag for name, (tag, _) in _held(tx, names).items()}


def _held(tx: Tx, names: Iterable[str]) -> dict[str, tuple[int, bool]]:
    """The same, each with whether it may be used."""
    found: dict[str, tuple[int, bool]] = {}
    missing: list[tuple[int, str]] = []
    for name in sorted(set(names)):
        row = _find(tx, _HOLD, name)
        if row is None:
            missing.append((_shelf_of(tx, name), name))
        else:
            found[name] = (row[0], bool(row[1]))
    # In one order, so that two who make the same ones wait for each other and not in a circle.
    for shelf, name in sorted(missing):
        found[name] = (_make(tx, shelf, name), True)
    return found


def _make(tx: Tx, number_: int, name: str) -> int:
    tx.lock("tag shelf", number_)
    shelf = _read_shelf(tx, number_) or _move_shelf(tx, number_)
    key = _key(shelf, name)
    tag = tx.value(_HOLD, key=key)
    if tag is None:
        tag, slot = new_id(tx.now), tx.slot()
        sealed = tx.seal(_place(tag, slot), name.encode())
        tx.run(_NEW, id=tag, key=key, shelf=number_, name=sealed, slot=slot)
    return int(tag)


def restore(tx: Tx, *, id: int, name: str, usable: bool, listable: bool) -> None:  # noqa: A002
    """A tag under the number that it had before, with its word as it lay in its row, for what is
    about to refer to it."""
    word = _word(name)
    number_ = _shelf_of(tx, word)
    tx.lock("tag shelf", number_)
    if not tx.rows(_NAMES, list_ids=[id]):
        shelf = _read_shelf(tx, number_) or _move_shelf(tx, number_)
        slot = tx.slot()
        sealed = tx.seal(_place(id, slot), name.encode())
        tx.run(_NEW, id=id, key=_key(shelf, word), shelf=number_, name=sealed, slot=slot)
    write(tx, id, _written(name))
    judge(tx, id, usable=usable, listable=listable)


def names_of(tx: Tx, ids: Collection[int]) -> dict[int, str]:
    """The words of these tags; those that are gone are left out."""
    return {tag: _word(text) for tag, text in _opened(tx, _sealed(tx, ids)).items()}


def written_of(tx: Tx, ids: Collection[int]) -> dict[int, str]:
    """The same, as they are written (`write`)."""
    return {tag: _written(text) for tag, text in _opened(tx, _sealed(tx, ids)).items()}


def _sealed(tx: Tx, ids: Collection[int]) -> list[Any]:
    return tx.rows(_NAMES, list_ids=list(ids)) if ids else []


def _opened(tx: Tx, rows: list[Any]) -> dict[int, str]:
    found = {}
    for tag, slot, sealed in rows:
        try:
            found[tag] = _open(tx, tag, slot, sealed)
        except Shredded:  # it went while we read
            continue
    return found


def _open(tx: Tx, tag: int, slot: int, sealed: bytes) -> str:
    """What lies in the row: the folded word, and how it is written where that is another way."""
    return tx.unseal(_place(tag, slot), bytes(sealed)).decode()


def _word(text: str) -> str:
    return text.partition(_SPLIT)[0]


def _written(text: str) -> str:
    return text.rpartition(_SPLIT)[2]


# ----------------------------------------------------------------------------- what is said of them

_JUDGE = Query(
    update(tags)
    .where(tags.c.id == bindparam("which"))
    .values(usable=bindparam("may_use"), listable=bindparam("may_list"))
)
_WRITE = Query(update(tags).where(tags.c.id == bindparam("which")).values(name=bindparam("sealed")))


def judge(tx: Tx, tag: int, *, usable: bool, listable: bool) -> None:
    """What moderators say of a tag: whether it may be used and has posts to be read, and whether
    it can be found. One of which nothing is said any more is to be let go (`let_go`)."""
    tx.run(_JUDGE, which=tag, may_use=usable, may_list=listable)


def write(tx: Tx, tag: int, written: str) -> None:
    """How a tag is written where it is shown by itself: its word in capitals and small letters."""
    ((_, slot, sealed),) = tx.rows(_NAMES, list_ids=[tag])
    word = _word(_open(tx, tag, slot, sealed))
    text = word if written == word else word + _SPLIT + written
    tx.run(_WRITE, which=tag, sealed=tx.seal(_place(tag, slot), text.encode()))


# ----------------------------------------------------------------------------- posts

_PUT = Query(insert_ignore(post_tags, ("tag", "post")))
_OF_POST = Query(
    select(post_tags.c.tag).where(post_tags.c.post == number("post")).order_by(post_tags.c.tag)
)
_USABLE_OF_POST = Query(
    select(post_tags.c.tag)
    .join(tags, tags.c.id == post_tags.c.tag)
    .where(post_tags.c.post == number("post"), tags.c.usable)
    .order_by(post_tags.c.tag)
)
_TAKE = Query(delete(post_tags).where(post_tags.c.post == bindparam("post")))


def put(tx: Tx, post: int, names: Iterable[str]) -> list[str]:
    """The post carries these tags (folded words).

    Returns:
        Those of them that moderators let nobody use.
    """
    held = _held(tx, names)
    tx.many(_PUT, [{"tag": tag, "post": post} for tag, _ in held.values()])
    return [name for name, (_, usable) in held.items() if not usable]


def of_post(tx: Tx, post: int) -> list[int]:
    """The tags that a post carries."""
    return [row[0] for row in tx.rows(_OF_POST, post=post)]


def usable_of_post(tx: Tx, post: int) -> list[int]:
    """Those of them under which it can be read."""
    return [row[0] for row in tx.rows(_USABLE_OF_POST, post=post)]


def take(tx: Tx, post: int) -> None:
    """The post carries no tags any more. They are still there: see `let_go`."""
    tx.run(_TAKE, post=post)


# ----------------------------------------------------------------------------- the end

_these = in_list(tags.c.id, "ids")
_QUEUE = Query(select(tags.c.id).where(_these).order_by(tags.c.id).with_for_update(key_share=True))
_STOP = Query(select(tags.c.id).where(_these).order_by(tags.c.id).with_for_update())
_REMOVE = Query(delete(tags).where(_these))
_ON_SHELF = Query(
    select(tags.c.id, tags.c.slot, tags.c.name).where(tags.c.shelf == number("shelf"))
)
_REKEY = Query(update(tags).where(tags.c.id == bindparam("tag")).values(key=bindparam("new")))


def uses() -> list[Column[Any]]:
    """What keeps a tag: the columns that refer to one."""
    return [
        column
        for table in metadata.sorted_tables
        for column in table.columns
        if column.references(tags.c.id) and column.info.get("keeps", True)
    ]


@lru_cache(maxsize=1)
def _unused() -> Query:
    """Those of these tags that nothing refers to, and nothing is said of. Made when first asked:
    all tables are known."""
    return Query(
        select(tags.c.id, tags.c.slot, tags.c.shelf)
        .where(_these, tags.c.usable, tags.c.listable)
        .where(*(~exists(select(1).where(use == tags.c.id)) for use in uses()))
        .order_by(tags.c.shelf)
    )


def let_go(tx: Tx, ids: Collection[int]) -> list[Left]:
    """Something refers to these tags no more: those that nothing refers to are erased.

    Returns:
        The shelves on which they lay; to be made anew by `rekey`.
    """
    if not ids:
        return []
    among = list(ids)
    if tx.engine == "postgresql":
        tx.rows(_QUEUE, list_ids=among)  # of two who take away the last two uses, one sees it
    gone = tx.rows(_unused(), list_ids=among)
    if gone and tx.engine == "postgresql":
        tx.rows(_STOP, list_ids=[row[0] for row in gone])  # waits for those in `ids_for`
        gone = tx.rows(_unused(), list_ids=[row[0] for row in gone])
    if not gone:
        return []
    tx.run(_REMOVE, list_ids=[row[0] for row in gone])
    tx.shred([row[1] for row in gone])
    shelves = dict.fromkeys(row[2] for row in gone)
    return [Left(shelf, int(tx.value(_SHELF, shelf=shelf))) for shelf in shelves]


def rekey(tx: Tx, left: Left) -> None:
    """Make the keys on a shelf under another slot, unless that was done since a tag left it."""
    tx.lock("tag shelf", left.shelf)
    if tx.value(_SHELF, shelf=left.shelf) != left.slot:
        return
    rows = tx.rows(_ON_SHELF, shelf=left.shelf)
    if not rows:
        tx.run(_DROP_SHELF, which=left.shelf)
    else:
        shelf = _move_shelf(tx, left.shelf)
        names = [(tag, _word(_open(tx, tag, slot, sealed))) for tag, slot, sealed in rows]
        tx.many(_REKEY, [{"tag": tag, "new": _key(shelf, name)} for tag, name in names])
    tx.shred([left.slot])
