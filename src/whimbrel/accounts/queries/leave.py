"""What an account that leaves takes out of other people's rows."""

from sqlalchemy import BindParameter, bindparam, delete, or_, select, update

from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx

from ..tables import accounts, blocks, follow_requests, follows, invites, mutes, notes

_WHO: BindParameter[int] = bindparam("who")
_UNCOUNT = (
    Query(
        update(accounts)
        .where(accounts.c.id.in_(select(follows.c.followee).where(follows.c.follower == _WHO)))
        .values(followers=accounts.c.followers - 1)
    ),
    Query(
        update(accounts)
        .where(accounts.c.id.in_(select(follows.c.follower).where(follows.c.followee == _WHO)))
        .values(following=accounts.c.following - 1)
    ),
)
_CLEAR = (
    Query(delete(follows).where(or_(follows.c.follower == _WHO, follows.c.followee == _WHO))),
    Query(
        delete(follow_requests).where(
            or_(follow_requests.c.follower == _WHO, follow_requests.c.followee == _WHO)
        )
    ),
    Query(delete(blocks).where(or_(blocks.c.account == _WHO, blocks.c.target == _WHO))),
    Query(delete(mutes).where(or_(mutes.c.account == _WHO, mutes.c.target == _WHO))),
    Query(delete(notes).where(or_(notes.c.account == _WHO, notes.c.target == _WHO))),
    Query(delete(invites).where(invites.c.account == _WHO)),
)


def clear_graph(tx: Tx, account: int) -> None:
    """Remove every tie to others, and count it no more. Doing it twice is doing it once."""
    for statement in (*_UNCOUNT, *_CLEAR):
        tx.run(statement, who=account)
