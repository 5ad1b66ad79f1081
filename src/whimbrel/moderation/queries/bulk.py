"""Statements about what is decided of many at once."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import func, select, update

from whimbrel.core.engines import Query, insert
from whimbrel.core.errors import NotFound
from whimbrel.core.keyring import Slot
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..tables import bulk_items, bulks

_b, _i = bulks.c, bulk_items.c
_ADD = Query(insert(bulks, ("id", "kind", "by", "content", "slot")))
_ADD_ITEM = Query(insert(bulk_items, ("bulk", "item")))
_ONE = Query(
    select(_b.id, _b.kind, _b.by, _b.content, _b.slot, _b.undone_at).where(_b.id == number("id"))
)
_LATEST = Query(
    select(_b.id)
    .where(_b.by == number("who"), _b.undone_at.is_(None), _b.id > number("since"))
    .order_by(_b.id.desc())
    .limit(1)
)
_NEXT = Query(
    select(_i.item)
    .where(_i.bulk == number("bulk"), _i.result.is_(None))
    .order_by(_i.item)
    .limit(number("most"))
)
_RESULTS = Query(
    select(_i.item, _i.result)
    .where(_i.bulk == number("bulk"), _i.result > 0)
    .order_by(_i.item.desc())
    .limit(number("most"))
)
_SET = Query(
    update(bulk_items)
    .where(_i.bulk == number("which"), _i.item == number("about"))
    .values(result=number("new"))
)
_UNDO = Query(
    update(bulks)
    .where(_b.id == number("which"), _b.undone_at.is_(None))
    .values(undone_at=number("now"))
)
_done: Any = func.sum(func.sign(_i.result))
_COUNT = Query(select(func.count(), func.count(_i.result), _done).where(_i.bulk == number("bulk")))


class Bulk(NamedTuple):
    """As stored; `id >> 16` is when (ms)."""

    id: int
    kind: str
    by: int | None
    content: bytes
    slot: int
    undone_at: int | None


class Progress(NamedTuple):
    """How far one is."""

    all: int
    looked_at: int
    done: int


def _place(bulk: int, slot: int) -> Slot:
    return Slot(slot, slot, bulk, "bulks.content")


def add(tx: Tx, id_: int, kind: str, by: int, content: bytes, items: Iterable[int]) -> None:
    """Keep one with all that it is about."""
    slot = tx.slot()
    sealed = tx.seal(_place(id_, slot), content)
    tx.run(_ADD, id=id_, kind=kind, by=by, content=sealed, slot=slot)
    tx.many(_ADD_ITEM, [{"bulk": id_, "item": item} for item in sorted(set(items))])


def one(tx: Tx, id_: int) -> Bulk:
    """One of them. Raises NotFound."""
    row = tx.row(_ONE, id=id_)
    if row is None:
        raise NotFound
    bulk = Bulk(*row)
    return bulk._replace(content=tx.unseal(_place(bulk.id, bulk.slot), bytes(bulk.content)))


def latest(tx: Tx, who: int, since: int) -> int | None:
    """The last of somebody's since that id that was not taken back."""
    found: int | None = tx.value(_LATEST, who=who, since=since)
    return found


def turn(tx: Tx, bulk: int, most: int) -> list[int]:
    """Whose turn it is."""
    return [row[0] for row in tx.rows(_NEXT, bulk=bulk, most=most)]


def results(tx: Tx, bulk: int, most: int) -> list[tuple[int, int]]:
    """Some of what was done: (item, decision)."""
    return [(row[0], row[1]) for row in tx.rows(_RESULTS, bulk=bulk, most=most)]


def set_result(tx: Tx, bulk: int, item: int, result: int) -> None:
    """What came of it."""
    tx.run(_SET, which=bulk, about=item, new=result)


def undo(tx: Tx, bulk: int) -> bool:
    """It is taken back; False where it was."""
    return tx.run(_UNDO, which=bulk, now=tx.ms) > 0


def progress(tx: Tx, bulk: int) -> Progress:
    """How far it is."""
    whole, looked_at, done = tx.row(_COUNT, bulk=bulk)
    return Progress(int(whole), int(looked_at), int(done or 0))
