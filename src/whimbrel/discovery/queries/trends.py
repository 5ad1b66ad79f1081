"""What trends: counted from rows by the clock in `trends`, a slice of them at a time, and read."""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Float,
    SmallInteger,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, in_list, upsert
from whimbrel.core.tables import counters
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import level, number
from whimbrel.posts.rules import Mark, Visibility
from whimbrel.posts.tables import marks, post_tags, posts

from ..rules import DAY, Peak
from ..tables import post_trends, tag_days, tag_trends
from .people import FINDABLE

KEPT = 500  # trends of a kind, at most

# --- where the counting stands --------------------------------------------------------------------

_VALUE = Query(select(counters.c.value).where(counters.c.name == bindparam("name")))
_SET = Query(upsert(counters, ("name",), ("value",)))


def counter(tx: Tx, name: str) -> int:
    """A number that is remembered; 0 at first."""
    return int(tx.value(_VALUE, name=name) or 0)


def remember(tx: Tx, name: str, value: int) -> None:
    """Remember it."""
    tx.run(_SET, name=name, value=value)


# --- tags -----------------------------------------------------------------------------------------

# Posts that may make something trend: for everybody, of people who want to be found.
_counts: tuple[ColumnElement[bool], ...] = (
    posts.c.visibility == level(Visibility.PUBLIC),
    posts.c.boost_of.is_(None),
    FINDABLE,
)
_NEWEST = Query(
    select(posts.c.id)
    .where(
        posts.c.id > number("after"),
        posts.c.visibility == level(Visibility.PUBLIC),
        posts.c.boost_of.is_(None),
    )
    .order_by(posts.c.id)
    .limit(number("most"))
)
_USED = Query(select(post_tags.c.tag, post_tags.c.post).where(in_list(post_tags.c.post, "posts")))
_numbers: tuple[ColumnElement[Any], ...] = (
    func.count(),
    func.count(func.distinct(posts.c.author)),
)
_ON_DAY = Query(
    select(*_numbers)
    .select_from(
        post_tags.join(posts, posts.c.id == post_tags.c.post).join(
            accounts, accounts.c.id == posts.c.author
        )
    )
    .where(
        post_tags.c.tag == number("tag"),
        post_tags.c.post >= number("first"),
        post_tags.c.post < number("end"),
        *_counts,
    )
)
_SET_DAY = Query(upsert(tag_days, ("tag", "day"), ("uses", "accounts")))
_OLD_DAYS = Query(delete(tag_days).where(tag_days.c.day < number("before")))
_DAYS = Query(
    select(tag_days.c.tag, tag_days.c.day, tag_days.c.accounts).where(
        tag_days.c.day >= number("yesterday")
    )
)
_PEAKS = Query(select(tag_trends.c.tag, tag_trends.c.peak, tag_trends.c.peak_at))
_SET_TAG = Query(
    upsert(
        tag_trends,
        ("tag",),
        ("score", "peak", "peak_at"),
        ("tag", "score", "peak", "peak_at"),
    )
)
_DROP_TAGS = Query(
    delete(tag_trends).where(in_list(tag_trends.c.tag, "tags"), tag_trends.c.review.is_(None))
)


def newest_posts(tx: Tx, after: int, most: int) -> list[int]:
    """The ids of public posts after `after`, oldest first."""
    return [row[0] for row in tx.rows(_NEWEST, after=after, most=most)]


