"""A standby begins: the place is tried, and everything that is here is to go there."""

import asyncio
import os
from contextlib import aclosing
from pathlib import Path
from tempfile import TemporaryDirectory

from whimbrel.core.db import Db
from whimbrel.core.errors import Unavailable
from whimbrel.core.objects import ObjectStore
from whimbrel.core.settings import Settings

from ..queries import standby
from . import litestream, vault
from .place import StandbyPlace

_SLICE = 500  # objects in a transaction


async def begin(db: Db, settings: Settings) -> list[str]:
    """Try the place and put all files on their way; what was done, in lines.

    Raises:
        SettingsError: not all of it is set, or a program is missing.
        Unavailable: the store does not answer, or does not give back what it took.
    """
    place = StandbyPlace.of(settings)
    said = []
    if not place.replica:
        version = await litestream.version()
        said.append(f"Litestream {version} is here.")
        if version != litestream.TESTED:
            said.append(f"Its restarts were tried with {litestream.TESTED}: take that one.")
    store = place.store()
    try:
        await store.make_bucket()
        await _try(store)
        said.append(f"The bucket {place.bucket.name} takes, gives back and removes.")
    finally:
        await store.close()
    vault.again(settings.data)
    after: tuple[int, str] | None = (0, "")
    while after is not None:
        after = await db.write(standby.keep_all, after, _SLICE)
    many = (await db.read(standby.backlog)).many
    said.append(f"{many} files are to be copied. Next: restart the server; whimbrel standby status")
    return said


async def _try(store: ObjectStore) -> None:
    """Store something, read it back and a piece of it, as people's browsers do; remove it."""
    content = os.urandom(1000)
    with TemporaryDirectory(prefix="whimbrel-") as folder:
        path = Path(folder) / "try"
        await asyncio.to_thread(path.write_bytes, content)
        stored = await store.put(path)
    try:
        for start, end in ((0, None), (400, 600)):
            async with aclosing(store.open(stored.key, start, end)) as blocks:
                held = b"".join([block async for block in blocks])
            if held != content[start:end]:
                raise Unavailable("The bucket does not give back what it took.")
    finally:
        await store.delete([stored.key])
