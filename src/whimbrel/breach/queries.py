"""What the drill asks the database of its own copy."""

from sqlalchemy import bindparam, delete

from whimbrel.core.engines import Query
from whimbrel.core.tables import jobs
from whimbrel.core.tx import Tx

_FORGET = Query(delete(jobs).where(jobs.c.due <= bindparam("now")))


def tell_nobody(tx: Tx) -> None:
    """Drop what follows from planting thousands of posts: nobody waits to hear of them.
    What is for later, as addresses that grow old, stays."""
    tx.run(_FORGET, now=tx.ms)
