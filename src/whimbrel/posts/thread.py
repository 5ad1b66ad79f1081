"""A conversation around one post, as far as its reader may see it and wants to."""

from collections.abc import Callable, Iterable
from typing import Any

from whimbrel.accounts.rules import Viewer
from whimbrel.core.tx import Tx

from . import queries
from .queries import thread as skeleton

MOST = 4096  # posts above, and below
ANONYMOUS_ABOVE, ANONYMOUS_BELOW = 40, 60

Ids = Iterable[int]
Rows = list[Any]  # of queries.Card


def context(
    tx: Tx, viewer: Viewer, post_id: int, wanted: Callable[[Tx, Viewer, Ids], Rows] | None = None
) -> tuple[Rows, Rows]:
    """What a post answers, oldest first, and what answers it, depth first.

    What people wrote whom the viewer blocks or mutes is left out, and so is what is not theirs to
    see; what was answered to it stays.

    Args:
        wanted: gives the cards of posts as far as the viewer may and wants to see them, perhaps
            with columns behind.
    Returns:
        (ancestors, descendants) as rows for `serialize.page`.
    Raises:
        NotFound: not the viewer's to see.
    Source: Mastodon REST API, GET /api/v1/statuses/:id/context
    """
    found = skeleton.around(tx, viewer.id, post_id, MOST)
    below = depth_first(found.subject, found.below)
    rows = (wanted or _wanted)(tx, viewer, [*found.above, *below])
    older = set(found.above)
    ancestors = [row for row in rows if row[0] in older]
    descendants = rows[len(ancestors) :]
    if viewer.account is None:
        return ancestors[-ANONYMOUS_ABOVE:], descendants[:ANONYMOUS_BELOW]
    return ancestors, descendants


def _wanted(tx: Tx, viewer: Viewer, ids: Ids) -> Rows:
    return queries.cards_of(tx, viewer, ids, hide=True)


def depth_first(root: int, answers: list[tuple[int, int | None]]) -> list[int]:
    """The ids below `root`, each followed by its own answers; siblings stay in their order.

    Args:
        answers: (id, what it answers).
    """
    children: dict[int, list[int]] = {}
    for id_, parent in answers:
        if parent is not None:
            children.setdefault(parent, []).append(id_)
    found: list[int] = []
    waiting = children.pop(root, [])[::-1]
    while waiting:
        id_ = waiting.pop()
        found.append(id_)
        waiting += children.pop(id_, [])[::-1]
    return found
