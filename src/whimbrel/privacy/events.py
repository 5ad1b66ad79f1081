"""What can be said to have happened to what this server holds."""

from whimbrel.core.outbox import Event


class AlarmRang(Event, frozen=True, kw_only=True):
    """Somebody seems to copy this server. `why` as in `readings.Alarm`."""

    why: str
