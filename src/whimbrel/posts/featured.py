"""What people of other servers show on top of their profiles, as their servers say."""

from collections.abc import Sequence

from whimbrel.core.tx import Tx

from . import queries
from .queries import acts
from .rules import Mark, Visibility

MOST = 20  # of one profile; what is beyond that is not shown


def put(tx: Tx, author: int, post: int) -> None:
    """One more, if it is theirs and there is room for it."""
    tx.lock("pins", author)
    shown = queries.any_post(tx, post)
    if shown.author != author or shown.boost_of is not None:
        return
    if shown.visibility <= Visibility.UNLISTED and acts.marked(tx, author, Mark.PIN) < MOST:
        acts.mark(tx, author, post, Mark.PIN)


def take(tx: Tx, author: int, post: int) -> None:
    """One less."""
    acts.unmark(tx, author, post, Mark.PIN)


def replace(tx: Tx, author: int, posts: Sequence[int]) -> None:
    """These and no others, the first on top."""
    tx.lock("pins", author)
    for old in acts.pinned(tx, author):
        acts.unmark(tx, author, old, Mark.PIN)
    for post in reversed(posts[:MOST]):
        put(tx, author, post)
