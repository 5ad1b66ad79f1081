"""How much of what strangers wrote is read, in numbers: meters that run empty by themselves.

A stranger is an author whom the reader does not follow. Everything follows from one number, the
posts of strangers that an account may read in a day (`strangers_posts`)."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Literal

from .budgets import DAY, HOUR, MINUTE, MOST_KEYS, Limit

# token, account: of somebody signed in; day: the same account, over a day. network: everybody in a
# /24 or /48; visitor: those of them who are not signed in; visitors: all of these together, who are
# charged for a post once between them. server: another one, of its outboxes. all: everybody; nobody
# is refused for that, it rings the alarm. bytes, all_bytes: the same in bytes of answers. files: of
# pictures, films and sounds, by everybody.
Kind = Literal[
    "token",
    "account",
    "day",
    "network",
    "server",
    "visitor",
    "visitors",
    "all",
    "bytes",
    "all_bytes",
    "files",
]
Key = tuple[Kind, Hashable]

TIGHT, HELD = 4, 8  # a part of it is left while the alarm rings; for who was in it
LEAST = 40  # at once, whatever happens: a page
EACH = 20  # posts in half an hour that everybody who reads adds to `all`
_MB = 1 << 20
EACH_FILES = 256 * _MB  # in an hour, that everybody who looks at some adds to `files`


def limits(day: int) -> dict[Kind, Limit]:
    """What may be read at once, and again spread evenly over the seconds.

    Args:
        day: posts of strangers that an account may read in a day.
    """
    return {
        "token": Limit(day // 5, 20 * MINUTE),
        "account": Limit(day // 4, 20 * MINUTE),
        "day": Limit(day, DAY),
        "network": Limit(2 * day, 20 * MINUTE),
        "server": Limit(day // 2, 20 * MINUTE),
        "visitor": Limit(day // 12, 20 * MINUTE),
        "visitors": Limit(day * 5 // 8, 30 * MINUTE),
        "all": Limit(day, 30 * MINUTE),
        "bytes": Limit(100 * _MB, 20 * MINUTE),
        "all_bytes": Limit(4096 * _MB, HOUR),
        "files": Limit(32_768 * _MB, HOUR),
    }


class Meters:
    """How full each meter is. For the event loop's thread only."""

    def __init__(self, day: int, part: Callable[[Key], int]) -> None:
        """
        Args:
            day: as for `limits`.
            part: 4 for a key of which a quarter is left just now: of what fits into it at once,
                and of what runs out of it in a second.
        """
        self._limits, self._part = limits(day), part
        self._full: dict[Kind, OrderedDict[Hashable, tuple[float, float]]] = {
            kind: OrderedDict() for kind in self._limits
        }

    def charge(self, keys: Iterable[Key], count: int, now: float) -> None:
        """Add to each; a refund where `count` is below zero."""
        for key in keys:
            kind, who = key
            meters = self._full[kind]
            meters[who] = max(0.0, self.level(key, now) + count), now
            meters.move_to_end(who)
            if len(meters) > MOST_KEYS:
                meters.popitem(last=False)

    def level(self, key: Key, now: float) -> float:
        """How much is in it."""
        kind, who = key
        level, since = self._full[kind].get(who, (0.0, now))
        most, seconds = self._limits[kind]
        return max(0.0, level - max(0.0, now - since) * most / seconds / self._part(key))

    def wait(self, key: Key, now: float, more: int = 0, extra: int = 0) -> int:
        """Seconds until `more` fits into it, 0 where it does. Args: `extra` room there is."""
        most, seconds = self._limits[key[0]]
        part = self._part(key)
        over = self.level(key, now) + more - max(LEAST, most // part) - extra
        return 0 if over <= 0 else int(over * seconds * part / most) + 1

    def empty(self, key: Key) -> None:
        """There is nothing in it any more."""
        self._full[key[0]].pop(key[1], None)

    def forget(self, *kinds: Kind) -> None:
        """Empty all meters of these kinds."""
        for kind in kinds:
            self._full[kind].clear()
