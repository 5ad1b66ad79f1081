"""Pages of notifications, with the posts they are about: one statement each."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    and_,
    case,
    func,
    literal_column,
    or_,
    select,
)

from whimbrel.accounts.queries import entry, graph, people
from whimbrel.accounts.rules import Account
from whimbrel.accounts.tables import accounts, sessions, users
from whimbrel.core.engines import Query, in_list
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import may_see, near, number, plain_card
from whimbrel.posts.tables import posts

from ..rules import Window
from ..tables import markers, notifications
from .filters import revision


class Told(NamedTuple):
    """A notification as stored, with the card of the post it is about. Equal rows are equal bytes,
    as long as no clock runs in them. Nobody is told of a boost as such: `post` is never one."""

    id: int
    kind: str
    actor: int
    actor_stamp: int
    post: int | None  # from here on a `posts.queries.plain_card`
    stamp: int | None
    author_stamp: int | None
    marks: int
    filters: int | None  # the revision of the receiver's filters


def _shown(columns: Select[Any], viewer: Any) -> Select[Any]:
    """Of notifications: those of nobody who is muted or suspended by now, or whose server the
    viewer blocks; of posts that are still theirs to see, or of none.

    Args:
        columns: of notifications, `_actor`, posts and accounts (the author of the post).
        viewer: bound, or a column.
    """
    shown = and_(
        posts.c.boost_of.is_(None), accounts.c.suspended_at.is_(None), may_see(posts, viewer)
    )
    return columns.select_from(
        notifications.join(_actor, _actor.c.id == notifications.c.actor)
        .outerjoin(posts, posts.c.id == notifications.c.post)
        .outerjoin(accounts, accounts.c.id == posts.c.author)
    ).where(
        _actor.c.suspended_at.is_(None),
        near(_actor, viewer),
        ~graph.muted(viewer, notifications.c.actor, notifications=True),
        or_(notifications.c.post.is_(None), shown),
    )


_actor = accounts.alias("actor_account")


def _told(*where: ColumnElement[bool]) -> Select[Any]:
    """What the viewer was told of posts that are still theirs to see, or of none."""
    columns = select(
        *(notifications.c.id, notifications.c.kind, _actor.c.id, _actor.c.stamp),
        *(*plain_card(), revision()),
    )
    viewer = number("viewer")
    return _shown(columns, viewer).where(notifications.c.account == viewer, *where)


@lru_cache(maxsize=16)
def _page(ascending: bool, kinds: bool, not_kinds: bool, of_one: bool) -> Query:
    key = notifications.c.id
    where: list[ColumnElement[bool]] = [key > number("low"), key < number("high")]
    if kinds:
        where.append(in_list(notifications.c.kind, "kinds"))
    if not_kinds:
        where.append(~in_list(notifications.c.kind, "not_kinds"))
    if of_one:
        where.append(notifications.c.actor == number("actor"))
    page = _told(*where).order_by(key.asc() if ascending else key.desc())
    return Query(page.limit(number("most")))


_ONE = Query(_told(notifications.c.id == number("id")))


def _unread(viewer: ColumnElement[Any], *outer: FromClause) -> ColumnElement[int]:
    """How many of those that are shown are newer than the marker of `viewer`, up to `most`.

    Args:
        outer: the table of which `viewer` is a column, where it is not bound.
    """
    read = select(markers.c.last_read).where(
        markers.c.account == viewer, markers.c.timeline == literal_column("'notifications'")
    )
    newer = _shown(select(notifications.c.id), notifications.c.account).where(
        notifications.c.account == viewer,
        notifications.c.id
        > func.coalesce(read.correlate(*outer).scalar_subquery(), literal_column("0")),
    )
    some = newer.limit(number("most")).correlate(*outer).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


_UNREAD = Query(select(_unread(number("viewer"))))
_AROUND = 6  # columns after those of the account


def page(
    tx: Tx,
    viewer: int,
    window: Window,
    *,
    kinds: list[str],
    not_kinds: list[str],
    actor: int | None,
) -> list[tuple[Any, ...]]:
    """A page of what the viewer was told, newest first, each in the shape of `Told`.

    Args:
        kinds: only these, where there are any.
        not_kinds: none of these.
        actor: only of this one.
    """
    low, high, most, ascending = window
    values: dict[str, Any] = {"viewer": viewer, "low": low, "high": high, "most": most}
    if kinds:
        values["list_kinds"] = kinds
    if not_kinds:
        values["list_not_kinds"] = not_kinds
    if actor is not None:
        values["actor"] = actor
    query = _page(ascending, bool(kinds), bool(not_kinds), actor is not None)
    rows = tx.rows(query, now=tx.ms, **values)
    return rows[::-1] if ascending else rows


def one(tx: Tx, viewer: int, notification: int) -> Told | None:
    """One of them."""
    row = tx.row(_ONE, viewer=viewer, id=notification, now=tx.ms)
    return None if row is None else Told._make(row)


class Reader(NamedTuple):
    """Who reads a page of ours, and what its head tells them."""

    account: Account
    visibility: str  # of their posts, if nothing is said
    preferences: str  # as stored
    unread: int
    home: int  # the post up to which they have read it; 0: none
    home_at: int  # when that was, in ms
    reports: int  # that are open, where they are of the staff


Asked = tuple[entry.Held, Reader]
_NONE = literal_column("0", Integer)


def readers(reports: ColumnElement[int] = _NONE) -> Callable[..., Asked | None]:
    """What is asked at the door of every page: whose a session is, and what their pages have around
    them. One statement.

    Args:
        reports: how many are open; only for the staff it is asked at all.
    Returns:
        (tx, session, absolute, idle, most): `most` unread notifications are counted. What it finds
        is as `entry.session` says it, and its reader; None: there is no such session.
    """
    at_home = and_(
        markers.c.account == sessions.c.account, markers.c.timeline == literal_column("'home'")
    )
    query = Query(
        entry.session_of()
        .add_columns(*people.COLUMNS, users.c.visibility, users.c.preferences)
        .add_columns(_unread(sessions.c.account, sessions).label("unread"))
        .add_columns(markers.c.last_read, markers.c.at.label("read_at"))
        .add_columns(case((users.c.role != literal_column("'user'"), reports), else_=_NONE))
        .outerjoin(markers, at_home)
    )

    def reader(tx: Tx, session: bytes, absolute: int, idle: int, most: int) -> Asked | None:
        bound = entry.session_values(tx, session, absolute, idle)
        row = tx.row(query, **bound, most=most, now=tx.ms)
        if row is None:
            return None
        at = -len(people.COLUMNS) - _AROUND
        held, rest = row[:at], row[at:]
        visibility, preferences, unread, home, home_at, waiting = rest[-_AROUND:]
        account = people.account_of(rest[:-_AROUND])
        found = Reader(
            account, visibility, preferences, int(unread), home or 0, home_at or 0, int(waiting)
        )
        return entry.held_by(tx, held), found

    return reader


reader = readers()


def unread(tx: Tx, viewer: int, most: int) -> int:
    """How many of those that are shown are newer than the viewer's marker, up to `most`."""
    return int(tx.value(_UNREAD, viewer=viewer, most=most, now=tx.ms))
