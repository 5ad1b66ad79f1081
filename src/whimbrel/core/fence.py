"""Whether this node may write. Of two nodes of one server at most one may, at any time.

It is asked before each write and once more after it, so that nothing is acknowledged that came too
late: a look at two things in memory, never at a disk or the network. Who sets it is `exit`."""

import time
from math import inf

from .errors import Unavailable

SOON = 30  # seconds after which whoever is refused may ask again


class Closed(Unavailable):
    """This server does not take anything new at the moment. Try again soon; nothing was changed."""

    status, code = 503, "read_only"


def clock() -> float:
    """Seconds, which go on while the machine sleeps or is stopped: a lease ends all the same."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Fence:
    """Of one database of one process. It is open until somebody says otherwise."""

    __slots__ = ("until", "why")

    def __init__(self) -> None:
        self.why = ""  # it is closed, and what the operator is told of that
        self.until = inf  # by `clock`: when a lease ends that was not renewed

    @property
    def closed(self) -> bool:
        """Nothing may be written."""
        return bool(self.why) or (self.until is not inf and clock() >= self.until)

    def check(self) -> None:
        """Raises Closed."""
        if self.closed:
            raise Closed(retry_after=SOON)
