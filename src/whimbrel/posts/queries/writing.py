"""Posts written, changed and erased, with the numbers that go with them. One change per function;
in which order, and whether at all, is decided by the actions."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, case, delete, select, update

from whimbrel.accounts.rules import spoken
from whimbrel.accounts.tables import accounts, moves, users
from whimbrel.core.cascade import shred_below
from whimbrel.core.engines import Query, insert, insert_ignore
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx

from ..rules import Post, QuotePolicy
from ..tables import idempotency, mentions, posts
from .stored import encode_content, slot_of
from .visible import number

HOUR = 3_600_000  # milliseconds


class Writer(NamedTuple):
    """What publishing needs to know of whoever writes."""

    slot: int
    silenced: bool
    visibility: str
    sensitive: bool
    language: str | None
    covered: bool  # by moderators: all new media are
    quote_policy: QuotePolicy
    moved: bool  # to another account


_WRITER = Query(
    select(
        accounts.c.slot,
        accounts.c.silenced_at,
        users.c.visibility,
        users.c.sensitive,
        users.c.language,
        users.c.locale,
        accounts.c.sensitized_at,
        users.c.quote_policy,
        moves.c.target,
    )
    .join(users, users.c.account == accounts.c.id)
    .outerjoin(moves, moves.c.account == accounts.c.id)
    .where(accounts.c.id == number("id"), accounts.c.suspended_at.is_(None))
)


def writer(tx: Tx, account: int) -> Writer:
    """One of ours who may write. Raises NotFound: erased or suspended meanwhile."""
    row = tx.row(_WRITER, id=account)
    if row is None:
        raise NotFound
    return Writer(
        slot=row[0],
        silenced=row[1] is not None,
        visibility=row[2],
        sensitive=bool(row[3]),
        language=spoken(row[4], row[5]),
        covered=row[6] is not None,
        quote_policy=QuotePolicy(row[7]),
        moved=row[8] is not None,
    )


# ----------------------------------------------------------------------------- the row

COLUMNS = (
    *("id", "author", "visibility", "reply_to", "reply_to_author", "thread", "poll", "boost_of"),
    *("content", "slot", "sensitive", "language", "app", "media_count", "at"),
    "quote_policy",
)
_ADD = Query(insert(posts, COLUMNS))
_CHANGE = Query(
    update(posts)
    .where(posts.c.id == bindparam("post"))
    .values(
        rev=posts.c.rev + 1,
        **{
            name: bindparam(name)
            for name in (
                *("content", "slot", "sensitive", "language", "poll", "media_count"),
                "edited_at",
            )
        },
    )
)
_POLICY = Query(
    update(posts)
    .where(posts.c.id == bindparam("post"))
    .values(rev=posts.c.rev + 1, quote_policy=bindparam("new_policy"))
)
_BUMP = Query(update(posts).where(posts.c.id == bindparam("post")).values(rev=posts.c.rev + 1))


def sealed(tx: Tx, post: Post, author_slot: int) -> bytes | None:
    if post.content is None:
        return None
    return tx.seal(slot_of(post.id, post.slot, author_slot), encode_content(post.content))


def add(tx: Tx, post: Post, author_slot: int) -> None:
    """Store a new post, its content sealed."""
    values = {name: getattr(post, name) for name in COLUMNS if name != "content"}
    tx.run(_ADD, content=sealed(tx, post, author_slot), **values)


def change(tx: Tx, post: Post, author_slot: int) -> None:
    """Store what an edit made of a post; the revision goes up."""
    tx.run(
        _CHANGE,
        post=post.id,
        content=sealed(tx, post, author_slot),
        slot=post.slot,
        sensitive=post.sensitive,
        language=post.language,
        poll=post.poll,
        media_count=post.media_count,
        edited_at=post.edited_at,
    )


def set_policy(tx: Tx, post: int, policy: QuotePolicy) -> None:
    """Store who may quote it."""
    tx.run(_POLICY, post=post, new_policy=int(policy))


def bump(tx: Tx, post: int) -> None:
    """A new revision: its bytes are made anew."""
    tx.run(_BUMP, post=post)


# ----------------------------------------------------------------------------- what is named

_MENTION = Query(insert_ignore(mentions, ("post", "account")))
_MENTIONED = Query(select(mentions.c.account).where(mentions.c.post == number("post")))
_UNMENTION = Query(delete(mentions).where(mentions.c.post == bindparam("post")))


def mention(tx: Tx, post: int, ids: Iterable[int]) -> None:
    """These are named in the post."""
    tx.many(_MENTION, [{"post": post, "account": id_} for id_ in ids])


def mentioned(tx: Tx, post: int) -> list[int]:
    """Who is named in the post."""
    return [row[0] for row in tx.rows(_MENTIONED, post=post)]


def unmention(tx: Tx, post: int) -> None:
    """Nobody is named any more."""
    tx.run(_UNMENTION, post=post)


# ----------------------------------------------------------------------------- numbers


def _moved(column: ColumnElement[int], name: str) -> ColumnElement[int]:
    moved = column + bindparam(name)
    return case((moved < 0, 0), else_=moved)


_COUNT = {
    name: Query(
        update(posts)
        .where(posts.c.id == bindparam("post"))
        .values({name: _moved(posts.c[name], "by")})
    )
    for name in ("replies", "boosts", "favourites", "quotes")
}


def count(tx: Tx, post: int, **by: int) -> None:
    """Move counters: `replies`, `boosts`, `favourites`, `quotes`; none falls below zero."""
    for name, step in by.items():
        tx.run(_COUNT[name], post=post, by=step)


# ----------------------------------------------------------------------------- a retried request

_CLAIM = Query(insert_ignore(idempotency))
_CLAIMED = Query(
    select(idempotency.c.post, idempotency.c.at, posts.c.id)
    .outerjoin(posts, posts.c.id == idempotency.c.post)
    .where(idempotency.c.account == number("account"), idempotency.c.key == bindparam("key"))
)
_RECLAIM = Query(
    update(idempotency)
    .where(
        idempotency.c.account == bindparam("of"),
        idempotency.c.key == bindparam("name"),
        idempotency.c.post == bindparam("old"),
    )
    .values(post=bindparam("post"), at=bindparam("at"))
)
_LAPSE = Query(
    delete(idempotency).where(
        idempotency.c.account == bindparam("account"), idempotency.c.at < bindparam("before")
    )
)


def claim(tx: Tx, account: int, key: str, post: int) -> int | None:
    """Take a key for `post`; or the post that it led to within the hour. The primary key decides
    between two who come at the same time."""
    if tx.run(_CLAIM, account=account, key=key, post=post, at=tx.ms):
        tx.run(_LAPSE, account=account, before=tx.ms - HOUR)
        return None
    old, at, there = tx.row(_CLAIMED, account=account, key=key)
    if there is not None and at > tx.ms - HOUR:
        return int(old)
    if tx.run(_RECLAIM, of=account, name=key, old=old, post=post, at=tx.ms):
        return None
    return int(tx.row(_CLAIMED, account=account, key=key)[0])


# ----------------------------------------------------------------------------- the end

_REMOVE = Query(delete(posts).where(posts.c.id == bindparam("post")))
_ORPHAN = Query(
    update(posts)
    .where(posts.c.reply_to == bindparam("post"))
    .values(reply_to=None, rev=posts.c.rev + 1)
)
_UNCOUNT_BOOSTERS = Query(
    update(accounts)
    .where(
        accounts.c.id.in_(select(posts.c.author).where(posts.c.boost_of == number("post"))),
        accounts.c.statuses > 0,
    )
    .values(statuses=accounts.c.statuses - 1)
)


def remove(tx: Tx, post: int) -> bool:
    """The row goes, with its boosts, marks, names, poll and former versions. Replies stay and
    answer nothing. False where it was gone already."""
    shred_below(tx, posts, [post])
    tx.run(_ORPHAN, post=post)
    tx.run(_UNCOUNT_BOOSTERS, post=post)
    return tx.run(_REMOVE, post=post) > 0
