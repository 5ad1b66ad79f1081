"""Files that leave, counted like the posts that are read: how many, and how much, for whom a link
was made, or for the network that asks. All of them together ring the alarm of `privacy.readings`.
"""

from collections.abc import Callable, Hashable

from whimbrel.accounts.auth import address_of
from whimbrel.core.app import Scope, of
from whimbrel.media.links import Who
from whimbrel.privacy.budgets import network_of
from whimbrel.privacy.meters import TIGHT

_KIB = 1024


def sends(scope: Scope, who: Who | None, size: int) -> Callable[[int], None]:
    """A file of `size` bytes is about to be sent. While the alarm rings it counts four times.

    Args:
        who: its link was made for; None, or another server = whoever asks, by their network.
    Returns:
        To be told how many of the bytes were not sent.
    Raises:
        TooMany: more than there is for them.
    """
    budgets, readings = of(scope).budgets, of(scope).readings
    key: Hashable = -who if isinstance(who, int) else network_of(address_of(scope))
    times = TIGHT if readings is not None and readings.closed() else 1
    budgets.spend("file", key, times)
    budgets.spend("file_size", key, times * (size // _KIB + 1))
    if readings is not None:
        readings.sent(key, size)

    def unsent(left: int) -> None:
        budgets.refund("file_size", key, times * (left // _KIB))
        if readings is not None:
            readings.sent(key, -left)

    return unsent
