"""Statements that read homes, and those that make a home anew from what its reader follows."""

from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    asc,
    delete,
    desc,
    exists,
    func,
    literal_column,
    or_,
    select,
    union,
    update,
)

from whimbrel.accounts.tables import follows
from whimbrel.core.engines import Query, insert_ignore, upsert
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import cards, followed, level, number
from whimbrel.posts.rules import Visibility
from whimbrel.posts.tables import mentions, posts

from ..tables import home_states, homes, list_members, lists, merged
from .filters import revision, with_revision

DAY = 86_400_000


class Entry(NamedTuple):
    """A post that could be in a home; `original` for a boost."""

    post: int
    original: int | None


def belongs(reader: ColumnElement[int] | None = None) -> ColumnElement[bool]:
    """Whether a post of somebody followed belongs in the home of `reader` (the bound `viewer`): the
    rules of `delivery`, asked row by row. Over `posts` and `follows`; blocks and mutes are asked
    when a home is read."""
    named, other = mentions.alias(), follows.alias()
    member, kept = list_members.alias(), lists.alias()
    spaced: ColumnElement[str] = literal_column("' '") + follows.c.languages + literal_column("' '")
    reader = number("viewer") if reader is None else reader
    return and_(
        or_(
            posts.c.visibility <= level(Visibility.PRIVATE),
            exists(select(1).where(named.c.post == posts.c.id, named.c.account == reader)),
        ),
        or_(posts.c.boost_of.is_(None), follows.c.reblogs),
        or_(
            posts.c.reply_to_author.is_(None),
            posts.c.reply_to_author == posts.c.author,
            posts.c.reply_to_author == reader,
            exists(
                select(1).where(
                    other.c.follower == reader, other.c.followee == posts.c.reply_to_author
                )
            ),
        ),
        or_(
            follows.c.languages.is_(None),
            posts.c.language.is_(None),
            spaced.like(literal_column("'% '") + posts.c.language + literal_column("' %'")),
        ),
        ~exists(
            select(1)
            .select_from(member.join(kept, kept.c.id == member.c.list))
            .where(member.c.account == posts.c.author, kept.c.account == reader, kept.c.exclusive)
        ),
    )


def newest_of(author: ColumnElement[int], most: str, *, ascending: bool = False) -> Select[Any]:
    """The ids of the `most` newest posts of `author` between `low` and `high`, to stand in an IN:
    the one form of a lateral join that both engines know."""
    own = posts.alias()
    return (
        select(own.c.id)
        .where(own.c.author == author, own.c.id > number("low"), own.c.id < number("high"))
        .order_by(own.c.id.asc() if ascending else own.c.id.desc())
        .limit(number(most))
    )


_POPULAR = exists(
    select(merged.c.author).join(
        follows,
        and_(follows.c.follower == number("viewer"), follows.c.followee == merged.c.author),
    )
).label("popular")


def _stored(*, ascending: bool) -> Query:
    """A page of what is stored; and, last in each row, whether the reader follows anybody whose
    posts are not: then `_page` has to be asked."""
    stored = cards(homes, homes.c.post, homes.c.reader == number("viewer"), ascending=ascending)
    return Query(stored.add_columns(revision(), _POPULAR))


def _page(*, ascending: bool) -> Query:
    """A page of a home: what is stored, and what the very popular wrote meanwhile."""
    stored = (
        select(homes.c.post)
        .where(
            homes.c.reader == number("viewer"),
            homes.c.post > number("low"),
            homes.c.post < number("high"),
        )
        .order_by(homes.c.post.asc() if ascending else homes.c.post.desc())
        .limit(number("reach"))
        .subquery()
    )
    popular = (
        select(posts.c.id)
        .select_from(
            merged.join(
                follows,
                and_(
                    follows.c.follower == number("viewer"),
                    follows.c.followee == merged.c.author,
                ),
            ).join(posts, posts.c.id.in_(newest_of(merged.c.author, "reach", ascending=ascending)))
        )
        .where(belongs())
    )
    # In order and cut off here already: so SQLite looks at the entries one by one, as the page
    # needs them, instead of joining all of them first and sorting then.
    entries = (
        union(select(stored.c.post.label("post")), popular)
        .order_by(asc("post") if ascending else desc("post"))
        .limit(number("reach"))
        .subquery("entries")
    )
    return with_revision(cards(entries, entries.c.post, ascending=ascending))


