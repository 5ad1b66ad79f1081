"""A clock that can be set: what the town says happens at its own moment, ids and all."""

from datetime import datetime

from whimbrel.core.tx import utc_now


class Clock:
    """The true time, until it is set to another."""

    def __init__(self) -> None:
        self.at: datetime | None = None

    def __call__(self) -> datetime:
        return self.at or utc_now()
