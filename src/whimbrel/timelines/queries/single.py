"""Cards of posts by their ids, with the revision of the reader's filters behind."""

from collections.abc import Iterable
from typing import Any

from whimbrel.accounts.rules import Viewer
from whimbrel.core.tx import Tx
from whimbrel.posts import queries as posts

from .filters import with_revision

_ONE = with_revision(posts.ONE_CARD)
_MANY = with_revision(posts.MANY_CARDS)
_WANTED = with_revision(posts.WANTED_CARDS)
CONVERSATION = with_revision(posts.thread.conversation())
CONVERSATION_FILTERS = posts.thread.ANSWERS + 1  # where its rows have the revision


def card_of(tx: Tx, viewer: Viewer, post: int) -> Any:
    """The row of one post. Raises NotFound."""
    return posts.card_of(tx, viewer, post, _ONE)


def cards_of(tx: Tx, viewer: Viewer, ids: Iterable[int]) -> list[Any]:
    """The rows of these posts in their order, those not to be seen left out."""
    return posts.cards_of(tx, viewer, ids, query=_MANY)


def wanted_of(tx: Tx, viewer: Viewer, ids: Iterable[int]) -> list[Any]:
    """As `cards_of`, without those of whom the viewer blocks or mutes."""
    return posts.cards_of(tx, viewer, ids, hide=True, query=_WANTED)
