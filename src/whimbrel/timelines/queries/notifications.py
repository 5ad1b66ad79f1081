"""Statements about notifications: who is to be told, and what was told. Pages of it are in `told`.

Who is told is asked in one place, `_willing`, whatever it is about."""

import secrets
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    delete,
    exists,
    literal_column,
    select,
    union,
)

from whimbrel.accounts.queries import graph
from whimbrel.accounts.rules import Permission, permitted, role_of
from whimbrel.accounts.tables import accounts, follows, users
from whimbrel.core.engines import Query, in_list, insert
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import (
    may_see,
    near,
    number,
)
from whimbrel.posts.rules import Mark
from whimbrel.posts.tables import marks, mentions, posts, thread_mutes, votes

from ..tables import held_notifications, notifications

SLICE = 500  # receivers told by one job


# ----------------------------------------------------------------------------- who is told


def _willing(receiver: ColumnElement[int]) -> ColumnElement[bool]:
    """`receiver` (a column) hears of what `actor` does: neither blocks the other, the actor's
    server is not blocked, and they are not muted with notifications. Whether a stranger is heard at
    once is a question of `policy`."""
    actor, who = number("actor"), accounts.alias()
    return and_(
        ~graph.blocked_either(receiver, "actor"),
        ~graph.muted(receiver, "actor", notifications=True),
        exists(
            select(1).where(who.c.id == actor, who.c.suspended_at.is_(None), near(who, receiver))
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
_STAFF = Query(
    select(users.c.account, users.c.role).where(
        users.c.role != literal_column("'user'"),
        users.c.disabled_at.is_(None),
        users.c.confirmed_at.is_not(None),
        _other,
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


def staff(tx: Tx, actor: int, permission: Permission) -> list[int]:
    """Who of the staff may deal with something that `actor` did."""
    rows = tx.rows(_STAFF, actor=actor)
    return [account for account, role in rows if permitted(role_of(role), permission)]


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
_REMOVE_SOME = tuple(
    Query(
        delete(table).where(
            table.c.id.in_(
                select(table.c.id)
                .where(table.c.actor == bindparam("actor"))
                .limit(bindparam("most"))
            )
        )
    )
    for table in (notifications, held_notifications)
)
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
    tx: Tx,
    receivers: Iterable[int],
    kind: str,
    actor: int,
    post: int | None,
    key: str,
    subject: int | None = None,
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
        if tx.row(_ADD, **row, key=f"{key}:{receiver}", subject=subject) is not None:
            told.append((receiver, id_))
    return told


def remove_keys(tx: Tx, keys: list[str]) -> None:
    """Take back what was told under these keys, receiver included."""
    tx.run(_REMOVE_KEYS, list_keys=keys)


def remove_actor(tx: Tx, account: int, actor: int) -> None:
    """Take back all that `account` was told of `actor`."""
    tx.run(_REMOVE_ACTOR, account=account, actor=actor)


def remove_some_of(tx: Tx, actor: int, most: int) -> bool:
    """Take back what anybody was told of `actor`, so much of it; whether there may be more."""
    return max([tx.run(query, actor=actor, most=most) for query in _REMOVE_SOME]) == most


def remove(tx: Tx, account: int, notification: int) -> bool:
    """Dismiss one; whether there was one."""
    return bool(tx.run(_REMOVE, account=account, id=notification))


def clear(tx: Tx, account: int) -> None:
    """Dismiss all."""
    tx.run(_CLEAR, account=account)
