"""What this room tells itself."""

from whimbrel.core.outbox import Event


class FeaturedTagsChanged(Event, frozen=True, kw_only=True):
    """Somebody shows other tags on their profile than before."""

    account: int


class TrendsDue(Event, frozen=True, kw_only=True):
    """A clock: what trends is counted anew. One whose turn is over stops by itself."""

    turn: int
