"""What is left at the host that was left: first the keys, then everything else."""

import asyncio
import os
import shutil
from pathlib import Path

from whimbrel.core.app import App
from whimbrel.core.db import sqlite_path

from . import keys

_KEPT = frozenset(("exit", "whimbrel.toml", "server.log"))  # why this node does not write any more
_BLOCK = 1 << 20


async def wipe(app: App) -> str:
    """Overwrite the keyring in place, then remove database, files and all else. Done once more, it
    does what is missing."""
    data = app.settings.data
    await asyncio.to_thread(overwrite, data / keys.NAME)
    gone = 0
    found = [stored.key async for stored in app.store.list()]
    for first in range(0, len(found), 1000):
        await app.store.delete(found[first : first + 1000])
        gone += len(found[first : first + 1000])
    said = f"The keyring is overwritten; {gone} objects are gone."
    if app.db.env.engine == "postgresql":
        said += " Drop the database in PostgreSQL by hand: without the keyring it is noise."
    await asyncio.to_thread(
        _remove,
        data,
        sqlite_path(app.settings.database, data) if app.db.env.engine == "sqlite" else None,
    )
    return said


def overwrite(path: Path) -> None:
    """Zeros in the place of every slot, on the disk when this returns. No file: no error."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    try:
        size, at = os.fstat(fd).st_size, 0
        while at < size:
            at += os.pwrite(fd, bytes(min(_BLOCK, size - at)), at)
        os.fdatasync(fd)
    finally:
        os.close(fd)


def _remove(data: Path, database: Path | None) -> None:
    for path in data.iterdir():
        if path.name in _KEPT:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    if database is not None:
        for suffix in ("", "-wal", "-shm"):
            database.with_name(database.name + suffix).unlink(missing_ok=True)
