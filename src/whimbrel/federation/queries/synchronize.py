"""Who follows whom across the border, as both servers should know it."""

from sqlalchemy import BigInteger, and_, bindparam, select

from whimbrel.accounts.tables import accounts, follows
from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..tables import remote_follows

_THEIRS = Query(
    select(accounts.c.uri)
    .select_from(remote_follows)
    .join(
        follows,
        and_(
            follows.c.follower == remote_follows.c.follower,
            follows.c.followee == remote_follows.c.followee,
        ),
    )
    .join(accounts, accounts.c.id == remote_follows.c.follower)
    .where(remote_follows.c.followee == number("whose"))
    .limit(number("most"))
)
_OURS = Query(
    select(follows.c.follower, follows.c.at)
    .join(accounts, accounts.c.id == follows.c.follower)
    .where(follows.c.followee == number("whose"), accounts.c.domain.is_(None))
    .limit(bindparam("most", type_=BigInteger))
)


def theirs(tx: Tx, account: int, most: int) -> list[str]:
    """Ids of those elsewhere who follow one of ours."""
    return [row[0] for row in tx.rows(_THEIRS, whose=account, most=most) if row[0] is not None]


def ours(tx: Tx, account: int, most: int) -> list[tuple[int, int]]:
    """Those of ours who follow somebody elsewhere, and since when (ms)."""
    return [(row[0], row[1]) for row in tx.rows(_OURS, whose=account, most=most)]
