"""The standby beside a running server: everything that keeps it up to date."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from whimbrel.core.app import App
from whimbrel.core.db import sqlite_path
from whimbrel.core.elsewhere import Remote

from ..guard import LOOKS, MOVED
from .canary import Bucket, Canary, Far
from .copying import Copier
from .litestream import program
from .place import StandbyPlace
from .running import Litestream
from .vault import Vault

if TYPE_CHECKING:
    from whimbrel.core.objects.s3 import S3Store

REACH = 5  # seconds until the standby counts as away


@dataclass(slots=True)
class Standby:
    """Of one process."""

    place: StandbyPlace
    copier: Copier
    canary: Canary
    litestream: Litestream | None  # None: the database is PostgreSQL
    remote: Remote | None  # None: what is acknowledged need not be there


@asynccontextmanager
async def keep(app: App) -> AsyncIterator[None]:
    """The standby is kept up to date for as long as the block lasts; `app.standby` is what does it.

    Raises:
        SettingsError: not all of it is set, or a program is missing.
    """
    if not app.settings.standby:
        yield
        return
    place = StandbyPlace.of(app.settings)
    store = place.store()
    litestream, far, reach = _far_side(app, place, store)
    copier, canary = Copier(app, store), Canary(app.db, app.settings.data, far)
    vault = Vault(app.settings.data, app.scratch, store)
    runs = [each.run() for each in (litestream, copier, canary, vault) if each is not None]
    tasks = [asyncio.create_task(run) for run in runs]
    if litestream is not None:
        tasks.append(asyncio.create_task(_until_moved(app, tasks[0])))
    if app.settings.standby_durability == "remote":
        app.db.remote = Remote(reach, app.settings.standby_when_away)
    app.standby = Standby(place, copier, canary, litestream, app.db.remote)
    try:
        yield
    finally:
        if app.db.remote is not None:
            await asyncio.to_thread(app.db.remote.close)
            app.db.remote = None
        for task in reversed(tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await far.close()
        await store.close()
        app.standby = None


async def _until_moved(app: App, replicating: "asyncio.Task[None]") -> None:
    """Once another node has taken over, its Litestream is the only one that writes there."""
    while app.db.fence.why != MOVED:  # noqa: ASYNC110 (a fence tells nobody)
        await asyncio.sleep(LOOKS)
    replicating.cancel()


def _far_side(
    app: App, place: StandbyPlace, store: "S3Store"
) -> tuple[Litestream | None, Far, Callable[[], None]]:
    """What replicates, where the canary is looked for, and what waits until the standby has all."""
    if place.replica:
        from .replica import Receipt, Replica  # psycopg comes with the extra `postgres`

        return None, Replica(place.replica), Receipt(app.settings.database, place.replica).reach
    program()  # where it is not installed, that is said at once
    litestream = Litestream(sqlite_path(app.settings.database, app.settings.data), place)
    return litestream, Bucket(litestream, store), partial(_reach, litestream)


def _reach(litestream: Litestream) -> None:
    litestream.sync(REACH, wait=True)
