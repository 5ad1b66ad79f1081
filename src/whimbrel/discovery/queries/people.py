"""Who is suggested to a reader, and who is in the directory. Every statement is bounded: by how
many follows it looks at, or by an index it walks."""

from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    delete,
    desc,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from whimbrel.accounts.queries import PENDING, account_of, graph
from whimbrel.accounts.queries.people import COLUMNS
from whimbrel.accounts.rules import Account
from whimbrel.accounts.tables import accounts, follows
from whimbrel.core.engines import Query, insert_ignore
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..rules import Candidate, Source
from ..tables import dismissals

FRIENDS = 60  # whose follows are looked at
CHOOSY = 500  # whoever follows more says little with it
RECENT = 5000  # newest follows that are counted
CONSIDERED = 300  # candidates of whom the rest is asked
Order = Literal["active", "new"]

_VIEWER = number("viewer")
# Who wants to be found, and may be.
FINDABLE: ColumnElement[bool] = and_(
    accounts.c.discoverable,
    accounts.c.suspended_at.is_(None),
    accounts.c.silenced_at.is_(None),
    accounts.c.demoted_at.is_(None),
    ~PENDING,
)


def _welcome() -> ColumnElement[bool]:
    """Nothing stands between the viewer and `accounts`, one way or the other."""
    who = accounts.c.id
    return and_(
        ~graph.blocked_either("viewer", who),
        ~graph.muted("viewer", who),
        ~graph.blocks_domain("viewer", accounts.c.domain),
    )


def _number_of(value: int) -> ColumnElement[int]:
    return literal_column(str(value), BigInteger)


def _friends_of_friends() -> Select[Any]:
    """Whom those follow whom the viewer follows, and how many of them do. Lists that are hidden
    tell nothing."""
    friend, theirs = accounts.alias("friend"), follows.alias("theirs")
    friends = (
        select(follows.c.followee.label("id"))
        .join(friend, friend.c.id == follows.c.followee)
        .where(
            follows.c.follower == _VIEWER,
            ~friend.c.hide_collections,
            friend.c.suspended_at.is_(None),
            friend.c.following <= _number_of(CHOOSY),
        )
        .order_by(follows.c.id.desc())
        .limit(FRIENDS)
        .subquery("friends")
    )
    return (
        select(theirs.c.followee.label("who"), func.count().label("weight"))
        .join(friends, friends.c.id == theirs.c.follower)
        .group_by(theirs.c.followee)
    )


def _most_followed() -> Select[Any]:
    """Who was followed most lately, and by how many."""
    recent = (
        select(follows.c.followee.label("who"))
        .where(follows.c.id > number("since"))
        .order_by(follows.c.id.desc())
        .limit(RECENT)
        .subquery("recent")
    )
    return select(recent.c.who, func.count().label("weight")).group_by(recent.c.who)


def _candidates(found: Select[Any]) -> Query:
    """Those of `found` (who, weight) whom the viewer may be shown and does not know yet."""
    counted = found.subquery("counted")
    gone = dismissals.alias("gone")
    fresh = (
        select(counted)
        .where(
            counted.c.who != _VIEWER,
            ~graph.follows("viewer", counted.c.who),
            ~graph.asked("viewer", counted.c.who),
            ~exists(
                select(gone.c.target).where(
                    gone.c.account == _VIEWER, gone.c.target == counted.c.who
                )
            ),
        )
        .order_by(desc("weight"), desc("who"))
        .limit(CONSIDERED)
        .subquery("fresh")
    )
    return Query(
        select(fresh.c.weight, *COLUMNS)
        .select_from(fresh.join(accounts, accounts.c.id == fresh.c.who))
        .where(FINDABLE, _welcome())
        .order_by(fresh.c.weight.desc(), fresh.c.who.desc())
        .limit(number("most"))
    )


_FRIENDS_OF_FRIENDS = _candidates(_friends_of_friends())
_MOST_FOLLOWED = _candidates(_most_followed())
_DISMISS = Query(insert_ignore(dismissals))
_FORGET = Query(
    delete(dismissals).where(or_(dismissals.c.account == _VIEWER, dismissals.c.target == _VIEWER))
)


def candidates(tx: Tx, viewer: int, source: Source, most: int, since: int) -> list[Candidate]:
    """Up to `most` people whom the viewer may like to follow, the likeliest first.

    Args:
        since: an id; follows older than it do not count as lately.
    """
    bound = {"viewer": viewer, "most": most, "now": tx.ms}
    if source == "friends_of_friends":
        rows = tx.rows(_FRIENDS_OF_FRIENDS, **bound)
    else:
        rows = tx.rows(_MOST_FOLLOWED, **bound, since=since)
    return [Candidate(account_of(row[1:]), source, row[0]) for row in rows]


def dismiss(tx: Tx, viewer: int, target: int) -> None:
    """Suggest somebody no more; again is once."""
    tx.run(_DISMISS, account=viewer, target=target)


def forget(tx: Tx, account: int) -> None:
    """Nobody dismissed this account, and it nobody."""
    tx.run(_FORGET, viewer=account)


# --- the directory ----------------------------------------------------------------------------


def _directory(order: Order, *, local: bool) -> Query:
    found = select(*COLUMNS).where(FINDABLE, _welcome(), accounts.c.id != _VIEWER)
    if local:
        found = found.where(accounts.c.domain.is_(None))
    if order == "active":
        found = found.where(accounts.c.last_status_at.is_not(None))
        found = found.order_by(accounts.c.last_status_at.desc(), accounts.c.id.desc())
    else:
        found = found.order_by(accounts.c.id.desc())
    return Query(found.limit(number("most")).offset(number("after")))


_DIRECTORY: dict[tuple[Order, bool], Query] = {
    ("active", False): _directory("active", local=False),
    ("active", True): _directory("active", local=True),
    ("new", False): _directory("new", local=False),
    ("new", True): _directory("new", local=True),
}


def directory(
    tx: Tx, viewer: int, order: Order, *, local: bool, offset: int, most: int
) -> list[Account]:
    """A page of those who want to be found; `viewer` 0 = a stranger. See `directory.page`."""
    query = _DIRECTORY[order, local]
    rows = tx.rows(query, viewer=viewer, now=tx.ms, most=most, after=offset)
    return [account_of(row) for row in rows]