_STORED = {ascending: _stored(ascending=ascending) for ascending in (False, True)}
_PAGE = {ascending: _page(ascending=ascending) for ascending in (False, True)}
_STATE = Query(
    select(
        select(home_states.c.built_at)
        .where(home_states.c.reader == number("viewer"))
        .scalar_subquery(),
        exists(
            select(1).where(
                homes.c.reader == number("viewer"),
                homes.c.post > number("low"),
                homes.c.post < number("high"),
            )
        ),
    )
)


def _pull(*where: ColumnElement[bool]) -> Query:
    return Query(
        select(posts.c.id, posts.c.boost_of)
        .select_from(follows.join(posts, posts.c.id.in_(newest_of(follows.c.followee, "each"))))
        .where(follows.c.follower == number("viewer"), belongs(), *where)
        .order_by(posts.c.id.desc())
        .limit(number("most"))
    )


_PULL = _pull()
_PULL_ONE = _pull(follows.c.followee == number("followee"))
_OWN = Query(
    select(posts.c.id, posts.c.boost_of)
    .where(
        posts.c.author == number("viewer"),
        posts.c.id > number("low"),
        posts.c.id < number("high"),
    )
    .order_by(posts.c.id.desc())
    .limit(number("most"))
)
_FOLLOWING = Query(select(func.count()).where(follows.c.follower == number("viewer")))
_ADD = Query(insert_ignore(homes))
_ADD_NEW = Query(insert_ignore(homes).returning(homes.c.post))
_FOLLOWED_AT = Query(
    select(follows.c.at).where(
        follows.c.follower == number("viewer"), follows.c.followee == number("author")
    )
)
_OPEN = Query(upsert(home_states, ("reader",), ("built_at", "seen_at")))
_IS_OPEN = Query(select(1).where(home_states.c.reader == number("reader")))
_IS_MERGED = Query(select(1).where(merged.c.author == number("author")))
_held = homes.alias("held")
_REMOVE_AUTHOR = Query(
    delete(homes).where(
        homes.c.reader == number("reader"),
        homes.c.post.in_(
            select(_held.c.post)
            .join(posts, posts.c.id == _held.c.post)
            .where(
                _held.c.reader == number("reader"),
                posts.c.author == number("author"),
                ~followed.sought(number("reader")),
            )
        ),
    )
)
_CLEAR = Query(delete(homes).where(homes.c.reader == number("reader")))
_READERS = Query(
    select(home_states.c.reader)
    .where(home_states.c.reader > number("last"))
    .order_by(home_states.c.reader)
    .limit(number("most"))
)
_READERS_LEFT = Query(
    select(func.count()).select_from(home_states).where(home_states.c.reader > number("last"))
)
_CLOSE = Query(delete(home_states).where(home_states.c.reader == number("reader")))
_SEEN = Query(
    update(home_states)
    .where(home_states.c.reader == number("reader"), home_states.c.seen_at < number("day"))
    .values(seen_at=number("day"))
)
_AWAY = Query(
    select(home_states.c.reader)
    .where(home_states.c.seen_at < number("before"))
    .order_by(home_states.c.seen_at)
    .limit(number("most"))
)


def page(
    tx: Tx, viewer: int, low: int, high: int, most: int, *, ascending: bool, reach: int
) -> list[Any]:
    """Cards of a page, newest first.

    Args:
        reach: how many entries are looked at for `most` that the viewer wants to see.
    """
    bounds = {"viewer": viewer, "low": low, "high": high, "most": most, "now": tx.ms}
    rows = tx.rows(_STORED[ascending], **bounds)
    if not rows or rows[0][-1]:
        rows = tx.rows(_PAGE[ascending], **bounds, reach=reach)
    return rows[::-1] if ascending else rows


