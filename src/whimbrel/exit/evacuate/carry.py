"""The database on its way: cut into objects that are named by what is in them, so that only what
changed since the last time is sent. Nothing in them can be read without the keyring, except what
the database itself has in the open."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from whimbrel.core.app import App
from whimbrel.core.db import sqlite_path
from whimbrel.core.migrate import newest
from whimbrel.core.objects.store import key_of
from whimbrel.core.sqlite import connect
from whimbrel.core.tx import Tx

from .. import sums
from ..queries import carry as queries
from ..sums import Sum
from .journal import Passing

PART = 1 << 18  # bytes of SQLite's file that are an object
DATABASE = "whimbrel.db"
SETTLES = 3.0  # seconds that readers may hold on to what is older
_LANES = 16

Sent = Callable[[int, int], Awaitable[None]]  # objects and bytes; returns when more may go


class Carrier:
    """Sends the database of `app` to another store.

    Args:
        there: the keys of what is in that store; what is sent is added.
        passing: told of the key of each object before it goes.
        sent: told how much it is.
    """

    def __init__(self, app: App, store: Any, there: set[str], passing: Passing, sent: Sent) -> None:
        self._app, self._store, self._there, self._sent = app, store, there, sent
        self._passing = passing
        self._scratch = app.scratch / "leaving"

    @property
    def _sqlite(self) -> bool:
        return self._app.db.env.engine == "sqlite"

    @property
    def _path(self) -> Path:
        return sqlite_path(self._app.settings.database, self._app.settings.data)

    async def ahead(self) -> dict[str, list[str]]:
        """Send it as it lies there while others write: most of it is still so later. What is sent
        does not go together, and nobody may start from it."""
        if self._sqlite:
            return {DATABASE: await self._file(self._path)}
        return (await self._tables(summed=False))[0]

    async def whole(self, *, still: bool) -> tuple[dict[str, list[str]], dict[str, Sum]]:
        """Send it as of one moment: the objects of each stream, and what is in its tables, which is
        added up meanwhile where nobody can write in between.

        Args:
            still: nobody writes, so that SQLite's file need not be copied first.
        """
        if not self._sqlite and not still:
            return await self._tables(summed=True)
        if not self._sqlite:
            adding = self._app.db.read(sums.sums, slow=True)
            (streams, _), found = await asyncio.gather(self._tables(summed=False), adding)
            return streams, found
        async with self._one_moment(still) as path:
            adding = asyncio.to_thread(self._summed, path)
            keys, found = await asyncio.gather(self._file(path), adding)
        return {DATABASE: keys}, found

    @asynccontextmanager
    async def _one_moment(self, still: bool) -> AsyncIterator[Path]:
        connection = await asyncio.to_thread(connect, self._path) if still else None
        try:
            if connection is not None and await _settled(connection):
                with queries.held(connection):
                    yield self._path
                return
        finally:
            if connection is not None:
                connection.close()
        self._scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self._scratch) as folder:
            copy = Path(folder) / DATABASE
            await asyncio.to_thread(queries.copied, self._path, copy)
            yield copy

    def _summed(self, path: Path) -> dict[str, Sum]:
        connection = connect(path, readonly=True)
        try:
            cursor = connection.cursor()
            cursor.execute("BEGIN")
            return sums.bare(Tx(cursor, self._app.db.env))
        finally:
            connection.close()

    async def _file(self, path: Path) -> list[str]:
        return await self._send(_parts_of(path))

    async def _tables(self, *, summed: bool) -> tuple[dict[str, list[str]], dict[str, Sum]]:
        found: dict[str, Sum] = {}
        streams: dict[str, list[str]] = {}
        opening = queries.postgres(self._app.settings.database)
        connection = await asyncio.to_thread(opening.__enter__)
        try:
            for name in queries.names():
                streams[name] = await self._send(queries.parts(connection, name))
            if summed:
                tx = Tx(connection.cursor(), self._app.db.env)
                found = await asyncio.to_thread(sums.bare, tx)
        finally:
            await asyncio.to_thread(opening.__exit__, None, None, None)
        return streams, found

    async def _send(self, parts: Iterator[bytes]) -> list[str]:
        """Send what is not there yet; the keys of all."""
        keys: list[str] = []
        places = asyncio.Semaphore(_LANES)
        self._scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self._scratch) as folder:

            async def put(part: bytes, key: str, number: int) -> None:
                path = Path(folder) / str(number)
                try:
                    await asyncio.to_thread(path.write_bytes, part)
                    await self._store.put(path)
                    self._there.add(key)
                finally:
                    path.unlink(missing_ok=True)
                    places.release()

            async with asyncio.TaskGroup() as tasks:
                while (part := await asyncio.to_thread(next, parts, None)) is not None:
                    key = key_of(sha256(part).hexdigest())
                    keys.append(key)
                    self._passing.add(key)
                    if key not in self._there:
                        await self._sent(1, len(part))
                        await places.acquire()
                        tasks.create_task(put(part, key, len(keys)))
        return keys


def shape() -> str:
    """The shape that databases of this release have."""
    return newest()


async def _settled(connection: Any) -> bool:
    loop = asyncio.get_running_loop()
    until = loop.time() + SETTLES
    while not await asyncio.to_thread(queries.settle, connection):
        if loop.time() > until:
            return False
        await asyncio.sleep(0.05)
    return True


def _parts_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_SEQUENTIAL)
        while part := file.read(PART):
            yield part
