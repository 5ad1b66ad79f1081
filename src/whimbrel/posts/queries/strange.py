"""Which posts somebody has to be counted for, who reads them: not their own, nor by whom they
follow."""

from collections.abc import Iterable

from sqlalchemy import select

from whimbrel.accounts.queries import graph
from whimbrel.core.engines import Query, in_list
from whimbrel.core.tx import Tx

from ..tables import posts
from .visible import number

_STRANGE = Query(
    select(posts.c.id).where(
        in_list(posts.c.id, "posts"),
        posts.c.author != number("viewer"),
        ~graph.follows(number("viewer"), posts.c.author),
    )
)


def strange(tx: Tx, viewer: int, ids: Iterable[int]) -> set[int]:
    """Those of these posts that were written, or boosted, by strangers to the viewer."""
    return {row[0] for row in tx.rows(_STRANGE, viewer=viewer, list_posts=list(ids))}
