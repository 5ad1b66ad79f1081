"""How much is asked of other servers at the word of somebody else: so much of each in a while, and
of one that does not answer much less. Kept by each process."""

from collections import OrderedDict
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")
MOST_HOSTS = 4096  # remembered; whoever names more of them at once is counted anew


class Allowance:
    """Questions by the server that they go to.

    Args:
        most: in a while.
        per: how long that is (ms).
        dear: as many is one that was not answered. One alone proves nothing: strangers choose what
            a server is asked for.
    """

    def __init__(self, most: int, per: int, dear: int) -> None:
        self._most, self._per, self._dear = most, per, dear
        self._asked: OrderedDict[str, tuple[int, int]] = OrderedDict()  # since (ms), how often

    def take(self, origin: str, now: int) -> bool:
        """Whether a server may be asked once more; if so, it counts."""
        since, count = self._now(origin, now)
        if count >= self._most:
            return False
        _put(self._asked, origin, (since, count + 1))
        return True

    def failed(self, origin: str, now: int) -> None:
        """A server did not answer."""
        since, count = self._now(origin, now)
        _put(self._asked, origin, (since, count + self._dear))

    def _now(self, origin: str, now: int) -> tuple[int, int]:
        since, count = self._asked.get(origin, (now, 0))
        return (since, count) if now - since < self._per else (now, 0)


class Seldom:
    """What is done again only after a while (ms)."""

    def __init__(self, wait: int) -> None:
        self._wait = wait
        self._until: OrderedDict[int, int] = OrderedDict()

    def again(self, key: int, now: int) -> bool:
        """Whether it is time; if so, the while begins anew."""
        if self._until.get(key, 0) > now:
            return False
        _put(self._until, key, now + self._wait)
        return True


def _put(where: OrderedDict[K, V], key: K, value: V) -> None:
    where[key] = value
    where.move_to_end(key)
    while len(where) > MOST_HOSTS:
        where.popitem(last=False)
