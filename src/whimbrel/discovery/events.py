"""What this room tells itself."""

from whimbrel.core.outbox import Event


class TrendsDue(Event, frozen=True, kw_only=True):
    """A clock: what trends is counted anew. One whose turn is over stops by itself."""

    turn: int
