"""Blocking: neither follows the other any more, nor may again. Posts and lists hear by event."""

from whimbrel.core.tx import Tx

from . import follow
from .events import Blocked, Unblocked
from .queries import graph
from .relationships import other
from .rules import Viewer


def block(tx: Tx, viewer: Viewer, target: int) -> None:
    """Block somebody; follows and requests between the two end. Again is no error.

    Raises:
        NotFound: nobody.
        Forbidden: themselves.
    Emits: Unfollowed for each follow or request that ended, Blocked where it is new
    Source: Mastodon REST API, POST /api/v1/accounts/:id/block
    """
    other(tx, viewer, target)
    graph.lock(tx, viewer.id, target)
    follow.part(tx, viewer.id, target)
    if graph.add_block(tx, viewer.id, target):
        tx.emit(Blocked(account=viewer.id, target=target))


def unblock(tx: Tx, viewer: Viewer, target: int) -> None:
    """Block somebody no more. What the block ended stays ended.

    Raises:
        NotFound: nobody.
        Forbidden: themselves.
    Emits: Unblocked, where it was
    """
    other(tx, viewer, target)
    graph.lock(tx, viewer.id, target)
    if graph.remove_block(tx, viewer.id, target):
        tx.emit(Unblocked(account=viewer.id, target=target))
