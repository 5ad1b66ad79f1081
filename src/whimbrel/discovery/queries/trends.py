"""What trends, as it is read and reviewed. It is counted in `counting`."""

from collections.abc import Collection
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Float,
    SmallInteger,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from whimbrel.core.engines import Query, in_list
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number
from whimbrel.posts.tables import tags

from ..tables import link_trends, post_trends, publishers, tag_trends

Kind = Literal["tags", "statuses", "links"]


class Trend(NamedTuple):
    """A tag, a post or a link that trends; `review` as in the table."""

    id: int
    review: int | None


# What was said of a page, or else of the site that it is from.
_site = (
    select(publishers.c.review).where(publishers.c.id == link_trends.c.publisher).scalar_subquery()
)
_SUBJECTS: dict[Kind, tuple[Any, Any, ColumnElement[Any]]] = {
    "tags": (tag_trends, tag_trends.c.tag, tag_trends.c.review),
    "statuses": (post_trends, post_trends.c.post, post_trends.c.review),
    "links": (link_trends, link_trends.c.link, func.coalesce(link_trends.c.review, _site)),
}
_USABLE = exists(select(tags.c.id).where(tags.c.id == tag_trends.c.tag, tags.c.usable))


def _page(kind: Kind, *where: ColumnElement[bool]) -> Query:
    table, subject, review = _SUBJECTS[kind]
    return Query(
        select(subject, review)
        .where(table.c.score > bindparam("none", type_=Float), *where)
        .order_by(table.c.score.desc(), subject.desc())
        .limit(number("most"))
        .offset(number("passed"))
    )


def _shown(kind: Kind) -> ColumnElement[bool]:
    review = _SUBJECTS[kind][2]
    approved = review == bindparam("approved", type_=SmallInteger)
    unseen = bindparam("unseen", type_=SmallInteger)
    return or_(approved, review.is_(None) & (unseen == literal_column("1")))


def _for_all(kind: Kind) -> Query:
    return _page(kind, _shown(kind), *([_USABLE] if kind == "tags" else []))


_FOR_ALL = {kind: _for_all(kind) for kind in _SUBJECTS}
_IS_SHOWN = {
    kind: Query(
        select(id_).where(
            id_ == number("which"), table.c.score > bindparam("none", type_=Float), _shown(kind)
        )
    )
    for kind, (table, id_, _) in _SUBJECTS.items()
}
_FOR_STAFF = {kind: _page(kind) for kind in _SUBJECTS}
_REVIEWS = {
    kind: Query(
        update(table)
        .where(id_ == bindparam("which"))
        .values(review=bindparam("said", type_=SmallInteger))
    )
    for kind, (table, id_, _) in _SUBJECTS.items()
}
_PASSED = Query(
    select(tag_trends.c.tag).where(
        in_list(tag_trends.c.tag, "tags"),
        tag_trends.c.review == bindparam("approved", type_=SmallInteger),
    )
)
_FIND = {
    kind: Query(select(id_, review).where(id_ == number("which")))
    for kind, (_, id_, review) in _SUBJECTS.items()
}


def is_shown(tx: Tx, kind: Kind, id_: int, *, reviewed: bool) -> bool:
    """Whether this one trends, and everybody may be shown it; as `for_all`."""
    bound = {"none": 0.0, "approved": 1, "unseen": 0 if reviewed else 1}
    return tx.row(_IS_SHOWN[kind], **bound, which=id_) is not None


def for_all(tx: Tx, kind: Kind, *, reviewed: bool, offset: int, most: int) -> list[Trend]:
    """What trends, the strongest first.

    Args:
        kind: tags, statuses or links.
        reviewed: only what a moderator let pass; else all but what one stopped.
    """
    bound = {"none": 0.0, "approved": 1, "unseen": 0 if reviewed else 1}
    rows = tx.rows(_FOR_ALL[kind], **bound, most=most, passed=offset)
    return [Trend(*row) for row in rows]


def passed(tx: Tx, tags: Collection[int]) -> set[int]:
    """Those of these tags that a moderator let pass."""
    return {row[0] for row in tx.rows(_PASSED, list_tags=list(tags), approved=1)} if tags else set()


def for_staff(tx: Tx, kind: Kind, *, offset: int, most: int) -> list[Trend]:
    """All that trends, whatever a moderator said of it."""
    rows = tx.rows(_FOR_STAFF[kind], none=0.0, most=most, passed=offset)
    return [Trend(*row) for row in rows]


def review(tx: Tx, kind: Kind, id_: int, *, shown: bool) -> Trend | None:
    """What a moderator says of a trend; None where there is no such trend."""
    if not tx.run(_REVIEWS[kind], which=id_, said=1 if shown else 0):
        return None
    return Trend(*tx.row(_FIND[kind], which=id_))
