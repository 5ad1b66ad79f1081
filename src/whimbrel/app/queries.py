"""Numbers about the whole server, and whether it already has an administrator."""

from typing import NamedTuple

from sqlalchemy import bindparam, exists, func, select

from whimbrel.accounts.tables import accounts, users
from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx

MONTH, HALF_YEAR = 30 * 86_400_000, 180 * 86_400_000  # milliseconds

_active = select(func.count()).select_from(users)
_STATS = Query(
    select(
        select(func.count())
        .select_from(users)
        .where(users.c.confirmed_at.isnot(None), users.c.approved_at.isnot(None))
        .scalar_subquery(),
        _active.where(users.c.active_at > bindparam("month")).scalar_subquery(),
        _active.where(users.c.active_at > bindparam("half_year")).scalar_subquery(),
        select(func.coalesce(func.sum(accounts.c.statuses), 0))
        .where(accounts.c.domain.is_(None))
        .scalar_subquery(),
    )
)
_HAS_ADMIN = Query(select(exists().where(users.c.role == "admin")))


class Stats(NamedTuple):
    """Counts over the server's own people; posts without direct ones."""

    users: int
    active: int
    active_half_year: int
    statuses: int


def stats(tx: Tx) -> Stats:
    """How many use this server, and how much they wrote."""
    row = tx.row(_STATS, month=tx.ms - MONTH, half_year=tx.ms - HALF_YEAR)
    return Stats(*(int(number) for number in row))


def has_administrator(tx: Tx) -> bool:
    """Whether somebody can administrate."""
    return bool(tx.value(_HAS_ADMIN))
