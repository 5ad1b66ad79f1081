"""How fast this machine stores objects: a short real run, with the code that stores them.

It writes as copying does: through a `FolderStore`, hashed, made durable, several at a time. What it
finds is of this disk and this minute, and no link was measured."""

import asyncio
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from whimbrel.core.objects import FolderStore, ObjectStore
from whimbrel.core.objects.store import digest_file, key_of

SECONDS = 1.5  # for objects of each size
LANES = 8  # objects on their way at once
_SMALL, _LARGE = 4 << 10, 8 << 20  # bytes of an object
_MOST = 512 << 20  # bytes written by one run
_PART = 8  # of the free room, one of so many


class Measured(NamedTuple):
    """Per second."""

    bytes: float
    objects: float


def _quiet(_key: str) -> None:
    """Nobody has to know."""


async def measure(folder: Path, seconds: float) -> Measured:
    """Store small and large objects in a new folder inside `folder`, and remove it.

    Args:
        seconds: for each of the two.
    Raises:
        Unavailable: the disk does not take them.
    """
    with TemporaryDirectory(prefix="measure-", dir=folder) as name:
        store = FolderStore(Path(name) / "objects")
        return await there(store, folder, seconds)


async def there(
    store: ObjectStore, folder: Path, seconds: float, passing: Callable[[str], None] = _quiet
) -> Measured:
    """The same for another store, in which nothing of it is left either.

    Args:
        folder: where there is room for what is sent.
        passing: told of the key of each object before it is stored.
    """
    small = await _run(store, folder, _SMALL, seconds, passing)
    large = await _run(store, folder, _LARGE, seconds, passing)
    return Measured(bytes=large * _LARGE, objects=small)


async def _run(
    store: ObjectStore, folder: Path, size: int, seconds: float, passing: Callable[[str], None]
) -> float:
    """Objects of `size` bytes per second."""
    most = min(_MOST, shutil.disk_usage(folder).free // _PART)
    with TemporaryDirectory(prefix="measure-", dir=folder) as name:
        room, began, stored = Path(name), time.monotonic(), 0
        keys: list[str] = []

        async def lane(number: int) -> None:
            nonlocal stored
            path = room / str(number)
            path.write_bytes(os.urandom(size))
            while not stored or (stored * size < most and time.monotonic() - began < seconds):
                with path.open("r+b") as file:
                    file.write(os.urandom(16))  # what is there already is not stored again
                digest, _ = await asyncio.to_thread(digest_file, path)
                passing(key_of(digest))
                keys.append((await store.put(path)).key)
                stored += 1

        await asyncio.gather(*map(lane, range(LANES)))
        rate = stored / (time.monotonic() - began)
        await store.delete(keys)
        return rate
