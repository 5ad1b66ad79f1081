"""A server from its start to its death, in a data folder: the engine, the outbox with its worker
and the courier, as they are; only what they stand on is not."""

import asyncio
import types
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import clockwork
import pytest
from disk import Disk, KeyringOs
from outside import Outside

from whimbrel.app.handlers import routes
from whimbrel.core import cache, ids, keyring, worker
from whimbrel.core import db as opening
from whimbrel.core.app import App
from whimbrel.core.db import Db, open_db
from whimbrel.core.errors import Unavailable
from whimbrel.core.outbox import Lane
from whimbrel.core.settings import Instance, Settings
from whimbrel.core.worker import Worker
from whimbrel.federation import courier as carrying
from whimbrel.federation.courier import Courier

SETTINGS = Settings(domain="social.example", signups="open")
KEYS = 4096  # slots made ahead: two megabytes of them would be copied at each death


class Secrets:
    """Random numbers of which the seed knows."""

    def __init__(self, chance: Random) -> None:
        self.randbits = chance.getrandbits

    def token_urlsafe(self, size: int) -> str:
        return f"{self.randbits(8 * size):x}"


def seeded(patch: pytest.MonkeyPatch, disk: Disk, told: Callable[[str], None]) -> None:
    """Let an engine that is opened, and the numbers it is given, stand on the seed."""
    engine = type("Engine", (clockwork.Paced,), {"chance": disk.chance, "told": staticmethod(told)})
    patch.setattr(opening, "Sqlite", engine)
    patch.setattr(opening, "KEYS_AHEAD", KEYS)
    patch.setattr(keyring, "os", KeyringOs(disk))
    patch.setattr(ids, "secrets", Secrets(disk.chance))
    patch.setattr(ids, "_used", {})


def hurried(patch: pytest.MonkeyPatch, loop: clockwork.Loop) -> None:
    """What looks at a clock looks at that of the loop, and seldom for nothing."""
    patch.setattr(worker, "time", types.SimpleNamespace(monotonic=loop.time))
    patch.setattr(worker, "PAUSE", 1.0)
    patch.setattr(carrying, "PAUSE", 1.0)


class Life:
    """One of them. `told` takes what happens in it."""

    def __init__(self, disk: Disk, told: Callable[[str], None]) -> None:
        self.disk, self.told = disk, told
        self.broken = False
        self.outside: Outside
        self.opened: Db | None = None

    @property
    def db(self) -> Db:
        assert self.opened is not None
        return self.opened

    async def run(self, since: datetime, outside: Outside, story: Callable[["Life"], Any]) -> None:
        """Live until `story` is told, or the disk breaks."""
        loop = asyncio.get_running_loop()
        self.outside = outside
        cache.forget(None)
        instance = Instance.of(SETTINGS)

        def clock() -> datetime:
            return since + timedelta(seconds=loop.time())

        try:
            self.opened = open_db("", self.disk.folder, instance, routes(), clock)
        except Exception:
            if self.disk.told:  # it died of its start
                return
            raise
        over = asyncio.Event()

        def broke() -> None:
            self.broken = True
            over.set()

        self.disk.dies = self.db.on_broken = broke
        if self.db.broken is not None or self.disk.dead:
            broke()
        app = App(
            settings=SETTINGS,
            instance=instance,
            db=self.db,
            store=outside,  # type: ignore[arg-type]
            pubsub=None,  # type: ignore[arg-type]
            pages=None,  # type: ignore[arg-type]
            scratch=Path(),
            fetcher=outside,  # type: ignore[arg-type]
            search=outside,
        )
        task = asyncio.create_task(self._work(app, story))
        ended = asyncio.create_task(over.wait())
        await asyncio.wait({task, ended}, return_when=asyncio.FIRST_COMPLETED)
        if task.done() and not isinstance(
            task.exception(), Unavailable
        ):  # a disk full at the start
            task.result()

    async def _work(self, app: App, story: Callable[["Life"], Any]) -> None:
        await self.do(worker.release)
        works, courier = Worker(self.db, app), Courier(app)
        works.start()

        def wake(lanes: set[Lane]) -> None:
            for lane in sorted(lanes):  # a set of words has another order in each process
                works.wake({lane})

        self.db.on_jobs = wake
        await courier.start(alone=True)
        await story(self)

    async def do(self, fn: Callable[..., Any], *args: Any) -> Any:
        """An action. Where the power goes meanwhile nobody hears of anything any more."""
        try:
            done = await self.db.write(fn, *args)
        except Exception:
            await self._heard()
            raise
        await self._heard()
        return done

    async def _heard(self) -> None:
        """Return, unless the line is dead."""
        if self.disk.dead:
            await asyncio.get_running_loop().create_future()
