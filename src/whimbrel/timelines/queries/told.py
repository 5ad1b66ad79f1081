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

from whimbrel.accounts.tables import accounts, mutes
from whimbrel.core.engines import Query, in_list
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import card, number, original, original_author, seen, visible
from whimbrel.posts.tables import posts

from ..rules import Window
from ..tables import markers, notifications
from .filters import revision


class Told(NamedTuple):
    """A notification as stored; `filters` is the revision of the receiver's filters, `card` that of
    its post (`posts.queries.Card`)."""

    id: int
    kind: str
    post: int | None
    filters: int | None
    actor: int
    actor_stamp: int
    card: Any


def _listened(actor: FromClause = accounts) -> ColumnElement[bool]:
    """The viewer was told, and of no `actor` who is muted or suspended by now."""
    mute = mutes.alias()
    return and_(
        notifications.c.account == number("viewer"),
        actor.c.suspended_at.is_(None),
        ~exists(
            select(1).where(
                mute.c.account == number("viewer"),
                mute.c.target == notifications.c.actor,
                mute.c.notifications,
                or_(mute.c.until.is_(None), mute.c.until > number("now")),
            )
        ),
    )


_actor = accounts.alias("actor_account")


def _told(*where: ColumnElement[bool]) -> Select[Any]:
    """What the viewer was told of posts that are still theirs to see, or of none."""
    rows = (
        notifications.join(_actor, _actor.c.id == notifications.c.actor)
        .outerjoin(posts, posts.c.id == notifications.c.post)
        .outerjoin(accounts, accounts.c.id == posts.c.author)
        .outerjoin(original, original.c.id == posts.c.boost_of)
        .outerjoin(original_author, original_author.c.id == original.c.author)
    )
    return (
        select(
            *(notifications.c.id, notifications.c.kind, notifications.c.post, revision()),
            *(_actor.c.id, _actor.c.stamp),
            *card(posts.c.id),
        )
        .select_from(rows)
        .where(
            _listened(_actor),
            or_(notifications.c.post.is_(None), and_(*seen(hide=False))),
            *where,
        )
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
_UNREAD = Query(
    select(func.count()).select_from(
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
)


def page(
    tx: Tx,
    viewer: int,
    window: Window,
    *,
    kinds: list[str],
    not_kinds: list[str],
    actor: int | None,
) -> list[Told]:
    """A page of what the viewer was told, newest first.

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
    rows = [_row(row) for row in tx.rows(query, now=tx.ms, **values)]
    return rows[::-1] if ascending else rows


def one(tx: Tx, viewer: int, notification: int) -> Told | None:
    """One of them."""
    row = tx.row(_ONE, viewer=viewer, id=notification, now=tx.ms)
    return None if row is None else _row(row)


def unread(tx: Tx, viewer: int, most: int) -> int:
    """How many of those that are shown are newer than the viewer's marker, up to `most`."""
    return int(tx.value(_UNREAD, viewer=viewer, most=most, now=tx.ms))


def _row(row: Any) -> Told:
    return Told._make((*row[:6], None if row[2] is None else row[6:]))
