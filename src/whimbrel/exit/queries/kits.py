"""Recovery kits: who follows somebody from elsewhere and where they are reached, and which kit was
made last."""

from typing import NamedTuple

from sqlalchemy import and_, delete, func, select

from whimbrel.accounts.tables import accounts, follows
from whimbrel.core.engines import Query, upsert
from whimbrel.core.tx import Tx
from whimbrel.federation.tables import actor_keys, remote_actors, remote_follows
from whimbrel.posts.queries import number

from ..tables import kits

CHUNK = 1000  # people read at once


class Made(NamedTuple):
    """The last kit of somebody."""

    key: str
    followers: int
    at: int  # ms
    void: bool  # what it signs with is no key of theirs any more


_READ = Query(
    select(kits.c.key, kits.c.followers, kits.c.at, actor_keys.c.at)
    .outerjoin(actor_keys, actor_keys.c.id == kits.c.account)
    .where(kits.c.account == number("whose"))
)
_PUT = Query(upsert(kits, ["account"], ["key", "followers", "at"]))
_DROP = Query(delete(kits).where(kits.c.account == number("whose")))
_from = (
    remote_follows.join(
        follows,
        and_(
            follows.c.follower == remote_follows.c.follower,
            follows.c.followee == remote_follows.c.followee,
        ),
    )
    .join(remote_actors, remote_actors.c.account == remote_follows.c.follower)
    .join(accounts, accounts.c.id == remote_follows.c.follower)
)
_theirs = and_(remote_follows.c.followee == number("whose"), accounts.c.suspended_at.is_(None))
_COUNT = Query(select(func.count()).select_from(_from).where(_theirs))
_FOLLOWERS = Query(
    select(
        remote_follows.c.follower,
        accounts.c.uri,
        func.coalesce(remote_actors.c.shared_inbox, remote_actors.c.inbox),
    )
    .select_from(_from)
    .where(_theirs, remote_follows.c.follower > number("after"))
    .order_by(remote_follows.c.follower)
    .limit(CHUNK)
)


def made(tx: Tx, account: int) -> Made | None:
    """The last kit of somebody."""
    row = tx.row(_READ, whose=account)
    if row is None:
        return None
    key, followers, at, keyed = row
    return Made(key, followers, at, keyed is None or keyed > at)


def put(tx: Tx, account: int, key: str, followers: int) -> None:
    """A kit was made just now."""
    tx.run(_PUT, account=account, key=key, followers=followers, at=tx.ms)


def drop(tx: Tx, account: int) -> None:
    """There is none any more."""
    tx.run(_DROP, whose=account)


def count(tx: Tx, account: int) -> int:
    """How many follow somebody from elsewhere."""
    found: int = tx.value(_COUNT, whose=account)
    return found


def followers(tx: Tx, account: int) -> list[tuple[str, str]]:
    """Who follows somebody from elsewhere, by their ids, and by which inbox each is reached.
    Unbounded: for a slow read."""
    found: list[tuple[str, str]] = []
    after = 0
    while rows := tx.rows(_FOLLOWERS, whose=account, after=after):
        found += [(uri, inbox) for _, uri, inbox in rows]
        after = rows[-1][0]
    return found
