"""The skeleton of a conversation: which post answers which, around one that the viewer may see. Who
may see the others is asked later."""

from typing import NamedTuple

from sqlalchemy import func, literal_column, select, union_all

from whimbrel.core.engines import Query
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx

from ..tables import posts
from .visible import number, visible


class Skeleton(NamedTuple):
    """Around `subject`: of a boost what it repeats."""

    subject: int
    above: list[int]  # what it answers, and what that answers: oldest first
    below: list[tuple[int, int | None]]  # later posts of the thread, and what each answers


_shown = posts.alias("shown")
_subject = (
    select(posts.c.id, posts.c.reply_to, posts.c.thread)
    .join(_shown, posts.c.id == func.coalesce(_shown.c.boost_of, _shown.c.id))
    .where(_shown.c.id == number("id"), visible(posts_table=_shown))
    .cte("subject")
)
_chain = select(_subject.c.id, _subject.c.reply_to, literal_column("0").label("depth")).cte(
    "chain", recursive=True
)
_parent = posts.alias("parent")
_chain = _chain.union_all(
    select(_parent.c.id, _parent.c.reply_to, _chain.c.depth + literal_column("1"))
    .join(_chain, _parent.c.id == _chain.c.reply_to)
    .where(_chain.c.depth < number("most"))
)
# Ids of one millisecond are in no order, so what was written in the subject's own counts as later.
_moment = _subject.c.id.op(">>")(literal_column("16")).op("<<")(literal_column("16"))
_below = (
    select(posts.c.id, posts.c.reply_to)
    .where(
        posts.c.thread == select(_subject.c.thread).scalar_subquery(),
        posts.c.id >= select(_moment).scalar_subquery(),
    )
    .order_by(posts.c.id)
    .limit(number("most"))
    .subquery("below")
)
_SKELETON = Query(
    union_all(
        select(_chain.c.depth, _chain.c.id, _chain.c.reply_to),
        select(literal_column("-1"), _below.c.id, _below.c.reply_to),
    )
)


def around(tx: Tx, viewer: int, post: int, most: int) -> Skeleton:
    """The conversation of a post, up to `most` above it and below.

    Raises:
        NotFound: absent, erased, or not the viewer's to see; one statement in every case.
    """
    chain: list[tuple[int, int]] = []
    below: list[tuple[int, int | None]] = []
    for depth, id_, reply_to in tx.rows(_SKELETON, id=post, viewer=viewer, most=most):
        if depth < 0:
            below.append((id_, reply_to))
        else:
            chain.append((depth, id_))
    if not chain:
        raise NotFound
    chain.sort(reverse=True)
    *above, subject = (id_ for _, id_ in chain)
    return Skeleton(subject, above, sorted(below, key=lambda answer: answer[0]))
