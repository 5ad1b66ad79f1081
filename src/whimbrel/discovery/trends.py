"""Trends: what is talked about more than usual. Counted by a clock every few minutes from the rows
themselves, so that reading costs nothing; only public posts of people who want to be found count.

A score says how far a day is above the one before, and fades by half every few hours."""

from whimbrel.accounts.rules import STRANGER, Viewer
from whimbrel.core.errors import NotFound
from whimbrel.core.ids import moment
from whimbrel.core.text import tag_key
from whimbrel.core.tx import Tx
from whimbrel.posts import queries as posts
from whimbrel.posts import serialize as statuses
from whimbrel.posts.queries import tags as words
from whimbrel.posts.views import tag_as_written

from . import links, tags
from .events import TrendsDue
from .queries import counting as queries
from .queries import trends as read
from .queries.counting import KEPT, Kind
from .queries.trends import Trend
from .rules import (
    DAY,
    DAYS,
    HALF_LIFE,
    POST_HALF_LIFE,
    Peak,
    ReviewedTag,
    Tag,
    faded,
    surprise,
)
from .staff import noted, require
from .standing import reviewed

EVERY = 5 * 60_000  # ms between counts
SLICE = 2000  # posts, and marks, looked at in one transaction
OVERLAP = 60_000 << 16  # ids: a minute of them
FRESH = 3 * DAY  # older posts trend no more

# A card is there only once its page has answered.
OVERLAPS: dict[Kind, int] = {"tags": OVERLAP, "links": 15 * OVERLAP}

# What is remembered between counts.
TURN, MARK = "trends turn", "trends mark"
POST: dict[Kind, str] = {"tags": "trends post", "links": "trends link"}


# --- the clock --------------------------------------------------------------------------------


def start(tx: Tx) -> None:
    """At start: the clock ticks from now on; one that a process before us started stops.

    Emits: TrendsDue
    """
    turn = queries.counter(tx, TURN) + 1
    queries.remember(tx, TURN, turn)
    tx.emit(TrendsDue(turn=turn))


def tick(tx: Tx, event: TrendsDue) -> None:
    """Handler: count what was posted and liked since the last time, and let the rest fade.

    Emits: TrendsDue, due at once while there is more to count, else in a few minutes
    """
    if queries.counter(tx, TURN) != event.turn:
        return
    more = _count(tx, "tags") | _count(tx, "links") | _count_posts(tx)
    if not more:
        _score(tx, "tags")
        _score(tx, "links")
        links.name_publishers(tx)
    tx.emit(event, due=moment(tx.ms if more else tx.ms + EVERY))


