"""Statements about what a policy holds back: notifications outside, and who asks to be let in."""

import secrets
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, case, delete, func, literal_column, select

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, in_list, insert, insert_ignore, insert_select
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import level, number
from whimbrel.posts.rules import Visibility
from whimbrel.posts.tables import posts

from ..rules import Window
from ..tables import (
    held_notifications,
    notification_permissions,
    notification_requests,
    notifications,
)

MOST_DIRECT = 200  # direct posts of one person that become conversations when they are let in

_held, _requests = held_notifications, notification_requests


class Request(NamedTuple):
    """Of whom something is held back, and what."""

    id: int
    actor: int
    stamp: int  # the actor's
    many: int
    newest: int  # notification
    post: int | None  # the newest that names the viewer


_HOLD = Query(insert(_held).on_conflict_do_nothing(index_elements=["key"]).returning(_held.c.id))
_ASK = Query(insert_ignore(_requests))


def hold(
    tx: Tx,
    receivers: Iterable[int],
    kind: str,
    actor: int,
    post: int | None,
    key: str,
    subject: int | None = None,
) -> None:
    """Keep one notification outside for each of `receivers`; as `notifications.add`."""
    for receiver in receivers:
        id_ = tx.ms << 16 | secrets.randbits(16)
        row = {"id": id_, "account": receiver, "kind": kind, "actor": actor, "post": post}
        if tx.row(_HOLD, **row, key=f"{key}:{receiver}", subject=subject) is not None:
            tx.run(_ASK, id=new_id(tx.now), account=receiver, actor=actor)


def _page(*where: Any) -> Select[Any]:
    """Requests behind which something is waiting still."""
    named = case((_held.c.kind == literal_column("'mention'"), _held.c.post))
    return (
        select(
            _requests.c.id,
            accounts.c.id,
            accounts.c.stamp,
            func.count(),
            func.max(_held.c.id),
            func.max(named),
        )
        .select_from(
            _requests.join(
                _held,
                and_(_held.c.account == _requests.c.account, _held.c.actor == _requests.c.actor),
            ).join(accounts, accounts.c.id == _requests.c.actor)
        )
        .where(_requests.c.account == number("viewer"), accounts.c.suspended_at.is_(None), *where)
        .group_by(_requests.c.id, accounts.c.id, accounts.c.stamp)
    )


_between = (_requests.c.id > number("low"), _requests.c.id < number("high"))
_PAGE = {
    ascending: Query(
        _page(*_between)
        .order_by(_requests.c.id.asc() if ascending else _requests.c.id.desc())
        .limit(number("most"))
    )
    for ascending in (False, True)
}
_ONE = Query(_page(_requests.c.id == number("id")))
_ACTORS = Query(
    select(_requests.c.actor).where(
        _requests.c.account == number("viewer"), in_list(_requests.c.id, "ids")
    )
)


def page(tx: Tx, viewer: int, window: Window) -> list[Request]:
    """A page of them, newest first."""
    low, high, most, ascending = window
    rows = tx.rows(_PAGE[ascending], viewer=viewer, low=low, high=high, most=most)
    return [Request(*row) for row in (rows[::-1] if ascending else rows)]


def one(tx: Tx, viewer: int, request: int) -> Request | None:
    """One of them."""
    row = tx.row(_ONE, viewer=viewer, id=request)
    return None if row is None else Request(*row)


def actors(tx: Tx, viewer: int, requests: Sequence[int]) -> list[int]:
    """Whom these requests of the viewer's are about."""
    return [row[0] for row in tx.rows(_ACTORS, viewer=viewer, list_ids=list(requests))]


# --- decided --------------------------------------------------------------------------------------

_theirs = and_(_held.c.account == number("viewer"), _held.c.actor == number("actor"))
_COLUMNS = ("id", "account", "kind", "actor", "post", "key", "subject")
_PERMIT = Query(insert_ignore(notification_permissions))
_DIRECT = Query(
    select(_held.c.post)
    .join(posts, posts.c.id == _held.c.post)
    .where(
        _theirs,
        _held.c.kind == literal_column("'mention'"),
        posts.c.visibility == level(Visibility.DIRECT),
    )
    .order_by(_held.c.post.desc())
    .limit(number("most"))
)
_LET_IN = Query(
    insert_select(
        notifications, _COLUMNS, select(*(_held.c[name] for name in _COLUMNS)).where(_theirs)
    )
)
_DROP = Query(delete(_held).where(_theirs))
_CLOSE = Query(
    delete(_requests).where(
        _requests.c.account == number("viewer"), _requests.c.actor == number("actor")
    )
)
_CLEAR = Query(delete(_held).where(_held.c.account == number("viewer")))
_CLEAR_REQUESTS = Query(delete(_requests).where(_requests.c.account == number("viewer")))
_REMOVE_KEYS = Query(delete(_held).where(in_list(_held.c["key"], "keys")))


def permit(tx: Tx, viewer: int, actor: int) -> None:
    """What `actor` does is told the viewer from now on, whatever the policy says."""
    tx.run(_PERMIT, account=viewer, actor=actor)


def direct_posts(tx: Tx, viewer: int, actor: int) -> list[int]:
    """Direct posts in which `actor` names the viewer, of which was not told; oldest first."""
    rows = tx.rows(_DIRECT, viewer=viewer, actor=actor, most=MOST_DIRECT)
    return sorted({row[0] for row in rows})


def let_in(tx: Tx, viewer: int, actor: int) -> None:
    """What is held back of `actor` joins the others."""
    tx.run(_LET_IN, viewer=viewer, actor=actor)
    drop(tx, viewer, actor)


def drop(tx: Tx, viewer: int, actor: int) -> None:
    """Forget what is held back of `actor`, and the request."""
    tx.run(_DROP, viewer=viewer, actor=actor)
    tx.run(_CLOSE, viewer=viewer, actor=actor)


def clear(tx: Tx, viewer: int) -> None:
    """Forget all that is held back."""
    tx.run(_CLEAR, viewer=viewer)
    tx.run(_CLEAR_REQUESTS, viewer=viewer)


def remove_keys(tx: Tx, keys: Sequence[str]) -> None:
    """As `notifications.remove_keys`."""
    tx.run(_REMOVE_KEYS, list_keys=list(keys))
