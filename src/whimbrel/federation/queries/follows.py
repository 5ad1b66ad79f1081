"""What somebody elsewhere calls their follow of one of ours."""

from sqlalchemy import String, bindparam, delete, select

from whimbrel.core.engines import Query, upsert
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..tables import remote_follows

_c = remote_follows.c
_NOTE = Query(upsert(remote_follows, ["follower", "followee"], ["uri"]))
_FORGET = Query(
    delete(remote_follows).where(_c.follower == bindparam("of"), _c.followee == bindparam("whom"))
)
_BY_URI = Query(
    select(_c.followee).where(
        _c.follower == number("follower"), _c.uri == bindparam("uri", type_=String)
    )
)


def note(tx: Tx, follower: int, followee: int, uri: str) -> None:
    """They called it this the last time."""
    tx.run(_NOTE, follower=follower, followee=followee, uri=uri)


def forget(tx: Tx, follower: int, followee: int) -> None:
    """There is nothing to be answered any more."""
    tx.run(_FORGET, of=follower, whom=followee)


def by_uri(tx: Tx, follower: int, uri: str) -> int | None:
    """Whom they follow by that name."""
    found: int | None = tx.value(_BY_URI, follower=follower, uri=uri)
    return found
