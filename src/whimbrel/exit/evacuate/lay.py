"""The other side of `carry`: the database out of the objects that a manifest names."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import aclosing
from hashlib import sha256
from pathlib import Path

import msgspec

from whimbrel.core.db import sqlite_path
from whimbrel.core.errors import Conflict, Unavailable
from whimbrel.core.keyring import Keyring, sync_folder
from whimbrel.core.objects import ObjectStore
from whimbrel.core.objects.store import key_of
from whimbrel.core.settings import Settings

from ..bag import put
from ..queries import carry as queries
from ..witness import Forged, Signer
from .carry import DATABASE, PART, shape
from .orders import Manifest

ARRIVING = "arriving.db"  # SQLite's file until it is whole
_MANIFEST = "manifest"
_MOST = 256 << 20  # bytes of a manifest
_LANES = 16


async def write_manifest(
    store: ObjectStore,
    keyring: Keyring,
    manifest: Manifest,
    scratch: Path,
    passing: Callable[[str], None],
) -> str:
    """Store a signed manifest; its key, of which `passing` is told before."""
    said = msgspec.json.encode(manifest)
    content = Signer(keyring).sign(_MANIFEST, msgspec.Raw(said))
    path = scratch / _MANIFEST
    await asyncio.to_thread(scratch.mkdir, 0o700, True, True)
    await asyncio.to_thread(put, path, content)
    passing(key_of(sha256(content).hexdigest()))
    try:
        return (await store.put(path)).key
    finally:
        path.unlink()


async def read_manifest(store: ObjectStore, keyring: Keyring, key: str) -> Manifest:
    """The reverse.

    Raises:
        Forged: this server did not sign it.
        NotFound, Unavailable: the store does not have it, or does not answer.
    """
    return Signer(keyring).read(_MANIFEST, await _object(store, key, _MOST), Manifest)


async def lay(settings: Settings, store: ObjectStore, manifest: Manifest) -> int:
    """Make the database what the manifest says, as far as it can be: of SQLite only what is
    different from what lies there is fetched. Cut short, the same call makes it whole.

    Returns:
        How many objects were fetched.
    Raises:
        Conflict: it is of another engine or another release.
        NotFound, Unavailable: an object is not there, or not what its name says.
    """
    sqlite = not settings.database_url.startswith("postgresql:")
    if manifest.engine != ("sqlite" if sqlite else "postgresql"):
        raise Conflict(f"The database there is {manifest.engine}: `database` has to be one here.")
    if manifest.revision != shape():
        raise Conflict("The release there is another one: install the same here.")
    if sqlite:
        keys = manifest.streams[DATABASE]
        return await _file(settings.data, store, keys)
    if not manifest.still:
        return 0  # the whole is filled in at once
    return await _tables(settings, store, manifest)


def settle(settings: Settings) -> None:
    """What arrived is the database from now on. SQLite: under its name; done already: no error."""
    if settings.database_url.startswith("postgresql:"):
        return
    arriving = settings.data / ARRIVING
    path = sqlite_path(settings.database, settings.data)
    if arriving.exists():
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        arriving.replace(path)
        sync_folder(path.parent)


def unsettle(settings: Settings) -> None:
    """It was a rehearsal: what arrived waits for what is new."""
    if settings.database_url.startswith("postgresql:"):
        return
    path = sqlite_path(settings.database, settings.data)
    if path.exists():
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        path.replace(settings.data / ARRIVING)


async def lay_vault(data: Path, store: ObjectStore, manifest: Manifest) -> None:
    """Evidence, file by file, in the places it has."""
    for place, key in manifest.vault.items():
        path = data / "vault" / place
        if ".." in Path(place).parts or Path(place).is_absolute():
            raise Forged(f"{place} is no place in the vault.")
        if not path.exists():
            content = await _object(store, key, 1 << 34)
            await asyncio.to_thread(path.parent.mkdir, 0o700, True, True)
            await asyncio.to_thread(put, path, content)


async def _file(data: Path, store: ObjectStore, keys: list[str]) -> int:
    path = data / ARRIVING
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    places, fetched = asyncio.Semaphore(_LANES), 0

    async def fetch(at: int, key: str) -> None:
        try:
            part = await _object(store, key, PART)
            await asyncio.to_thread(os.pwrite, fd, part, at * PART)
        finally:
            places.release()

    try:
        here = await asyncio.to_thread(lambda: list(_keys_in(fd)))
        async with asyncio.TaskGroup() as tasks:
            for at, key in enumerate(keys):
                if at >= len(here) or here[at] != key:
                    await places.acquire()
                    tasks.create_task(fetch(at, key))
                    fetched += 1
        if keys:
            last = len(await _object(store, keys[-1], PART))
            os.ftruncate(fd, (len(keys) - 1) * PART + last)
        await asyncio.to_thread(os.fsync, fd)
    finally:
        os.close(fd)
    return fetched


def _keys_in(fd: int) -> Iterator[str]:
    at = 0
    while part := os.pread(fd, PART, at):
        yield key_of(sha256(part).hexdigest())
        at += len(part)


async def _tables(settings: Settings, store: ObjectStore, manifest: Manifest) -> int:
    fetched = 0
    opening = queries.postgres(settings.database)
    connection = await asyncio.to_thread(opening.__enter__)
    try:
        await asyncio.to_thread(queries.empty, connection)
        for name in queries.names():
            with queries.filling(connection, name) as copy:
                for key in manifest.streams[name]:
                    part = await _object(store, key, queries.PART)
                    await asyncio.to_thread(copy.write, part)
                    fetched += 1
        await asyncio.to_thread(queries.go_on_counting, connection)
    except BaseException as error:
        await asyncio.to_thread(opening.__exit__, type(error), error, error.__traceback__)
        raise
    await asyncio.to_thread(opening.__exit__, None, None, None)
    return fetched


async def _object(store: ObjectStore, key: str, most: int) -> bytes:
    """What lies under this name, which is its hash. Raises NotFound, Unavailable."""
    found = bytearray()
    async with aclosing(store.open(key)) as blocks:
        async for block in blocks:
            found += block
            if len(found) > most:
                raise Unavailable(f"The object {key} is larger than it can be.")
    if key_of(sha256(found).hexdigest()) != key:
        raise Unavailable(f"The object {key} is not what its name says.")
    return bytes(found)