def tags_of(tx: Tx, ids: Collection[int]) -> set[tuple[int, int]]:
    """Which tags were used on which days in these posts."""
    rows = tx.rows(_USED, list_posts=list(ids)) if ids else []
    return {(tag, (post >> 16) // DAY) for tag, post in rows}


def count_day(tx: Tx, tag: int, day: int) -> None:
    """Count the uses of a tag on a day anew."""
    span = {"first": day * DAY << 16, "end": (day + 1) * DAY << 16}
    uses, people = tx.row(_ON_DAY, tag=tag, **span)
    tx.run(_SET_DAY, tag=tag, day=day, uses=uses, accounts=people)


def forget_days(tx: Tx, before: int) -> None:
    """Days that no history shows any more."""
    tx.run(_OLD_DAYS, before=before)


def people_by_day(tx: Tx, today: int) -> dict[int, dict[int, int]]:
    """For each tag used today or yesterday, by how many on each of the two."""
    found: dict[int, dict[int, int]] = {}
    for tag, day, people in tx.rows(_DAYS, yesterday=today - 1):
        found.setdefault(tag, {})[day] = people
    return found


def peaks(tx: Tx) -> dict[int, Peak]:
    """The peaks of the tags that trend, or were looked at."""
    return {tag: Peak(score, at) for tag, score, at in tx.rows(_PEAKS)}


def set_tag(tx: Tx, tag: int, score: float, peak: Peak) -> None:
    """What a tag's score is now."""
    tx.run(_SET_TAG, tag=tag, score=score, peak=peak.score, peak_at=peak.at)


def drop_tags(tx: Tx, tags: Iterable[int]) -> None:
    """These trend no more; what a moderator said of one is kept."""
    tx.run(_DROP_TAGS, list_tags=list(tags))


# --- posts ----------------------------------------------------------------------------------------


class Liked(NamedTuple):
    """A post that may trend: favourites and boosts, and when it was written (ms)."""

    post: int
    marks: int
    at: int


_LIKES = (Mark.FAVOURITE, Mark.BOOST)
_NEW_MARKS = Query(
    select(marks.c.id, marks.c.post)
    .where(
        marks.c.id > number("after"),
        or_(*(marks.c.kind == literal_column(str(int(kind))) for kind in _LIKES)),
    )
    .order_by(marks.c.id)
    .limit(number("most"))
)
_LIKED = Query(
    select(posts.c.id, posts.c.favourites + posts.c.boosts, posts.c.at)
    .join(accounts, accounts.c.id == posts.c.author)
    .where(
        in_list(posts.c.id, "posts"),
        *_counts,
        posts.c.reply_to.is_(None),
        ~posts.c.sensitive,
        accounts.c.sensitized_at.is_(None),
    )
)
_TRENDING_POSTS = Query(select(post_trends.c.post))
_SET_POST = Query(upsert(post_trends, ("post",), ("score",), ("post", "score")))
_DROP_POSTS = Query(
    delete(post_trends).where(in_list(post_trends.c.post, "posts"), post_trends.c.review.is_(None))
)
_QUIET_POSTS = Query(
    update(post_trends).where(in_list(post_trends.c.post, "posts")).values(score=0.0)
)


def newest_marks(tx: Tx, after: int, most: int) -> list[tuple[int, int]]:
    """Favourites and boosts after the mark `after`, oldest first, each with its post."""
    return [(row[0], row[1]) for row in tx.rows(_NEW_MARKS, after=after, most=most)]


def liked(tx: Tx, ids: Collection[int]) -> list[Liked]:
    """Those of these posts that may trend."""
    return [Liked(*row) for row in tx.rows(_LIKED, list_posts=list(ids))] if ids else []


def trending_posts(tx: Tx) -> set[int]:
    """The posts that trend, or were looked at."""
    return {row[0] for row in tx.rows(_TRENDING_POSTS)}


def set_post(tx: Tx, post: int, score: float) -> None:
    """What a post's score is now."""
    tx.run(_SET_POST, post=post, score=score)


def drop_posts(tx: Tx, ids: Iterable[int]) -> None:
    """These trend no more; what a moderator said of one is kept."""
    gone = list(ids)
    if gone:
        tx.run(_QUIET_POSTS, list_posts=gone)
        tx.run(_DROP_POSTS, list_posts=gone)


# --- reading and reviewing ------------------------------------------------------------------------


class Trend(NamedTuple):
    """A tag or a post that trends; `review` as in the table."""

    id: int
    review: int | None


def _page(table: Any, subject: Any, *where: ColumnElement[bool]) -> Query:
    return Query(
        select(subject, table.c.review)
        .where(table.c.score > bindparam("none", type_=Float), *where)
        .order_by(table.c.score.desc(), subject.desc())
        .limit(number("most"))
        .offset(number("passed"))
    )


def _shown(table: Any) -> ColumnElement[bool]:
    approved = table.c.review == bindparam("approved", type_=SmallInteger)
    unseen = bindparam("unseen", type_=SmallInteger)
    return or_(approved, table.c.review.is_(None) & (unseen == literal_column("1")))


_TABLES: dict[str, tuple[Any, Any]] = {
    "tags": (tag_trends, tag_trends.c.tag),
    "statuses": (post_trends, post_trends.c.post),
}
_FOR_ALL = {name: _page(table, id_, _shown(table)) for name, (table, id_) in _TABLES.items()}
_FOR_STAFF = {name: _page(table, id_) for name, (table, id_) in _TABLES.items()}
_REVIEWS = {
    name: Query(
        update(table)
        .where(id_ == bindparam("which"))
        .values(review=bindparam("said", type_=SmallInteger))
    )
    for name, (table, id_) in _TABLES.items()
}
_PASSED = Query(
    select(tag_trends.c.tag).where(
        in_list(tag_trends.c.tag, "tags"),
        tag_trends.c.review == bindparam("approved", type_=SmallInteger),
    )
)
_FIND = {
    name: Query(select(id_, table.c.review).where(id_ == number("which")))
    for name, (table, id_) in _TABLES.items()
}


def for_all(tx: Tx, kind: str, *, reviewed: bool, offset: int, most: int) -> list[Trend]:
    """What trends, the strongest first.

    Args:
        kind: tags or statuses.
        reviewed: only what a moderator let pass; else all but what one stopped.
    """
    bound = {"none": 0.0, "approved": 1, "unseen": 0 if reviewed else 1}
    rows = tx.rows(_FOR_ALL[kind], **bound, most=most, passed=offset)
    return [Trend(*row) for row in rows]


def passed(tx: Tx, tags: Collection[int]) -> set[int]:
    """Those of these tags that a moderator let pass."""
    return {row[0] for row in tx.rows(_PASSED, list_tags=list(tags), approved=1)} if tags else set()


def for_staff(tx: Tx, kind: str, *, offset: int, most: int) -> list[Trend]:
    """All that trends, whatever a moderator said of it."""
    rows = tx.rows(_FOR_STAFF[kind], none=0.0, most=most, passed=offset)
    return [Trend(*row) for row in rows]


def review(tx: Tx, kind: str, id_: int, *, shown: bool) -> Trend | None:
    """What a moderator says of a trend; None where there is no such trend."""
    if not tx.run(_REVIEWS[kind], which=id_, said=1 if shown else 0):
        return None
    return Trend(*tx.row(_FIND[kind], which=id_))
