"""The search index as a file of its own, with SQLite's FTS5.

It has a thread to itself: a search is bounded by its LIMIT, but not by a key. Yet while the index
is so small that the way to the thread and back takes longer than most answers, they are looked up
at once, through a connection that only reads."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from ..sqlite import connect

T = TypeVar("T")

_END = (1 << 63) - 1
_AT_ONCE = 100_000  # entries, of all that is asked for, that a millisecond or two is enough for

_MAKE = "CREATE VIRTUAL TABLE IF NOT EXISTS found USING fts5(tokens, detail=none)"
_SET = "INSERT INTO found (found, rank) VALUES (?, ?)"
# Newest first, a page of the index is read from its end, which means decoding all of it: small
# pages, and few segments of them, answer in half the time.
_SETTINGS = (("secure-delete", 1), ("pgsz", 1000), ("automerge", 2))
_DROP = "DROP TABLE IF EXISTS found"
_DELETE = "DELETE FROM found WHERE rowid = ?"
_INSERT = "INSERT INTO found (rowid, tokens) VALUES (?, ?)"
_TIDY = "INSERT INTO found (found) VALUES ('optimize')"
_LOOSE = 20  # posts are put together with the rest once they are this many, or a 20th of it
_OFTEN = 60.0  # seconds until they are counted again: another process may fill the index
_COUNT = "SELECT count(*) FROM found_docsize"
_FIND = "SELECT rowid FROM found(?) WHERE rowid > ? AND rowid < ? ORDER BY rowid DESC LIMIT ?"


class SqliteIndex:
    """See `SearchIndex`."""

    def __init__(self, path: Path) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="whimbrel-search")
        self._db: Any = self._thread.submit(_open, path).result()
        self._reader = connect(path, readonly=True)
        self._posts = _counted(self._reader)
        self._count_at = time.monotonic() + _OFTEN
        self._loose = self._posts
        self._thread.submit(self._tidy)

    async def put(self, posts: Mapping[int, Collection[str]]) -> None:
        """See `SearchIndex.put`."""
        await self._do(self._put, [(number, " ".join(posts[number])) for number in posts])

    async def forget(self, numbers: Sequence[int]) -> None:
        """See `SearchIndex.forget`."""
        await self._do(self._forget, list(numbers))

    async def find(
        self,
        all_of: Collection[str],
        any_of: Collection[str] = (),
        none_of: Collection[str] = (),
        *,
        above: int = 0,
        below: int | None = None,
        most: int = 40,
    ) -> list[int]:
        """See `SearchIndex.find`."""
        groups = [*all_of, *([f"({' OR '.join(any_of)})"] if any_of else [])]
        if not groups:
            return []
        asked = " AND ".join(groups)
        if none_of:
            asked = f"({asked}) NOT ({' OR '.join(none_of)})"
        values = asked, above, _END if below is None else below, most
        if self._posts * (len(all_of) + len(any_of) + len(none_of)) <= _AT_ONCE:
            return _find(self._reader, values)
        return await self._do(_find, self._db, values)

    async def clear(self) -> None:
        """See `SearchIndex.clear`."""
        await self._do(self._clear)

    def close(self) -> None:
        """See `SearchIndex.close`."""
        self._reader.close()
        self._thread.submit(self._db.close).result()
        self._thread.shutdown()

    async def _do(self, fn: Callable[..., T], *args: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, fn, *args)

    def _put(self, rows: list[tuple[int, str]]) -> None:
        with _write(self._db):
            self._db.executemany(_DELETE, [row[:1] for row in rows])
            self._db.executemany(_INSERT, rows)
        before, now = self._posts, time.monotonic()
        self._posts += len(rows)  # or less: what was there counts again
        if before <= _AT_ONCE < self._posts or now > self._count_at:
            self._posts, self._count_at = _counted(self._db), now + _OFTEN
        self._loose += len(rows)
        self._tidy()

    def _tidy(self) -> None:
        """Make one segment of many, which answers in half the time: a millisecond for each 600
        posts. A large index is left to merge by itself."""
        if max(_LOOSE, self._posts // _LOOSE) <= self._loose and self._posts <= _AT_ONCE:
            with _write(self._db):
                self._db.execute(_TIDY)
            self._loose = 0

    def _forget(self, numbers: list[int]) -> None:
        with _write(self._db):
            self._db.executemany(_DELETE, [(number,) for number in numbers])
        # What was deleted still stands in the log until that is emptied.
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _clear(self) -> None:
        with _write(self._db):
            self._db.execute(_DROP)
            _make(self._db)
        self._posts = 0
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _counted(database: Any) -> int:
    posts: int = database.execute(_COUNT).fetchone()[0]
    return posts


def _find(database: Any, values: tuple[str, int, int, int]) -> list[int]:
    return [row[0] for row in database.execute(_FIND, values)]


def _open(path: Path) -> Any:
    database = connect(path)
    database.execute("PRAGMA synchronous=NORMAL")  # it can be made anew
    _make(database)
    return database


def _make(database: Any) -> None:
    database.execute(_MAKE)
    database.executemany(_SET, _SETTINGS)


class _write:  # noqa: N801 (reads as a verb: `with _write(db):`)
    """A transaction on a connection in autocommit mode."""

    def __init__(self, database: Any) -> None:
        self._db = database

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, _error: object, _trace: object) -> None:
        self._db.execute("COMMIT" if kind is None else "ROLLBACK")
