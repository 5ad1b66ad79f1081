"""What an account that leaves takes out of other people's rows."""

from sqlalchemy import BigInteger, BindParameter, bindparam, delete, or_, select, union

from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx

from ..tables import (
    blocks,
    domain_blocks,
    follow_requests,
    follows,
    invites,
    moves,
    mutes,
    notes,
    severances,
    severed,
)
from . import addresses, factors

_WHO: BindParameter[int] = bindparam("who")
_TIED = Query(
    union(
        select(follows.c.followee).where(follows.c.follower == _WHO),
        select(follows.c.follower).where(follows.c.followee == _WHO),
        select(follow_requests.c.followee).where(follow_requests.c.follower == _WHO),
        select(follow_requests.c.follower).where(follow_requests.c.followee == _WHO),
    ).limit(bindparam("most", type_=BigInteger))
)
_OF_NOTES = or_(notes.c.account == _WHO, notes.c.target == _WHO)
_NOTE_SLOTS = Query(select(notes.c.slot).where(_OF_NOTES))
_CLEAR = (
    Query(delete(blocks).where(or_(blocks.c.account == _WHO, blocks.c.target == _WHO))),
    Query(delete(mutes).where(or_(mutes.c.account == _WHO, mutes.c.target == _WHO))),
    Query(delete(notes).where(_OF_NOTES)),
    Query(delete(domain_blocks).where(domain_blocks.c.account == _WHO)),
    Query(delete(moves).where(moves.c.account == _WHO)),
    Query(delete(invites).where(invites.c.account == _WHO)),
    Query(delete(severances).where(severances.c.account == _WHO)),
    Query(delete(severed).where(severed.c.other == _WHO)),
)


def tied(tx: Tx, account: int, most: int) -> list[int]:
    """Up to `most` people who follow `account`, are followed by it, or where one of them asked."""
    return sorted(row[0] for row in tx.rows(_TIED, who=account, most=most))


def clear(tx: Tx, account: int) -> None:
    """Remove blocks, mutes, invitations, second factors, addresses, notes and their keys. Twice is
    once."""
    tx.shred([row[0] for row in tx.rows(_NOTE_SLOTS, who=account)])
    factors.clear(tx, account)
    addresses.clear(tx, account)
    for statement in _CLEAR:
        tx.run(statement, who=account)
