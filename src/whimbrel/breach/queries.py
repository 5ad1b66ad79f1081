"""What the drill asks the database of its own copy."""

from collections.abc import Iterable

from sqlalchemy import bindparam, delete, select

from whimbrel.core.engines import Query, in_list
from whimbrel.core.tables import jobs
from whimbrel.core.tx import Tx
from whimbrel.posts.tables import posts

_AUTHORS = Query(select(posts.c.author, posts.c.id).where(in_list(posts.c.id, "posts")))
_FORGET = Query(delete(jobs).where(jobs.c.due <= bindparam("now")))


def tell_nobody(tx: Tx) -> None:
    """Drop what follows from planting thousands of posts: nobody waits to hear of them.
    What is for later, as addresses that grow old, stays."""
    tx.run(_FORGET, now=tx.ms)


def authors_of(tx: Tx, ids: Iterable[int]) -> dict[int, list[int]]:
    """These posts, by who wrote them."""
    found: dict[int, list[int]] = {}
    for author, post in tx.rows(_AUTHORS, list_posts=list(ids)):
        found.setdefault(author, []).append(post)
    return found
