"""What trends, counted from rows by the clock in `trends`, a slice of them at a time.

Tags and the pages that are linked to are counted alike: see `USED`."""

from collections.abc import Collection, Iterable
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Table,
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
from whimbrel.posts.tables import marks, post_links, post_tags, posts

from ..rules import DAY, Peak
from ..tables import link_days, link_trends, post_trends, tag_days, tag_trends
from .people import FINDABLE

KEPT = 500  # trends of a kind, at most
Kind = Literal["tags", "links"]

# --- where the counting stands --------------------------------------------------------------------

_VALUE = Query(select(counters.c.value).where(counters.c.name == bindparam("name")))
_SET = Query(upsert(counters, ("name",), ("value",)))


def counter(tx: Tx, name: str) -> int:
    """A number that is remembered; 0 at first."""
    return int(tx.value(_VALUE, name=name) or 0)


def remember(tx: Tx, name: str, value: int) -> None:
    """Remember it."""
    tx.run(_SET, name=name, value=value)


# --- tags and links -------------------------------------------------------------------------------

# Posts that may make something trend: for everybody, of people who want to be found.
COUNTED: tuple[ColumnElement[bool], ...] = (
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
_EXAMPLE = Query(
    select(posts.c.id)
    .select_from(
        post_tags.join(posts, posts.c.id == post_tags.c.post).join(
            accounts, accounts.c.id == posts.c.author
        )
    )
    .where(post_tags.c.tag == number("which"), *COUNTED)
    .order_by(post_tags.c.post.desc())
    .limit(literal_column("1"))
)


class _Used:
    """The statements about one kind of thing that posts carry.

    Args:
        carried: which post carries which; days, trends: what is known of each. In all three the
            column of the thing is called `name`.
    """

    def __init__(self, name: str, carried: Table, days: Table, trends: Table) -> None:
        self.name = name
        this = carried.c[name]
        self.used = Query(select(this, carried.c.post).where(in_list(carried.c.post, "posts")))
        numbers: tuple[ColumnElement[Any], ...] = (
            func.count(),
            func.count(func.distinct(posts.c.author)),
        )
        self.on_day = Query(
            select(*numbers)
            .select_from(
                carried.join(posts, posts.c.id == carried.c.post).join(
                    accounts, accounts.c.id == posts.c.author
                )
            )
            .where(
                this == number("which"),
                carried.c.post >= number("first"),
                carried.c.post < number("end"),
                *COUNTED,
            )
        )
        self.set_day = Query(upsert(days, (name, "day"), ("uses", "accounts")))
        self.old_days = Query(delete(days).where(days.c.day < number("before")))
        self.days = Query(
            select(days.c[name], days.c.day, days.c.accounts).where(
                days.c.day >= number("yesterday")
            )
        )
        scored = ("score", "peak", "peak_at")
        self.peaks = Query(select(trends.c[name], trends.c.peak, trends.c.peak_at))
        self.set = Query(upsert(trends, (name,), scored, (name, *scored)))
        self.drop = Query(
            delete(trends).where(in_list(trends.c[name], "gone"), trends.c.review.is_(None))
        )


_USED: dict[Kind, _Used] = {
    "tags": _Used("tag", post_tags, tag_days, tag_trends),
    "links": _Used("link", post_links, link_days, link_trends),
}


def newest_posts(tx: Tx, after: int, most: int) -> list[int]:
    """The ids of public posts after `after`, oldest first."""
    return [row[0] for row in tx.rows(_NEWEST, after=after, most=most)]


def used_in(tx: Tx, kind: Kind, ids: Collection[int]) -> set[tuple[int, int]]:
    """Which tags, or links, were used on which days in these posts."""
    rows = tx.rows(_USED[kind].used, list_posts=list(ids)) if ids else []
    return {(which, (post >> 16) // DAY) for which, post in rows}


def count_day(tx: Tx, kind: Kind, which: int, day: int) -> None:
    """Count the uses of a tag or a link on a day anew."""
    used = _USED[kind]
    span = {"first": day * DAY << 16, "end": (day + 1) * DAY << 16}
    uses, people = tx.row(used.on_day, which=which, **span)
    tx.run(used.set_day, **{used.name: which}, day=day, uses=uses, accounts=people)


def example(tx: Tx, tag: int) -> int | None:
    """The newest post with a tag that makes it trend."""
    found: int | None = tx.value(_EXAMPLE, which=tag)
    return found


def forget_days(tx: Tx, kind: Kind, before: int) -> None:
    """Days that no history shows any more."""
    tx.run(_USED[kind].old_days, before=before)


def people_by_day(tx: Tx, kind: Kind, today: int) -> dict[int, dict[int, int]]:
    """For each one used today or yesterday, by how many on each of the two."""
    found: dict[int, dict[int, int]] = {}
    for which, day, people in tx.rows(_USED[kind].days, yesterday=today - 1):
        found.setdefault(which, {})[day] = people
    return found


def peaks(tx: Tx, kind: Kind) -> dict[int, Peak]:
    """The peaks of those that trend, or were looked at."""
    return {which: Peak(score, at) for which, score, at in tx.rows(_USED[kind].peaks)}


def set_score(tx: Tx, kind: Kind, which: int, score: float, peak: Peak) -> None:
    """What the score of one is now."""
    used = _USED[kind]
    tx.run(used.set, **{used.name: which}, score=score, peak=peak.score, peak_at=peak.at)


def drop(tx: Tx, kind: Kind, gone: Iterable[int]) -> None:
    """These trend no more; what a moderator said of one is kept."""
    tx.run(_USED[kind].drop, list_gone=list(gone))


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
        *COUNTED,
        posts.c.reply_to.is_(None),
        ~posts.c.sensitive,
        accounts.c.sensitized_at.is_(None),
        posts.c.label.is_(None),
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
