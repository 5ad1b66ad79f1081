"""Statements about notification policies: what somebody chose, and how those who do something
stand to those who would hear of it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select

from whimbrel.accounts.queries import graph
from whimbrel.accounts.tables import accounts, follows, users
from whimbrel.core.engines import Query, in_list, upsert
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import level, number
from whimbrel.posts.rules import Visibility
from whimbrel.posts.tables import mentions, posts

from ..rules import DECISIONS, Policy, Sender
from ..tables import (
    held_notifications,
    notification_permissions,
    notification_policies,
    notification_requests,
)

NEW = 30 * 86_400_000  # ms in which an account is new
SETTLED = 3 * 86_400_000  # ms after which somebody counts as a follower

_COLUMNS: list[Any] = [
    column for column in notification_policies.columns if column.name != "account"
]
_NAMES = [column.name for column in _COLUMNS]
_OF = Query(select(*_COLUMNS).where(notification_policies.c.account == number("account")))
_PUT = Query(upsert(notification_policies, ("account",), _NAMES))
_held = held_notifications
_NUMBERS: list[Any] = [func.count(_held.c.actor.distinct()), func.count(_held.c.id)]
_SUMMARY = Query(
    select(*_NUMBERS)
    .select_from(
        _held.join(accounts, accounts.c.id == _held.c.actor).join(
            notification_requests,
            and_(
                notification_requests.c.account == _held.c.account,
                notification_requests.c.actor == _held.c.actor,
            ),
        )
    )
    .where(_held.c.account == number("account"), accounts.c.suspended_at.is_(None))
)


def of(tx: Tx, account: int) -> Policy:
    """What somebody chose."""
    return _policy(tx.row(_OF, account=account))


def _policy(row: Any) -> Policy:
    if row is None or row[0] is None:
        return Policy()
    return Policy(**{name: DECISIONS[value] for name, value in zip(_NAMES, row, strict=True)})


def put(tx: Tx, account: int, policy: Policy) -> None:
    """Keep what they chose."""
    chosen = {name: DECISIONS.index(getattr(policy, name)) for name in _NAMES}
    tx.run(_PUT, account=account, **chosen)


def summary(tx: Tx, account: int) -> tuple[int, int]:
    """Of how many people something is held back, and how many notifications that is."""
    requests, waiting = tx.row(_SUMMARY, account=account)
    return int(requests), int(waiting)


def _is_settled() -> ColumnElement[bool]:
    """The actor has followed the receiver for a while."""
    return exists(
        select(follows.c.id).where(
            follows.c.follower == number("actor"),
            follows.c.followee == users.c.account,
            follows.c.at <= number("settled"),
        )
    )


def _is_let_in() -> ColumnElement[bool]:
    permission = notification_permissions
    return exists(
        select(permission.c.actor).where(
            permission.c.account == users.c.account, permission.c.actor == number("actor")
        )
    )


def _is_unasked() -> ColumnElement[bool]:
    """The post is for certain people only, and the receiver has not written to its author in the
    same thread before."""
    now, earlier, named = posts.alias("now"), posts.alias("earlier"), mentions.alias()
    answer = exists(
        select(earlier.c.id)
        .join(named, and_(named.c.post == earlier.c.id, named.c.account == number("actor")))
        .where(
            earlier.c.thread == now.c.thread,
            earlier.c.id < now.c.id,
            earlier.c.author == users.c.account,
        )
    )
    return exists(
        select(now.c.id).where(
            now.c.id == number("post"),
            now.c.visibility == level(Visibility.DIRECT),
            ~answer,
        )
    )


_staff = users.alias("staff")
_FACTS = Query(
    select(
        users.c.account,
        users.c.role,
        _staff.c.role,
        _is_let_in(),
        graph.follows(users.c.account, number("actor")),
        _is_settled(),
        accounts.c.at > number("new"),
        _is_unasked(),
        accounts.c.silenced_at.is_not(None),
        accounts.c.bot,
        *_COLUMNS,
    )
    .select_from(
        users.join(accounts, accounts.c.id == number("actor"))
        .outerjoin(_staff, _staff.c.account == number("actor"))
        .outerjoin(notification_policies, notification_policies.c.account == users.c.account)
    )
    .where(in_list(users.c.account, "receivers"))
)


def senders(
    tx: Tx, receivers: Sequence[int], actor: int, post: int | None
) -> list[tuple[int, str, str | None, Policy, Sender]]:
    """For each of `receivers`: who, their role, the actor's, what they chose, how the actor stands
    to them. `let_in` is only about permissions here."""
    values = {"actor": actor, "post": post or 0}
    rows = tx.rows(
        _FACTS,
        list_receivers=list(receivers),
        settled=tx.ms - SETTLED,
        new=tx.ms - NEW,
        **values,
    )
    return [(*row[:3], _policy(row[10:]), Sender(*map(bool, row[3:10]))) for row in rows]
