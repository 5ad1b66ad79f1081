"""What was made and may be wanted again, by what it was made of, in a bounded part of memory."""

import threading
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

Key = tuple[Any, ...]
T = TypeVar("T")

_ENTRY = 600  # bytes an entry takes beside what is kept


class Cache(Generic[T]):
    """Things by key, in two generations: what is not asked for while one fills up is dropped.

    Reading takes no lock, for a dict is safe to read while another thread writes."""

    def __init__(self, most: int, size: Callable[[T], int]) -> None:
        """Args: `most` bytes are kept; `size` of a thing, in bytes."""
        self._size = size
        self._half = most // 2
        self._lock = threading.Lock()
        self._young: dict[Key, T] = {}
        self._old: dict[Key, T] = {}
        self._bytes = 0

    def all(self, keys: Iterable[Key]) -> list[T | None]:
        """What was kept for each of these lately: quicker than `get`, and may miss what that finds.

        For whole pages; who misses something then asks `get`."""
        return list(map(self._young.get, keys))

    def get(self, key: Key) -> T | None:
        """What was kept for this revision, if it is still here."""
        found = self._young.get(key)
        if found is None and self._old:
            found = self._old.get(key)
            if found is not None:
                self.put(key, found)
        return found

    def put(self, key: Key, value: T) -> None:
        """Keep this, in place of what was kept by this key."""
        size = _ENTRY + self._size(value)
        with self._lock:
            before = self._young.pop(key, None)
            if before is not None:
                self._bytes -= _ENTRY + self._size(before)
            if self._bytes + size > self._half:
                self._old, self._young, self._bytes = self._young, {}, 0
            self._young[key] = value
            self._bytes += size
