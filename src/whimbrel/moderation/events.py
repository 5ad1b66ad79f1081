"""What can be said to have happened at the desk. Ids only."""

from whimbrel.core.outbox import Event


class Reported(Event, frozen=True, kw_only=True):
    """Somebody reported an account, perhaps with posts of it."""

    report: int
    account: int
    target: int
