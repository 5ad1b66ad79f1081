"""How many of ours were here on each day: numbers, nobody's name."""

from sqlalchemy import BigInteger, bindparam, select, update

from whimbrel.core.engines import Query, insert_ignore
from whimbrel.core.tx import Tx

from ..tables import days

DAY = 86_400_000  # ms

_BEGIN = Query(insert_ignore(days, ("day",)))
_COUNT = Query(
    update(days)
    .where(days.c.day == bindparam("which", type_=BigInteger))
    .values(active=days.c.active + bindparam("more", type_=BigInteger))
)
_ACTIVE = Query(
    select(days.c.day, days.c.active).where(
        days.c.day >= bindparam("first", type_=BigInteger),
        days.c.day <= bindparam("last", type_=BigInteger),
    )
)


def count(tx: Tx, more: int = 1) -> None:
    """So many people were here today for the first time."""
    today = tx.ms // DAY
    tx.run(_BEGIN, day=today)
    tx.run(_COUNT, which=today, more=more)


def active(tx: Tx, first: int, last: int) -> dict[int, int]:
    """Day to how many were here, for days (numbers since 1970) between these two; days on which
    nobody was are left out."""
    return dict(tx.rows(_ACTIVE, first=first, last=last))