def state(tx: Tx, viewer: int, low: int, high: int) -> tuple[bool, bool]:
    """Whether there is a stored home, and whether it has anything between `low` and `high`."""
    built, any_ = tx.row(_STATE, viewer=viewer, low=low, high=high)
    return built is not None, bool(any_)


def pull(tx: Tx, viewer: int, each: int, most: int, *, low: int, high: int) -> list[Entry]:
    """What a home could hold: the newest `each` posts of everybody followed, newest first."""
    rows = tx.rows(_PULL, viewer=viewer, each=each, most=most, low=low, high=high)
    return [Entry(*row) for row in rows]


def pull_one(tx: Tx, viewer: int, followee: int, most: int, *, low: int, high: int) -> list[Entry]:
    """The same of one who is followed."""
    rows = tx.rows(
        _PULL_ONE, viewer=viewer, followee=followee, each=most, most=most, low=low, high=high
    )
    return [Entry(*row) for row in rows]


def own(tx: Tx, viewer: int, most: int, *, low: int, high: int) -> list[Entry]:
    """The reader's own newest posts."""
    rows = tx.rows(_OWN, viewer=viewer, most=most, low=low, high=high)
    return [Entry(*row) for row in rows]


def following(tx: Tx, viewer: int) -> int:
    """How many the reader follows."""
    return int(tx.value(_FOLLOWING, viewer=viewer))


def add(tx: Tx, reader: int, ids: list[int]) -> None:
    """Put posts into a home; those that are there stay."""
    tx.many(_ADD, [{"reader": reader, "post": post} for post in ids])


def add_new(tx: Tx, reader: int, ids: list[int]) -> list[int]:
    """As `add`; those that were not there."""
    return [post for post in ids if tx.row(_ADD_NEW, reader=reader, post=post)]


def followed_at(tx: Tx, follower: int, followee: int) -> int | None:
    """When a follow began (ms); None where there is none."""
    at: int | None = tx.value(_FOLLOWED_AT, viewer=follower, author=followee)
    return at


def open_home(tx: Tx, reader: int, day: int) -> None:
    """From now on posts are delivered to this reader."""
    tx.run(_OPEN, reader=reader, built_at=tx.ms, seen_at=day)


def is_open(tx: Tx, reader: int) -> bool:
    """Whether posts are delivered to this reader."""
    return tx.row(_IS_OPEN, reader=reader) is not None


def is_merged(tx: Tx, author: int) -> bool:
    """Whether this author's posts are looked up rather than delivered."""
    return tx.row(_IS_MERGED, author=author) is not None


def remove_author(tx: Tx, reader: int, author: int) -> int:
    """What `author` wrote or boosted leaves the home of `reader`, but for what a followed tag
    brings; how many entries."""
    return tx.run(_REMOVE_AUTHOR, reader=reader, author=author)


def readers_after(tx: Tx, last: int, most: int) -> tuple[list[int], int]:
    """Readers after `last` who have a stored home, in order; and how many are left beside them."""
    readers = [row[0] for row in tx.rows(_READERS, last=last, most=most)]
    return readers, max(0, int(tx.value(_READERS_LEFT, last=last)) - len(readers))


def close_home(tx: Tx, reader: int) -> None:
    """Nothing is delivered any more, and what was is dropped."""
    tx.run(_CLOSE, reader=reader)
    tx.run(_CLEAR, reader=reader)


def touch(tx: Tx, reader: int) -> None:
    """The reader was here today."""
    tx.run(_SEEN, reader=reader, day=tx.ms - tx.ms % DAY)


def away(tx: Tx, before: int, most: int) -> list[int]:
    """Readers with a stored home who were last here before `before` (ms), longest away first."""
    return [row[0] for row in tx.rows(_AWAY, before=before, most=most)]
