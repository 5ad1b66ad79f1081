"""What was made and may be wanted again, by what it was made of, in a bounded part of memory."""

import threading
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar
from weakref import WeakSet

Key = tuple[Any, ...]
T = TypeVar("T")

_ENTRY = 600  # bytes an entry takes beside what is kept
_FEW = 20  # ids that bytes are looked through for; of more at once all is dropped


class Gone:
    """Posts and people that were erased, as keys and kept bytes name them."""

    def __init__(self, ids: Iterable[int]) -> None:
        self.ids = frozenset(ids)
        self._digits = [b"%d" % id_ for id_ in self.ids]

    def in_key(self, key: Key) -> bool:
        """Whether a key names one."""
        return not self.ids.isdisjoint(key)

    def in_bytes(self, *kept: bytes) -> bool:
        """Whether bytes may name one."""
        if len(self._digits) > _FEW:
            return True
        return any(each in part for part in kept for each in self._digits)


class Cache(Generic[T]):
    """Things by key, in two generations: what is not asked for while one fills up is dropped.

    Reading takes no lock, for a dict is safe to read while another thread writes."""

    def __init__(
        self,
        most: int,
        size: Callable[[T], int],
        about: Callable[[Key, T, Gone], bool] | None = None,
    ) -> None:
        """
        Args:
            most: bytes are kept.
            size: of a thing, in bytes.
            about: whether it tells of something erased, and goes with it; None: words of people
                are in none.
        """
        self._size = size
        self._about = about
        self._half = most // 2
        self._lock = threading.Lock()
        self._young: dict[Key, T] = {}
        self._old: dict[Key, T] = {}
        self._bytes = 0
        if about is not None:
            _telling.add(self)

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

    def forget(self, gone: Gone) -> None:
        """Let go of what tells of something erased."""
        about = self._about
        if about is None:
            return
        with self._lock:
            for generation in (self._young, self._old):
                for key in [key for key, kept in generation.items() if about(key, kept, gone)]:
                    kept = generation.pop(key)
                    if generation is self._young:
                        self._bytes -= _ENTRY + self._size(kept)

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._young, self._old, self._bytes = {}, {}, 0


_telling: "WeakSet[Cache[Any]]" = WeakSet()
_others: list[Callable[[Gone | None], None]] = []


def also(forgets: Callable[[Gone | None], None]) -> None:
    """`forgets` keeps words of people otherwise than in a `Cache`: `forget` calls it, too."""
    _others.append(forgets)


def forget(gone: Gone | None) -> None:
    """Let go of what is kept of something erased, in every cache of this process; None: of all
    that tells of people, for it is not known what was erased."""
    for cache in list(_telling):
        if gone is None:
            cache.clear()
        else:
            cache.forget(gone)
    for forgets in _others:
        forgets(gone)
