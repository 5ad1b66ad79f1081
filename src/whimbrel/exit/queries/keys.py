"""What the database knows of slots."""

from typing import NamedTuple

from sqlalchemy import bindparam, func, select, tuple_

from whimbrel.core.engines import Query
from whimbrel.core.tables import counters, shredded
from whimbrel.core.tx import Tx

_RESERVED = Query(select(counters.c.value).where(counters.c.name == "slots"))
_SHREDDED = Query(
    select(shredded.c.at, shredded.c.slot)
    .where(tuple_(shredded.c.at, shredded.c.slot) > tuple_(bindparam("at"), bindparam("slot")))
    .order_by(shredded.c.at, shredded.c.slot)
    .limit(bindparam("most"))
)
_SINCE = Query(select(func.count()).select_from(shredded).where(shredded.c.at > bindparam("at")))


class Shreds(NamedTuple):
    """Slots that were shredded, in the order of time, and where to go on from."""

    now: int  # ms; all that was durable by then is known
    slots: list[int]
    last: tuple[int, int]


def reserved(tx: Tx) -> int:
    """The end of the slots that are in use or set aside."""
    return int(tx.value(_RESERVED) or 1)


def shreds(tx: Tx, after: tuple[int, int], most: int) -> Shreds:
    """The next ones after (ms, slot)."""
    rows = tx.rows(_SHREDDED, at=after[0], slot=after[1], most=most)
    last = (rows[-1][0], rows[-1][1]) if rows else after
    return Shreds(tx.ms, [slot for _, slot in rows], last)


def shredded_since(tx: Tx, at: int) -> int:
    """How many were shredded after `at` (ms)."""
    return int(tx.value(_SINCE, at=at))