def _count(tx: Tx, kind: Kind) -> bool:
    """The uses of every tag, or link, in the next posts; whether there are more."""
    after = max(queries.counter(tx, POST[kind]), (tx.ms // DAY - 1) * DAY << 16)
    found = queries.newest_posts(tx, after, SLICE)
    for which, day in sorted(queries.used_in(tx, kind, found)):
        queries.count_day(tx, kind, which, day)
    more = len(found) == SLICE
    if not more:
        queries.forget_days(tx, kind, tx.ms // DAY - DAYS)
    _remember(tx, POST[kind], after, found, more=more, overlap=OVERLAPS[kind])
    return more


def _remember(
    tx: Tx, name: str, after: int, ids: list[int], *, more: bool, overlap: int = OVERLAP
) -> None:
    """Where to go on. What is very new is looked at again: something older may be on its way."""
    reached = ids[-1] if ids else after
    settled = (tx.ms << 16) - overlap
    queries.remember(tx, name, reached if more else max(after, min(reached, settled)))


def _score(tx: Tx, kind: Kind) -> None:
    today, known = tx.ms // DAY, queries.peaks(tx, kind)
    days = queries.people_by_day(tx, kind, today)
    scores: dict[int, float] = {}
    for which in days.keys() | known.keys():
        counts = days.get(which, {})
        now = surprise(counts.get(today, 0), counts.get(today - 1, 0))
        peak = known.get(which, Peak(0.0, tx.ms))
        if now > faded(peak.score, tx.ms - peak.at, HALF_LIFE):
            peak = Peak(now, tx.ms)
        scores[which] = faded(peak.score, tx.ms - peak.at, HALF_LIFE)
        if scores[which] or which in known:
            queries.set_score(tx, kind, which, scores[which], peak)
    best = sorted((which for which in scores if scores[which]), key=lambda each: -scores[each])
    if kind == "tags":
        _write(tx, [which for which in best[:KEPT] if which not in known])
    queries.drop(tx, kind, known.keys() - set(best[:KEPT]))


def _write(tx: Tx, fresh: list[int]) -> None:
    """Tags that begin to trend are written as people write them, BirdWatch and not birdwatch,
    unless moderators said how: that costs a look into one post each, and reading costs nothing."""
    for tag, name in words.written_of(tx, fresh).items():
        post = queries.example(tx, tag) if name == tag_key(name) else None
        if post is not None:
            cards = posts.cards_of(tx, STRANGER, [post])
            words.write(tx, tag, tag_as_written(statuses.page(tx, STRANGER, cards), name))


def _count_posts(tx: Tx) -> bool:
    """The scores of posts that were liked lately, or trended; whether there are more."""
    after = max(queries.counter(tx, MARK), tx.ms - FRESH << 16)
    marked = queries.newest_marks(tx, after, SLICE)
    more = len(marked) == SLICE
    _remember(tx, MARK, after, [mark for mark, _ in marked], more=more)
    known = queries.trending_posts(tx)
    scores = {
        each.post: faded(surprise(each.marks, 1), tx.ms - each.at, POST_HALF_LIFE)
        for each in queries.liked(tx, known | {post for _, post in marked})
        if tx.ms - each.at < FRESH
    }
    best = sorted((post for post in scores if scores[post]), key=lambda post: -scores[post])[:KEPT]
    for post in best:
        queries.set_post(tx, post, scores[post])
    queries.drop_posts(tx, known - set(best))
    return more


# --- reading ----------------------------------------------------------------------------------


def of_tags(tx: Tx, viewer: Viewer, offset: int, most: int) -> list[Tag]:
    """The tags that trend, the strongest first.

    Source: Mastodon REST API, GET /api/v1/trends/tags
    """
    reviewed = tx.instance.trends_review
    found = read.for_all(tx, "tags", reviewed=reviewed, offset=offset, most=most)
    return tags.shown(tx, viewer, _written(tx, found))


def of_posts(tx: Tx, offset: int, most: int) -> list[int]:
    """The ids of the posts that trend, the strongest first. Who may see them is asked as always.

    Source: Mastodon REST API, GET /api/v1/trends/statuses
    """
    reviewed = tx.instance.trends_review
    found = read.for_all(tx, "statuses", reviewed=reviewed, offset=offset, most=most)
    return [trend.id for trend in found]


def _written(tx: Tx, found: list[Trend]) -> dict[int, str]:
    names = words.written_of(tx, [trend.id for trend in found])
    return {trend.id: names[trend.id] for trend in found if trend.id in names}


# --- reviewing --------------------------------------------------------------------------------


def tags_to_review(tx: Tx, viewer: Viewer, offset: int, most: int) -> list[ReviewedTag]:
    """All tags that trend, with what moderators said of them.

    Raises:
        Forbidden: the viewer's role may not.
    Source: Mastodon REST API, GET /api/v1/admin/trends/tags
    """
    require(viewer)
    found = read.for_staff(tx, "tags", offset=offset, most=most)
    return reviewed(tx, viewer, _written(tx, found))


def posts_to_review(tx: Tx, viewer: Viewer, offset: int, most: int) -> dict[int, int | None]:
    """The same of posts, by id, the strongest first. Raises Forbidden."""
    require(viewer)
    return dict(read.for_staff(tx, "statuses", offset=offset, most=most))


def review_tag(tx: Tx, viewer: Viewer, name: str, *, shown: bool) -> ReviewedTag:
    """Let a tag that trends be shown, or not.

    Raises:
        Forbidden: the viewer's role may not.
        NotFound: it does not trend.
    Emits: StaffActed
    """
    require(viewer)
    tag = words.ids_of(tx, [tag_key(name)]).get(tag_key(name))
    trend = None if tag is None else read.review(tx, "tags", tag, shown=shown)
    if trend is None:
        raise NotFound
    noted(tx, viewer, "tag", trend.id, shown=shown)
    return reviewed(tx, viewer, _written(tx, [trend]))[0]


def review_post(tx: Tx, viewer: Viewer, post: int, *, shown: bool) -> int | None:
    """Let a post that trends be shown, or not; what is said of it now. Raises as `review_tag`."""
    require(viewer)
    trend = read.review(tx, "statuses", post, shown=shown)
    if trend is None:
        raise NotFound
    noted(tx, viewer, "status", post, shown=shown)
    return trend.review
