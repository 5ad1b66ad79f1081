"""What the operator's pages ask of several rooms at once."""

from typing import NamedTuple

from sqlalchemy import func, select

from whimbrel.accounts.tables import users
from whimbrel.core.engines import Query
from whimbrel.core.tables import jobs
from whimbrel.core.tx import Tx
from whimbrel.core.worker import NEVER
from whimbrel.discovery.tables import link_trends, post_trends, tag_trends
from whimbrel.moderation.tables import reports


class Waiting(NamedTuple):
    """How much waits for a person."""

    people: int  # whose request to come in nobody answered yet
    reports: int
    trends: int  # of which nobody said whether they may be shown
    jobs: int  # given up


_count = select(func.count())
_trends = [
    _count.select_from(table).where(table.c.review.is_(None), table.c.score > 0).scalar_subquery()
    for table in (tag_trends, post_trends, link_trends)
]
_WAITING = Query(
    select(
        _count.select_from(users)
        .where(users.c.approved_at.is_(None), users.c.confirmed_at.is_not(None))
        .scalar_subquery(),
        _count.select_from(reports).where(reports.c.resolved_at.is_(None)).scalar_subquery(),
        _trends[0] + _trends[1] + _trends[2],
        _count.select_from(jobs).where(jobs.c.due == NEVER).scalar_subquery(),
    )
)


def waiting(tx: Tx) -> Waiting:
    """What is to be done. Counts rows."""
    return Waiting(*(int(number) for number in tx.row(_WAITING)))
