"""Objects in a local folder. A file appears under its name only when the disk has all of it."""

import asyncio
import os
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from ..errors import NotFound, Unavailable
from ..ids import token
from .store import BLOCK, Stored, checked, is_key, key_of


class FolderStore:
    """An `ObjectStore` in `root`, which is made (mode 0700) when absent."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._arriving = root / "arriving"

    async def put(self, path: Path) -> Stored:
        """See `ObjectStore.put`."""
        try:
            return await asyncio.to_thread(self._put, path)
        except OSError as failure:
            raise Unavailable("The media storage cannot take files now.") from failure

    async def open(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes]:
        """See `ObjectStore.open`."""
        path = self.root / checked(key)
        if end is not None and end <= start:
            return
        try:
            file = await asyncio.to_thread(_open_at, path, start)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise NotFound from None  # a stranger's things in the same place are no objects
        except OSError as failure:
            raise Unavailable("The media storage does not answer.") from failure
        try:
            left = None if end is None else end - start
            while left is None or left > 0:
                block = await asyncio.to_thread(
                    file.read, BLOCK if left is None else min(BLOCK, left)
                )
                if not block:
                    return
                if left is not None:
                    left -= len(block)
                yield block
        except OSError as failure:
            raise Unavailable("The media storage does not answer.") from failure
        finally:
            file.close()

    async def delete(self, keys: Sequence[str]) -> None:
        """See `ObjectStore.delete`."""
        paths = [self.root / checked(key) for key in keys]
        try:
            await asyncio.to_thread(_remove, paths)
        except OSError as failure:
            raise Unavailable("The media storage does not answer.") from failure

    async def list(self, prefix: str = "") -> AsyncGenerator[Stored]:
        """See `ObjectStore.list`. One of the 65,536 folders is held in memory at a time."""
        for folder in await asyncio.to_thread(_matching, self.root, prefix[:2]):
            for leaf in await asyncio.to_thread(_matching, folder, prefix[3:5]):
                for stored in await asyncio.to_thread(_files, self.root, leaf):
                    if stored.key.startswith(prefix):
                        yield stored

    async def close(self) -> None:
        """Nothing is held open."""

    def _put(self, path: Path) -> Stored:
        for folder in (self.root, self._arriving):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        arriving = self._arriving / token(128)
        try:
            with path.open("rb") as source:
                fd = os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(fd, "wb") as target:
                    digest, size = _copy(source, target)
            key = key_of(digest)
            place = self.root / key
            if not (place.exists() and place.stat().st_size == size):
                for folder in (place.parent.parent, place.parent):
                    folder.mkdir(mode=0o700, exist_ok=True)
                arriving.rename(place)
            for folder in (place.parent, place.parent.parent, self.root):
                _sync(folder)
            return Stored(key, size)
        finally:
            arriving.unlink(missing_ok=True)


def _copy(source: BinaryIO, target: BinaryIO) -> tuple[str, int]:
    found, size = sha256(), 0
    while block := source.read(BLOCK):
        found.update(block)
        target.write(block)
        size += len(block)
    target.flush()
    os.fsync(target.fileno())
    return found.hexdigest(), size


def _open_at(path: Path, start: int) -> BinaryIO:
    file = path.open("rb", buffering=0)
    try:
        file.seek(start)
    except OSError:
        file.close()
        raise
    return file  # unbuffered: a read is one system call


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
    for folder in {path.parent for path in paths}:
        with suppress(FileNotFoundError):
            _sync(folder)


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _matching(folder: Path, prefix: str) -> list[Path]:
    """Sub-folders of two hexadecimal digits, sorted; none where there is no such folder."""
    try:
        return sorted(
            path
            for path in folder.iterdir()
            if len(path.name) == 2 and path.name.startswith(prefix)
        )
    except (FileNotFoundError, NotADirectoryError):
        return []


def _files(root: Path, leaf: Path) -> list[Stored]:
    return list(_stored(root, leaf))


def _stored(root: Path, leaf: Path) -> Iterator[Stored]:
    try:
        with os.scandir(leaf) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                key = Path(entry.path).relative_to(root).as_posix()
                if is_key(key):
                    with suppress(FileNotFoundError):  # deleted while we look
                        yield Stored(key, entry.stat(follow_symlinks=False).st_size)
    except (FileNotFoundError, NotADirectoryError):
        return
