"""Statements about alarms."""

from typing import NamedTuple

from sqlalchemy import BigInteger, bindparam, insert, select, update

from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx

from .tables import alarms


class Kept(NamedTuple):
    """An alarm as it is kept; times in ms since 1970."""

    id: int
    why: str
    ends_at: int


_LATER = alarms.c.ends_at > bindparam("now", type_=BigInteger)
_RINGS = alarms.c.silenced_at.is_(None), _LATER
_CURRENT = Query(
    select(alarms.c.id, alarms.c.why, alarms.c.ends_at)
    .where(*_RINGS)
    .order_by(alarms.c.id.desc())
    .limit(1)
)
_ADD = Query(insert(alarms))
_SILENCE = Query(update(alarms).where(*_RINGS).values(silenced_at=bindparam("now")))


def current(tx: Tx) -> Kept | None:
    """The one that rings."""
    row = tx.row(_CURRENT, now=tx.ms)
    return None if row is None else Kept(*row)


def add(tx: Tx, alarm: Kept) -> None:
    """It rings from now on."""
    tx.run(_ADD, id=alarm.id, why=alarm.why, ends_at=alarm.ends_at, silenced_at=None)


def silence(tx: Tx) -> int:
    """Silence what rings; how many did."""
    return tx.run(_SILENCE, now=tx.ms)
