"""How much is asked of other servers at the word of somebody else: so much of each in a while, and
of one that does not answer much less. Kept by each process; those that share a Redis tell each
other (`sharing`)."""

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

Key = str | int
Tell = Callable[[str, Key, int], None]
V = TypeVar("V")
MOST_HOSTS = 4096  # remembered; whoever names more of them at once is counted anew


class Book(ABC):
    """What processes tell each other of: by a name, with whom or what and how much."""

    def __init__(self) -> None:
        self._name = ""
        self._tell: Tell | None = None  # None = there are no others

    def share(self, name: str, tell: Tell) -> None:
        """From now on others are told."""
        self._name, self._tell = name, tell

    def told(self, key: Key, count: int) -> None:
        """Tell the others."""
        if self._tell is not None:
            self._tell(self._name, key, count)

    @abstractmethod
    def heard(self, key: Key, count: int, now: int) -> None:
        """That was asked, here or by another process."""


class Allowance(Book):
    """Questions by the server that they go to.

    Args:
        most: in a while.
        per: how long that is (ms).
        dear: as many is one that was not answered. One alone proves nothing: strangers choose what
            a server is asked for.
    """

    def __init__(self, most: int, per: int, dear: int) -> None:
        super().__init__()
        self._most, self._per, self._dear = most, per, dear
        self._asked: OrderedDict[Key, tuple[int, int]] = OrderedDict()  # since (ms), how often

    def take(self, origin: str, now: int) -> bool:
        """Whether a server may be asked once more; if so, it counts."""
        if self._now(origin, now)[1] >= self._most:
            return False
        self.heard(origin, 1, now)
        self.told(origin, 1)
        return True

    def failed(self, origin: str, now: int) -> None:
        """A server did not answer."""
        self.heard(origin, self._dear, now)
        self.told(origin, self._dear)

    def heard(self, key: Key, count: int, now: int) -> None:
        """So much more was asked of it, here or by another process."""
        since, before = self._now(key, now)
        _put(self._asked, key, (since, before + count))

    def _now(self, origin: Key, now: int) -> tuple[int, int]:
        since, count = self._asked.get(origin, (now, 0))
        return (since, count) if now - since < self._per else (now, 0)


class Seldom(Book):
    """What is done again only after a while (ms)."""

    def __init__(self, wait: int) -> None:
        super().__init__()
        self._wait = wait
        self._until: OrderedDict[Key, int] = OrderedDict()

    def again(self, key: Key, now: int) -> bool:
        """Whether it is time; if so, the while begins anew."""
        if self.waits(key, now):
            return False
        self.done(key, now)
        return True

    def waits(self, key: Key, now: int) -> bool:
        """Whether it was done a short while ago."""
        return self._until.get(key, 0) > now

    def done(self, key: Key, now: int) -> None:
        """It was done: the while begins."""
        self.heard(key, 1, now)
        self.told(key, 1)

    def heard(self, key: Key, count: int, now: int) -> None:
        """It was done, here or by another process."""
        _put(self._until, key, now + self._wait)


def _put(where: OrderedDict[Key, V], key: Key, value: V) -> None:
    where[key] = value
    where.move_to_end(key)
    while len(where) > MOST_HOSTS:
        where.popitem(last=False)
