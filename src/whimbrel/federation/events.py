"""What can be said to have happened between servers. Ids and addresses only."""

from whimbrel.core.outbox import Event


class Received(Event, frozen=True, kw_only=True):
    """An activity of somebody elsewhere was accepted and is to be done."""

    activity: int


class ReceivedAges(Event, frozen=True, kw_only=True):
    """A clock: what arrived on `day` loses its key once it is done, and is forgotten later."""

    day: int
