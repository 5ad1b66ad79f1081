"""A scratch copy made quiet, for what was under way in the server it was taken from is not its to
do; and how old the copy is."""

from sqlalchemy import delete, func, select

from whimbrel.core.engines import Query
from whimbrel.core.tables import jobs, shredded
from whimbrel.core.tx import Tx
from whimbrel.federation.tables import deliveries, letters, queues
from whimbrel.timelines.tables import subscriptions

_OVER = [Query(delete(table)) for table in (deliveries, letters, queues, jobs, subscriptions)]


def quiet(tx: Tx) -> None:
    """No job, no letter to another server, and no push message waits any more."""
    for statement in _OVER:
        tx.run(statement)


_NEWEST = Query(select(func.max(shredded.c.at)))


def now(tx: Tx) -> int:
    """The time of this server (ms)."""
    return tx.ms


def newest(tx: Tx) -> int | None:
    """When the last key was destroyed that this database knows of (ms)."""
    found: int | None = tx.value(_NEWEST)
    return found
