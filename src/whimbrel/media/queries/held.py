"""Statements about objects that stay in the store although their files are erased."""

from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, delete, select

from whimbrel.core.engines import Query, in_list, insert_ignore
from whimbrel.core.tx import Tx

from ..tables import files, held_objects

_h = held_objects.c
# Whoever erases these files at this moment waits until it is known that they are held.
_LOCK = Query(
    select(files.c.token).where(in_list(files.c.object, "objects")).with_for_update(read=True)
)
_HOLD = Query(insert_ignore(held_objects))
_OF = Query(select(_h.object).where(_h.holder == bindparam("by")).order_by(_h.object))
_HELD = Query(select(_h.object).where(in_list(_h.object, "objects")))
_RELEASE = Query(delete(held_objects).where(_h.holder == bindparam("by")).returning(_h.object))
_RECORDED = Query(select(files.c.object).where(in_list(files.c.object, "objects")))


def hold(tx: Tx, holder: int, objects: Iterable[str]) -> None:
    """The store keeps them until `release`."""
    wanted = list(objects)
    if wanted:
        tx.rows(_LOCK, list_objects=wanted)
        tx.many(_HOLD, ({"object": each, "holder": holder} for each in wanted))


def of(tx: Tx, holder: int) -> list[str]:
    """What is held for it."""
    return [row[0] for row in tx.rows(_OF, by=holder)]


def among(tx: Tx, objects: Sequence[str]) -> set[str]:
    """Those of these that somebody holds."""
    return {row[0] for row in tx.rows(_HELD, list_objects=list(objects))}


def release(tx: Tx, holder: int) -> list[str]:
    """It holds nothing any more; those of which nothing else knows."""
    gone = [row[0] for row in tx.rows(_RELEASE, by=holder)]
    if not gone:
        return []
    known = among(tx, gone) | {row[0] for row in tx.rows(_RECORDED, list_objects=gone)}
    return [each for each in gone if each not in known]
