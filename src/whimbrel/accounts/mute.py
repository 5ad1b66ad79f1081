"""Muting: the viewer is spared somebody, who hears nothing of it."""

from whimbrel.core.ids import moment
from whimbrel.core.tx import Tx

from .events import Muted, MuteEnds
from .queries import graph
from .relationships import other
from .rules import Viewer

LONGEST = 100 * 365 * 86_400  # seconds


def mute(
    tx: Tx, viewer: Viewer, target: int, notifications: bool = True, duration: int = 0
) -> None:
    """Mute somebody; again: mute otherwise.

    Args:
        notifications: theirs too.
        duration: seconds; 0 = for good.
    Raises:
        NotFound: nobody.
        Forbidden: themselves.
    Emits: Muted; MuteEnds, due when it is over
    Source: Mastodon REST API, POST /api/v1/accounts/:id/mute
    """
    other(tx, viewer, target)
    until = tx.ms + min(duration, LONGEST) * 1000 if duration > 0 else None
    graph.set_mute(tx, viewer.id, target, notifications=notifications, until=until)
    tx.emit(Muted(account=viewer.id, target=target))
    if until is not None:
        tx.emit(MuteEnds(account=viewer.id, target=target), due=moment(until))


def unmute(tx: Tx, viewer: Viewer, target: int) -> None:
    """Mute somebody no more.

    Raises:
        NotFound: nobody.
        Forbidden: themselves.
    """
    other(tx, viewer, target)
    graph.remove_mute(tx, viewer.id, target)


def forget_ended(tx: Tx, event: MuteEnds) -> None:
    """Handle a clock that rings: remove the mute, unless it was made longer meanwhile."""
    graph.remove_ended_mute(tx, event.account, event.target)
