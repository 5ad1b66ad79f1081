"""What can be said to have happened to what this server holds."""

from whimbrel.core.outbox import Event


class AlarmRang(Event, frozen=True, kw_only=True):
    """Somebody seems to copy this server. `why` as in `readings.Alarm`."""

    why: str


class ErasureDue(Event, frozen=True, kw_only=True):
    """Something was erased for which there is a receipt: time to see that all of it is gone."""

    receipt: int
    kind: str  # as of `receipts.Receipt`
    subject: int
    slots: tuple[int, ...]  # of the keys it was sealed under
    objects: tuple[str, ...] = ()  # in the store
    media: tuple[int, ...] = ()  # files that their owner may attach again for a while


class ReceiptLapses(Event, frozen=True, kw_only=True):
    """A receipt was kept for as long as it is."""

    receipt: int
