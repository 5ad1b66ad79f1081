"""What can be said to have happened at the desk. Ids only.

That somebody was reported is said in `accounts.events`: notifications, which tell the staff, stand
beside this room and cannot import it."""

from whimbrel.accounts.events import Reported
from whimbrel.core.outbox import Event

__all__ = ["CheckpointDue", "Reported", "ServerCutOff", "ServerJudged", "ServerReleased"]


class ServerJudged(Event, frozen=True, kw_only=True):
    """A server is kept at a distance (`block`: blocked_servers.id), or at another than before;
    its people after `after` are not yet limited or suspended with it."""

    block: int
    after: int = 0


class ServerCutOff(Event, frozen=True, kw_only=True):
    """All people of a suspended server are suspended, and follows of them, or by them, end; said
    again while there are more."""

    block: int
    cause: int


class ServerReleased(Event, frozen=True, kw_only=True):
    """A server may come nearer again: who was limited or suspended with it, at `since` (ms), is no
    more; those after `after` still are."""

    domain: str
    since: int
    after: int = 0


class CheckpointDue(Event, frozen=True, kw_only=True):
    """The log is signed as it is now; said again for the next hour. `turn`: of which start of the
    server, so that only one such clock runs."""

    turn: int
