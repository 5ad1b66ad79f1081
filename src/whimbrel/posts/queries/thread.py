"""The skeleton of a conversation: which post answers which. Who may see what is asked later."""

from sqlalchemy import literal_column, select

from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx

from ..tables import posts
from .visible import number

_chain = (
    select(posts.c.id, posts.c.reply_to, literal_column("0").label("depth"))
    .where(posts.c.id == number("post"))
    .cte("chain", recursive=True)
)
_parent = posts.alias("parent")
_chain = _chain.union_all(
    select(_parent.c.id, _parent.c.reply_to, _chain.c.depth + literal_column("1"))
    .join(_chain, _parent.c.id == _chain.c.reply_to)
    .where(_chain.c.depth < number("most"))
)
_ABOVE = Query(
    select(_chain.c.id).where(_chain.c.depth > literal_column("0")).order_by(_chain.c.depth.desc())
)
_BELOW = Query(
    select(posts.c.id, posts.c.reply_to)
    .where(posts.c.thread == number("thread"), posts.c.id > number("after"))
    .order_by(posts.c.id)
    .limit(number("most"))
)


def above(tx: Tx, post: int, most: int) -> list[int]:
    """What `post` answers, and what that answers: oldest first, `most` at most."""
    return [row[0] for row in tx.rows(_ABOVE, post=post, most=most)]


def below(tx: Tx, thread: int, after: int, most: int) -> list[tuple[int, int | None]]:
    """(id, what it answers) of the posts in the thread with ids above `after`, oldest first."""
    return [(row[0], row[1]) for row in tx.rows(_BELOW, thread=thread, after=after, most=most)]
