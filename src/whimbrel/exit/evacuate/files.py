"""Copying files to the other store, in the order in which they are missed most."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from whimbrel.core.app import App
from whimbrel.core.errors import NotFound, Unavailable
from whimbrel.core.objects import FolderStore, ObjectStore
from whimbrel.core.sealed import sealed_size

from ..count import RECENT
from ..plan import Amount
from ..queries import carry as queries
from .orders import Left
from .progress import Progress

LANES = 8
_PAGE = 500


class Copier:
    """Of one run.

    Args:
        there: keys of what lies in the other store; what is copied is added.
    """

    def __init__(self, app: App, store: ObjectStore, there: set[str], progress: Progress) -> None:
        self._app, self._store, self.there, self._progress = app, store, there, progress
        now = int(app.db.env.clock().timestamp() * 1000)
        self._recent = now - int(RECENT.total_seconds() * 1000)

    async def missing(self) -> Amount:
        """What is not there yet, sealed. Goes through all rows of files."""
        objects = octets = 0
        for rank in range(len(queries.ORDER)):
            async for page in self._pages(rank, 0):
                sizes = [sealed_size(each.size) for each in page if each.object not in self.there]
                objects, octets = objects + len(sizes), octets + sum(sizes)
        return Amount(objects, octets)

    async def _pages(self, rank: int, since: int) -> AsyncIterator[list[queries.File]]:
        last: queries.File | None = None
        while page := await self._app.db.read(
            queries.leaving, rank, self._recent, since, last, _PAGE, slow=True
        ):
            yield page
            last = page[-1]

    async def copy(self, *, since: int = 0, until: float | None = None) -> list[Left]:
        """Copy what is not there yet, class by class, newest first.

        Args:
            since: only of uploads from then (ms) on.
            until: when to stop, by `time.time`; None = when all is there.
        Returns:
            What there was no time for.
        Raises:
            Unavailable: a store does not answer. What was deleted meanwhile is passed over.
        """
        left: list[Left] = []
        for rank in range(len(queries.ORDER)):
            async for page in self._pages(rank, since):
                left += await self._page(page, until)
        return left

    async def fetch(self, left: tuple[Left, ...]) -> list[Left]:
        """Copy what was left behind; what is still left."""
        files = [queries.File(0, "", each.object, each.size) for each in left]
        return await self._page(files, None)

    async def _page(self, page: list[queries.File], until: float | None) -> list[Left]:
        missing = [each for each in page if each.object not in self.there]
        places = asyncio.Semaphore(LANES)
        left: list[Left] = []
        scratch = self._app.scratch / "leaving"
        await asyncio.to_thread(scratch.mkdir, 0o700, True, True)
        with TemporaryDirectory(dir=scratch) as folder:

            async def one(file: queries.File) -> None:
                try:
                    await self._one(file, Path(folder))
                finally:
                    places.release()

            async with asyncio.TaskGroup() as tasks:
                for file in missing:
                    if until is not None and time.time() >= until:
                        left.append(Left(file.object, file.size))
                        continue
                    await self._progress.goes(1, sealed_size(file.size))
                    await places.acquire()
                    tasks.create_task(one(file))
        return left

    async def _one(self, file: queries.File, folder: Path) -> None:
        source: Any = self._app.store
        try:
            if isinstance(source, FolderStore):
                stored = await self._store.put(source.root / file.object)
            else:
                stored = await self._store.put(await _fetched(source, file.object, folder))
        except (NotFound, Unavailable) as error:
            if isinstance(error, Unavailable) and not isinstance(
                error.__cause__, FileNotFoundError
            ):
                raise
            return  # deleted meanwhile; the proof finds what should be there and is not
        if stored.key == file.object:
            self.there.add(file.object)
        self._progress.did(1, sealed_size(file.size))


async def _fetched(source: ObjectStore, key: str, folder: Path) -> Path:
    path = folder / sha256(key.encode()).hexdigest()
    with path.open("wb") as out:
        async with aclosing(source.open(key)) as blocks:
            async for block in blocks:
                await asyncio.to_thread(out.write, block)
    return path
