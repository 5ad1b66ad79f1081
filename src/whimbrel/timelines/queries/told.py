"""Pages of notifications, with the posts they are about: one statement each."""

from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from whimbrel.accounts.queries import graph, people
from whimbrel.accounts.rules import Account
from whimbrel.accounts.tables import accounts, users
from whimbrel.core.engines import Query, in_list
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import may_see, near, number, plain_card, visible
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


def _listened(actor: FromClause = accounts) -> ColumnElement[bool]:
    """The viewer was told, and of no `actor` who is muted or suspended by now, or whose server the
    viewer blocks."""
    return and_(
        notifications.c.account == number("viewer"),
        actor.c.suspended_at.is_(None),
        near(actor),
        ~graph.muted("viewer", notifications.c.actor, notifications=True),
    )


_actor = accounts.alias("actor_account")


def _told(*where: ColumnElement[bool]) -> Select[Any]:
    """What the viewer was told of posts that are still theirs to see, or of none."""
    rows = (
        notifications.join(_actor, _actor.c.id == notifications.c.actor)
        .outerjoin(posts, posts.c.id == notifications.c.post)
        .outerjoin(accounts, accounts.c.id == posts.c.author)
    )
    shown = and_(
        posts.c.boost_of.is_(None),
        accounts.c.suspended_at.is_(None),
        may_see(posts, number("viewer")),
    )
    return (
        select(
            *(notifications.c.id, notifications.c.kind, _actor.c.id, _actor.c.stamp),
            *(*plain_card(), revision()),
        )
        .select_from(rows)
        .where(_listened(_actor), or_(notifications.c.post.is_(None), shown), *where)
    )


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
_unread = (
    select(func.count())
    .select_from(
        select(notifications.c.id)
        .join(accounts, accounts.c.id == notifications.c.actor)
        .where(
            _listened(),
            or_(
                notifications.c.post.is_(None),
                exists(select(1).where(posts.c.id == notifications.c.post, visible())),
            ),
            notifications.c.id
            > func.coalesce(
                select(markers.c.last_read)
                .where(
                    markers.c.account == number("viewer"),
                    markers.c.timeline == literal_column("'notifications'"),
                )
                .scalar_subquery(),
                literal_column("0"),
            ),
        )
        .limit(number("most"))
        .subquery()
    )
    .scalar_subquery()
)
_UNREAD = Query(select(_unread))
# What stands on every page of ours: who reads it, and how many notifications wait for them.
_READER = Query(
    select(*people.COLUMNS, users.c.visibility, _unread)
    .select_from(accounts.join(users, users.c.account == accounts.c.id))
    .where(accounts.c.id == number("viewer"))
)


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


def reader(tx: Tx, viewer: int, most: int) -> tuple[Account, str, int]:
    """Who reads a page: the account, the visibility their posts have if nothing is said, and
    `unread`.

    Raises:
        NotFound: the account is no more.
    """
    row = tx.row(_READER, viewer=viewer, most=most, now=tx.ms)
    if row is None:
        raise NotFound
    return people.account_of(row[:-2]), row[-2], int(row[-1])


def unread(tx: Tx, viewer: int, most: int) -> int:
    """How many of those that are shown are newer than the viewer's marker, up to `most`."""
    return int(tx.value(_UNREAD, viewer=viewer, most=most, now=tx.ms))
