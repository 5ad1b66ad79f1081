"""A conversation around one post, as far as its reader may see it and wants to."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from whimbrel.accounts.rules import Viewer
from whimbrel.core.cache import Cache
from whimbrel.core.engines import Query
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx

from .queries import PLAIN, full_card
from .queries import thread as queries
from .queries.thread import ANSWERS, HIDDEN, MARKS

STEP = 4096  # posts asked for at a time
MOST = 16 * STEP  # of a conversation; what comes later is left out
ANONYMOUS_ABOVE, ANONYMOUS_BELOW = 40, 60

ORDERS_BYTES = 4 << 20

Rows = list[Any]  # of `queries.thread`, or each a queries.Card
Places = tuple[list[int], list[int]]  # which of the rows are above and below

# By subject and ids: what a post answers never changes, so the same posts are in the same order.
_arounds: Cache[Places] = Cache(ORDERS_BYTES, lambda made: 48 * (len(made[0]) + len(made[1])))


class Conversation(NamedTuple):
    """As rows for `serialize.page`, or for `serialize.plain`."""

    subject: Any
    above: Rows  # what it answers, and what that answers: oldest first
    below: Rows  # what answers it, depth first
    whole: bool = True  # or there is more than was looked at


def conversation(tx: Tx, viewer: Viewer, post_id: int, most: int = MOST) -> Conversation:
    """As `around`, in cards."""
    found = around(tx, viewer, post_id, most=most)
    if found.subject is None:
        return found
    above, below = ([full_card(*row[:PLAIN]) for row in rows] for rows in found[1:3])
    subject = [*found.subject[:PLAIN]]
    subject[MARKS] &= ~HIDDEN
    return Conversation(full_card(*subject), above, below, found.whole)


def around(
    tx: Tx, viewer: Viewer, post_id: int, query: Query | None = None, most: int = MOST
) -> Conversation:
    """What a post answers and what answers it, in rows of `query`.

    What people wrote whom the viewer blocks or mutes is left out, and so is what is not theirs to
    see; what was answered to it stays.

    Args:
        post_id: of a boost, what it repeats is the subject.
        query: `queries.thread.conversation` with further columns behind.
        most: posts of the conversation, from its beginning, that are looked at.
    Raises:
        NotFound: not the viewer's to see.
    Source: Mastodon REST API, GET /api/v1/statuses/:id/context
    """
    rows = _all(tx, viewer, post_id, query, most)
    ids = tuple([row[0] for row in rows])
    whole = len(rows) < most
    subject = post_id if post_id in ids or not rows else queries.original_of(tx, post_id)
    if subject is None or subject not in ids:
        if whole:
            raise NotFound
        return Conversation(None, [], [], whole)
    key = (subject, ids)
    places = _arounds.get(key)
    if places is None:
        places = _places(subject, rows)
        _arounds.put(key, places)
    above, below = (
        [row for row in map(rows.__getitem__, at) if row[MARKS] < HIDDEN] for at in places
    )
    if viewer.account is None:
        above, below = above[-ANONYMOUS_ABOVE:], below[:ANONYMOUS_BELOW]
    return Conversation(rows[ids.index(subject)], above, below, whole)


def _all(tx: Tx, viewer: Viewer, post: int, query: Query | None, most: int) -> Rows:
    more = {} if query is None else {"query": query}
    step = min(STEP, most)
    found = rows = queries.rows(tx, viewer.id, post, 0, step, **more)
    while len(rows) == step and len(found) < most:
        rows = queries.rows(tx, viewer.id, post, rows[-1][0], step, **more)
        found += rows
    return found


def _places(subject: int, rows: Rows) -> Places:
    at = {row[0]: place for place, row in enumerate(rows)}
    above = _chain({row[0]: row for row in rows}, subject)
    below = depth_first(subject, rows)
    return [at[row[0]] for row in above], [at[row[0]] for row in below]


def _chain(rows: dict[int, Any], subject: int) -> Rows:
    """What `subject` answers, and so on, oldest first."""
    found: Rows = []
    above = rows[subject][ANSWERS]
    while above in rows:
        found.append(rows[above])
        above = rows[above][ANSWERS]
    return found[::-1]


def depth_first(root: int, rows: Iterable[Any]) -> Rows:
    """Those of `rows` that are below `root`, each followed by its own answers; siblings stay in
    their order."""
    answers: defaultdict[int | None, Rows] = defaultdict(list)
    for row in rows:
        answers[row[ANSWERS]].append(row)
    found: Rows = []
    waiting = answers.pop(root, [])[::-1]
    while waiting:
        row = waiting.pop()
        found.append(row)
        if row[0] in answers:
            waiting += answers.pop(row[0])[::-1]
    return found
