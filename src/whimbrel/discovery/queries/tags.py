"""What is known of tags by id: how often they are used, and who shows them on their profile."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Table, bindparam, delete, exists, func, or_, select

from whimbrel.core.engines import Query, in_list, insert_ignore, upsert
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import level, number
from whimbrel.posts.rules import Visibility
from whimbrel.posts.tables import post_tags, posts, tags

from ..rules import DAY, DAYS, Day
from ..tables import featured_tags, link_days, tag_days, tag_trends
from .counting import Kind

LATEST = 3000  # of an author's posts, among which tags are counted


def _history(days: Table, name: str) -> Query:
    return Query(
        select(days.c[name], days.c.day, days.c.uses, days.c.accounts).where(
            in_list(days.c[name], "these"), days.c.day > number("before")
        )
    )


_HISTORIES: dict[Kind, Query] = {
    "tags": _history(tag_days, "tag"),
    "links": _history(link_days, "link"),
}


def histories(tx: Tx, these: Collection[int], kind: Kind = "tags") -> dict[int, tuple[Day, ...]]:
    """For each of these tags, or links, its last seven days, today first."""
    today = tx.ms // DAY
    rows = tx.rows(_HISTORIES[kind], list_these=list(these), before=today - DAYS) if these else []
    known = {(id_, day): Day(day, uses, accounts) for id_, day, uses, accounts in rows}
    days = range(today, today - DAYS, -1)
    return {id_: tuple(known.get((id_, day), Day(day)) for day in days) for id_ in these}


def unused(tx: Tx) -> tuple[Day, ...]:
    """The history of what is no tag yet."""
    today = tx.ms // DAY
    return tuple(Day(day) for day in range(today, today - DAYS, -1))


# --- what moderators say of them ------------------------------------------------------------------


class Standing(NamedTuple):
    """What moderators said of a tag; see `rules.ReviewedTag`."""

    review: int | None = None
    usable: bool = True
    listable: bool = True


# Whoever reviews tags sees those that anybody may read somewhere, and those they spoke of before:
# a word that was only written in letters is nobody's business. (Addresses of links lie there too.)
_open_post = (
    select(1)
    .select_from(post_tags.join(posts, posts.c.id == post_tags.c.post))
    .where(post_tags.c.tag == tags.c.id, posts.c.visibility <= level(Visibility.UNLISTED))
)
_seen = or_(exists(_open_post), ~tags.c.usable, ~tags.c.listable)
_SEEN = Query(select(tags.c.id).where(tags.c.id == number("which"), _seen))


def _page(*, ascending: bool) -> Query:
    return Query(
        select(tags.c.id)
        .where(_seen, tags.c.id > number("low"), tags.c.id < number("high"))
        .order_by(tags.c.id.asc() if ascending else tags.c.id.desc())
        .limit(number("most"))
    )


_PAGES = {ascending: _page(ascending=ascending) for ascending in (False, True)}
_STANDING = Query(
    select(tags.c.id, tag_trends.c.review, tags.c.usable, tags.c.listable)
    .outerjoin(tag_trends, tag_trends.c.tag == tags.c.id)
    .where(in_list(tags.c.id, "tags"))
)
_REVIEW = Query(
    upsert(tag_trends, ("tag",), ("review",), ("tag", "score", "peak", "peak_at", "review"))
)


def page(tx: Tx, *, low: int, high: int, ascending: bool, most: int) -> list[int]:
    """A page of the tags that may be judged, the newest first; see `core.http.window`."""
    found = [row[0] for row in tx.rows(_PAGES[ascending], low=low, high=high, most=most)]
    return found[::-1] if ascending else found


def is_seen(tx: Tx, tag: int) -> bool:
    """Whether this one may be judged."""
    return tx.row(_SEEN, which=tag) is not None


def standing(tx: Tx, ids: Collection[int]) -> dict[int, Standing]:
    """What moderators said of these tags."""
    rows = tx.rows(_STANDING, list_tags=list(ids)) if ids else []
    return {
        id_: Standing(review, bool(usable), bool(listable))
        for id_, review, usable, listable in rows
    }


def review(tx: Tx, tag: int, *, shown: bool) -> None:
    """Whether it may be shown as trending, now or once it does."""
    tx.run(_REVIEW, tag=tag, score=0.0, peak=0.0, peak_at=tx.ms, review=1 if shown else 0)


# --- featured -----------------------------------------------------------------------------------


class Use(NamedTuple):
    """How often an author used a tag, and when last (ms)."""

    tag: int
    uses: int
    last: int


_mine = featured_tags.c.account == number("account")
_OF = Query(
    select(featured_tags.c.id, featured_tags.c.tag).where(_mine).order_by(featured_tags.c.id)
)
_ADD = Query(insert_ignore(featured_tags))
_REMOVE = Query(
    delete(featured_tags).where(
        featured_tags.c.account == bindparam("by"), featured_tags.c.tag == bindparam("which")
    )
)
_lately = (
    select(posts.c.id, posts.c.at)
    .where(
        posts.c.author == number("account"),
        posts.c.visibility <= level(Visibility.UNLISTED),
        posts.c.boost_of.is_(None),
    )
    .order_by(posts.c.id.desc())
    .limit(LATEST)
    .subquery("lately")
)
_uses = func.count().label("uses")
_USES = Query(
    select(post_tags.c.tag, _uses, func.max(_lately.c.at))
    .select_from(_lately.join(post_tags, post_tags.c.post == _lately.c.id))
    .group_by(post_tags.c.tag)
    .order_by(_uses.desc(), post_tags.c.tag.desc())
    .limit(number("most"))
)


def featured(tx: Tx, account: int) -> dict[int, int]:
    """The tags that somebody shows, by id of the row, oldest first."""
    return dict(tx.rows(_OF, account=account))


def feature(tx: Tx, account: int, tag: int) -> int:
    """Show a tag that is not shown yet; the id of the row. The tag is from `tags.ids_for`."""
    id_ = new_id(tx.now)
    tx.run(_ADD, id=id_, account=account, tag=tag)
    return id_


def unfeature(tx: Tx, account: int, tag: int) -> bool:
    """Whether it was shown. The caller lets the tag go."""
    return tx.run(_REMOVE, by=account, which=tag) == 1


def used(tx: Tx, account: int, most: int) -> list[Use]:
    """The tags that an author used most, in what anybody may read of their latest posts."""
    return [Use(*row) for row in tx.rows(_USES, account=account, most=most)]
