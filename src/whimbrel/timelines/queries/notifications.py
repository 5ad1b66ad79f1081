"""Statements about notifications: who is to be told, what was told, a page of it.

Who is told is asked in one place, `_willing`, whatever it is about."""

import secrets
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    union,
)

from whimbrel.accounts.queries import account_of
from whimbrel.accounts.queries.people import COLUMNS
from whimbrel.accounts.rules import Account
from whimbrel.accounts.tables import accounts, blocks, follows, mutes, users
from whimbrel.core.engines import Query, in_list, insert
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import may_see, number, visible
from whimbrel.posts.rules import Mark
from whimbrel.posts.tables import marks, mentions, posts, thread_mutes, votes

from ..rules import Window
from ..tables import markers, notifications
from .filters import revision

SLICE = 500  # receivers told by one job


class Told(NamedTuple):
    """A notification as stored; `filters` is the revision of the receiver's filters."""

    id: int
    kind: str
    post: int | None
    filters: int | None
    actor: Account


# ----------------------------------------------------------------------------- who is told


def _willing(receiver: ColumnElement[int]) -> ColumnElement[bool]:
    """`receiver` (a column) hears of what `actor` does: neither blocks the other, the actor is not
    muted with notifications, nor silenced and a stranger."""
    block, mute, follow = blocks.alias(), mutes.alias(), follows.alias()
    actor, who = number("actor"), accounts.alias()
    return and_(
        ~exists(
            select(1).where(
                or_(
                    and_(block.c.account == receiver, block.c.target == actor),
                    and_(block.c.account == actor, block.c.target == receiver),
                )
            )
        ),
        ~exists(
            select(1).where(
                mute.c.account == receiver,
                mute.c.target == actor,
                mute.c.notifications,
                or_(mute.c.until.is_(None), mute.c.until > number("now")),
            )
        ),
        exists(select(1).where(who.c.id == actor, who.c.suspended_at.is_(None))),
        or_(
            ~exists(select(1).where(who.c.id == actor, who.c.silenced_at.is_not(None))),
            exists(select(1).where(follow.c.follower == receiver, follow.c.followee == actor)),
        ),
    )


def _hears_of_post(receiver: ColumnElement[int]) -> ColumnElement[bool]:
    """`receiver` may see the row of `posts`, and did not mute its thread."""
    muted = thread_mutes.alias()
    return and_(
        may_see(posts, receiver),
        ~exists(select(1).where(muted.c.account == receiver, muted.c.thread == posts.c.thread)),
    )


def _about_post(who: Any, receiver: ColumnElement[int], *where: ColumnElement[bool]) -> Query:
    """The local receivers in `who` of something about the post bound as `post`."""
    return Query(
        select(users.c.account)
        .select_from(
            who.join(users, users.c.account == receiver).join(posts, posts.c.id == number("post"))
        )
        .where(
            *where,
            _willing(users.c.account),
            _hears_of_post(users.c.account),
        )
    )


_other = users.c.account != number("actor")
_MENTIONED = _about_post(mentions, mentions.c.account, mentions.c.post == number("post"), _other)
_also_named = mentions.alias()
_SUBSCRIBED = Query(
    select(users.c.account)
    .select_from(
        follows.join(users, users.c.account == follows.c.follower).join(
            posts, posts.c.author == follows.c.followee
        )
    )
    .where(
        posts.c.id == number("post"),
        follows.c.followee == number("actor"),
        follows.c.notify.is_(True),
        follows.c.follower > number("after"),
        ~exists(
            select(1).where(
                _also_named.c.post == number("post"),
                _also_named.c.account == follows.c.follower,
            )
        ),
        _willing(users.c.account),
        _hears_of_post(users.c.account),
    )
    .order_by(follows.c.follower)
    .limit(SLICE)
)
_AUTHOR = Query(
    select(users.c.account)
    .select_from(posts.join(users, users.c.account == posts.c.author))
    .where(
        posts.c.id == number("post"),
        _other,
        _willing(users.c.account),
        _hears_of_post(users.c.account),
    )
)
_ABOUT_PERSON = Query(
    select(users.c.account).where(
        users.c.account == number("receiver"), _other, _willing(users.c.account)
    )
)
_BOOSTERS = _about_post(
    marks,
    marks.c.account,
    marks.c.post == number("post"),
    marks.c.kind == literal_column(str(int(Mark.BOOST))),
    _other,
)
_asked = union(
    select(votes.c.account).where(votes.c.poll == number("poll")), select(number("actor"))
).subquery("asked")
_VOTERS = _about_post(_asked, _asked.c.account)

_POST = Query(
    select(
        posts.c.author, posts.c.boost_of, posts.c.reply_to_author, posts.c.visibility, posts.c.rev
    ).where(posts.c.id == number("post"))
)


