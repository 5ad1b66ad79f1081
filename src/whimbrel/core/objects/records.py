"""Small records in a third place, a folder or a bucket, one of which can be written by one alone.

What makes it so is a PUT that is refused where something of that name lies already. Not every
store that answers 200 has heard of it, so it is tried first: one that lies is not used."""

import asyncio
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from ..errors import Unavailable, WhimbrelError
from ..keyring import sync_folder
from ..settings import SettingsError
from . import bucket_of, open_bucket

if TYPE_CHECKING:
    from .s3 import S3Store

T = TypeVar("T")

MOST = 1 << 20  # bytes of a record


class Lies(WhimbrelError):
    """This store writes over what it was told to leave alone: two nodes could both be first."""

    status, code = 502, "store_lies"


class Records(Protocol):
    """A folder or a bucket."""

    async def read(self, name: str) -> bytes | None:
        """The record of this name; None: there is none. Raises Unavailable."""

    async def write(self, name: str, content: bytes) -> None:
        """Put a record, whatever was there. Raises Unavailable."""

    async def create(self, name: str, content: bytes) -> bool:
        """Put a record where there is none; False: somebody was first. Raises Unavailable."""

    async def remove(self, name: str) -> None:
        """Remove a record. Raises Unavailable."""

    async def close(self) -> None:
        """Let connections go."""


class FolderRecords:
    """In a folder, which may be one of another machine (NFS 4): links are made once there too."""

    def __init__(self, root: Path) -> None:
        self.root = root

    async def read(self, name: str) -> bytes | None:
        """See `Records.read`."""
        return await self._do(self._read, name)

    async def write(self, name: str, content: bytes) -> None:
        """See `Records.write`."""
        await self._do(self._put, name, content, False)

    async def create(self, name: str, content: bytes) -> bool:
        """See `Records.create`."""
        return await self._do(self._put, name, content, True)

    async def remove(self, name: str) -> None:
        """See `Records.remove`."""
        await self._do(lambda: (self.root / name).unlink(missing_ok=True))

    async def close(self) -> None:
        """Nothing is held open."""

    async def _do(self, work: Callable[..., T], *args: object) -> T:
        try:
            return await asyncio.to_thread(work, *args)
        except OSError as failure:
            raise Unavailable(f"{self.root}: {failure.strerror or failure}.") from failure

    def _read(self, name: str) -> bytes | None:
        try:
            with (self.root / name).open("rb") as file:
                found = file.read(MOST + 1)
        except FileNotFoundError:
            if not self.root.is_dir():  # not mounted, which is not the same as empty
                raise
            return None
        if len(found) > MOST:
            raise Unavailable(f"{name} is too large for a record.")
        return found

    def _put(self, name: str, content: bytes, fresh: bool) -> bool:
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        new = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            with new.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if fresh:
                os.link(new, path)
            else:
                new.replace(path)
            sync_folder(path.parent)
        except FileExistsError:
            return False
        finally:
            new.unlink(missing_ok=True)
        return True


class BucketRecords:
    """In a bucket, below `prefix`."""

    def __init__(self, store: "S3Store", prefix: str = "witness/") -> None:
        self._store, self._prefix = store, prefix

    async def read(self, name: str) -> bytes | None:
        """See `Records.read`."""
        return await self._store.read(self._prefix + name, MOST)

    async def write(self, name: str, content: bytes) -> None:
        """See `Records.write`."""
        await self._store.write(self._prefix + name, content)

    async def create(self, name: str, content: bytes) -> bool:
        """See `Records.create`."""
        return await self._store.write(self._prefix + name, content, fresh=True)

    async def remove(self, name: str) -> None:
        """See `Records.remove`."""
        await self._store.remove(self._prefix + name)

    async def close(self) -> None:
        """See `Records.close`."""
        await self._store.close()


def open_records(url: str, key: str = "", secret: str = "", setting: str = "witness") -> Records:
    """What the setting names: `s3://BUCKET?endpoint=URL&region=NAME`, or a folder.

    Raises:
        SettingsError: neither of the two, or no keys for it.
    """
    if url.startswith("s3://"):
        return BucketRecords(open_bucket(bucket_of(url, setting), key, secret, setting))
    path = Path(url)
    if not path.is_absolute() or not path.is_dir():
        raise SettingsError(f"{setting}: {url} is no folder. It has to be there, by its full path.")
    return FolderRecords(path)


async def probe(records: Records) -> None:
    """See whether two could be first.

    Raises:
        Lies: they could.
        Unavailable: it does not answer.
    """
    name = f"probe-{secrets.token_hex(8)}"
    if not await records.create(name, b"first"):
        raise Lies("This store refuses what is new: it cannot be a witness.")
    if await records.create(name, b"second") or await records.read(name) != b"first":
        raise Lies
    await records.remove(name)
