"""Pages that everybody sees alike, kept as bytes by the revisions of all that is on them.

Whoever asks has read those revisions a moment before, so the page of something erased, hidden or
changed is never reached: its key is gone."""

from collections import OrderedDict
from typing import Any, NamedTuple

MOST = 32 << 20  # bytes of pages
_ENTRY = 1000  # bytes that an entry takes beside its page, about


class Kept(NamedTuple):
    """A page, and whose it is."""

    acct: str
    body: bytes


class Shelf:
    """Bounded; what was not asked for longest goes first. For the event loop's thread only."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._bytes = most, 0
        self._pages: OrderedDict[Any, Kept] = OrderedDict()

    def get(self, key: Any) -> Kept | None:
        """The page of exactly these revisions."""
        found = self._pages.get(key)
        if found is not None:
            self._pages.move_to_end(key)
        return found

    def put(self, key: Any, page: Kept) -> None:
        """Keep it."""
        if key not in self._pages:
            self._pages[key] = page
            self._bytes += len(page.body) + _ENTRY
        while self._bytes > self._most:
            _, gone = self._pages.popitem(last=False)
            self._bytes -= len(gone.body) + _ENTRY