class About(NamedTuple):
    """What has to be known of a post before anybody is told of it."""

    author: int
    boost_of: int | None
    reply_to_author: int | None
    visibility: int
    rev: int


def about(tx: Tx, post: int) -> About | None:
    """None when the post is gone meanwhile."""
    row = tx.row(_POST, post=post)
    return None if row is None else About(*row)


def _receivers(tx: Tx, query: Query, actor: int, **values: int) -> list[int]:
    return [row[0] for row in tx.rows(query, actor=actor, now=tx.ms, **values)]


def mentioned(tx: Tx, post: int, actor: int) -> list[int]:
    """Who is named in a post and is to hear of it."""
    return _receivers(tx, _MENTIONED, actor, post=post)


def subscribed(tx: Tx, post: int, actor: int, after: int) -> list[int]:
    """Followers after `after`, at most a slice, who want to hear of each post."""
    return _receivers(tx, _SUBSCRIBED, actor, post=post, after=after)


def author_of(tx: Tx, post: int, actor: int) -> list[int]:
    """The author of a post, if they are to hear what `actor` did with it."""
    return _receivers(tx, _AUTHOR, actor, post=post)


def person(tx: Tx, receiver: int, actor: int) -> list[int]:
    """`receiver`, if they are ours and are to hear of `actor`."""
    return _receivers(tx, _ABOUT_PERSON, actor, receiver=receiver)


def boosters(tx: Tx, post: int, actor: int) -> list[int]:
    """Who boosted a post that its author has edited."""
    return _receivers(tx, _BOOSTERS, actor, post=post)


def voters(tx: Tx, post: int, poll: int, actor: int) -> list[int]:
    """Who voted in a poll, and who made it."""
    return _receivers(tx, _VOTERS, actor, post=post, poll=poll)


# ----------------------------------------------------------------------------- what was told

_ADD = Query(
    insert(notifications)
    .on_conflict_do_nothing(index_elements=["key"])
    .returning(notifications.c.id)
)
_REMOVE_KEYS = Query(delete(notifications).where(in_list(notifications.c.key, "keys")))
_REMOVE_ACTOR = Query(
    delete(notifications).where(
        notifications.c.account == number("account"), notifications.c.actor == number("actor")
    )
)
_REMOVE = Query(
    delete(notifications).where(
        notifications.c.account == number("account"), notifications.c.id == number("id")
    )
)
_CLEAR = Query(delete(notifications).where(notifications.c.account == number("account")))


def add(
    tx: Tx, receivers: Iterable[int], kind: str, actor: int, post: int | None, key: str
) -> list[tuple[int, int]]:
    """Tell each of `receivers` once.

    Args:
        key: what may be told once; the receiver is added to it.
    Returns:
        (receiver, notification) of those who had not been told before.
    """
    at = secrets.randbits(16)
    told = []
    for receiver in receivers:
        at = (at + 1) & 0xFFFF  # in a row, so that the many of one post do not meet
        id_ = tx.ms << 16 | at
        row = {"id": id_, "account": receiver, "kind": kind, "actor": actor, "post": post}
        if tx.row(_ADD, **row, key=f"{key}:{receiver}") is not None:
            told.append((receiver, id_))
    return told


def remove_keys(tx: Tx, keys: list[str]) -> None:
    """Take back what was told under these keys, receiver included."""
    tx.run(_REMOVE_KEYS, list_keys=keys)


def remove_actor(tx: Tx, account: int, actor: int) -> None:
    """Take back all that `account` was told of `actor`."""
    tx.run(_REMOVE_ACTOR, account=account, actor=actor)


def remove(tx: Tx, account: int, notification: int) -> bool:
    """Dismiss one; whether there was one."""
    return bool(tx.run(_REMOVE, account=account, id=notification))


def clear(tx: Tx, account: int) -> None:
    """Dismiss all."""
    tx.run(_CLEAR, account=account)


# ----------------------------------------------------------------------------- a page


def _listened() -> ColumnElement[bool]:
    """The viewer was told, and of nobody who is muted or suspended by now; over `accounts`."""
    mute = mutes.alias()
    return and_(
        notifications.c.account == number("viewer"),
        accounts.c.suspended_at.is_(None),
        ~exists(
            select(1).where(
                mute.c.account == number("viewer"),
                mute.c.target == notifications.c.actor,
                mute.c.notifications,
                or_(mute.c.until.is_(None), mute.c.until > number("now")),
            )
        ),
    )


def _told(*where: ColumnElement[bool]) -> Select[Any]:
    """What the viewer was told; whether its post is still theirs to see is asked afterwards."""
    return (
        select(notifications.c.id, notifications.c.kind, notifications.c.post, revision(), *COLUMNS)
        .join(accounts, accounts.c.id == notifications.c.actor)
        .where(_listened(), *where)
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
    id_, kind, post, rev = row[:4]
    return Told(id_, kind, post, rev, account_of(row[4:]))
