"""What stands on top of home: announcements that the reader has not put away.

Mostly there are none, and a home need not ask for them each time."""

from functools import lru_cache

from whimbrel.accounts.rules import Viewer
from whimbrel.core.keyring import Keyring
from whimbrel.core.tx import Tx

from . import announcements
from .announcements import Shown
from .queries import announcements as queries

ASK_AGAIN = 10_000  # ms


class _Known:
    """Whether there was any for anybody, and when that was asked (ms)."""

    __slots__ = ("any", "at")

    def __init__(self) -> None:
        self.any, self.at = False, -ASK_AGAIN


@lru_cache(maxsize=4)
def _known(_: Keyring) -> _Known:
    """Of the server with this keyring: there is one in a process, but for tests."""
    return _Known()


def to_read(tx: Tx, viewer: Viewer) -> list[Shown]:
    """What the viewer has to read. A new one may come some seconds late."""
    known = _known(tx.keyring)
    if abs(tx.ms - known.at) >= ASK_AGAIN:
        known.any, known.at = bool(queries.current(tx)), tx.ms
    return announcements.current(tx, viewer) if known.any else []
