"""A seed to a history: people live with a server that dies some times, and lives on in the end."""

import asyncio
import random
import shutil
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import met
import pytest
from clockwork import Loop
from disk import Disk, Fault, Vfs
from folk import FOE, FRIENDS, NAMES, Person
from held import check, settled
from life import SETTINGS, Life, hurried, seeded
from outside import Outside

import people
from whimbrel.accounts.follow import follow
from whimbrel.accounts.rules import Viewer
from whimbrel.app.handlers import routes
from whimbrel.core.app import App
from whimbrel.core.db import open_db
from whimbrel.core.native import apsw
from whimbrel.core.outbox import LANES
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx
from whimbrel.core.worker import done, work_through
from whimbrel.federation import keys
from whimbrel.timelines import homes

BEGIN = datetime(2026, 11, 25, 12, tzinfo=UTC)
AFAR = "https://far.example/users/kim"
LIVES = 2  # at most, before the last
PATIENCE = 7200  # virtual seconds until all that follows must have happened


class Ground(NamedTuple):
    """What every simulation begins with: a data folder, and who is in it."""

    folder: Path
    viewers: dict[str, Viewer]


def laid(folder: Path) -> Ground:
    """Friends who follow each other, one of them followed from afar, and a foe. In `folder` there
    is an empty database of the newest shape."""
    patch = pytest.MonkeyPatch()
    seeded(patch, Disk(folder, Random(0), None), lambda what: None)
    instance = Instance.of(SETTINGS)
    db = open_db("", folder, instance, routes(), lambda: BEGIN - timedelta(days=1))
    viewers: dict[str, Viewer] = {}

    def settle(tx: Tx) -> None:
        for name in NAMES:
            viewers[name] = people.make(tx, name)
            homes.rebuild(tx, viewers[name])
        pairs = [(one, other) for one in FRIENDS for other in FRIENDS if one != other]
        for one, other in [*pairs, ("eve", FOE), (FOE, "eve")]:
            follow(tx, viewers[one], viewers[other].id)
        met.follower(tx, AFAR, viewers["ada"])

    db.write_sync(settle)
    for lane in LANES:
        while (found := db.write_sync(work_through, db.env.routes, lane))[0]:
            for job in found[1]:
                db.write_sync(done, job)
    app = App(SETTINGS, instance, db, *[None] * 3, folder)  # type: ignore[arg-type]
    loop = Loop(Random(0))
    loop.run_until_complete(keys.private_of(app, viewers["ada"].id))
    loop.close()
    db.close()
    patch.undo()
    return Ground(folder, viewers)


class Simulation:
    """What a seed says, and what came of it: `history`, a line for everything that happened."""

    def __init__(self, seed: int, ground: Ground, vfs: Vfs) -> None:
        self.chance, self._vfs = Random(seed), vfs
        self.history: list[str] = []
        self.age = 0.0  # virtual seconds
        # No two seeds have the same ids: what is kept in memory is kept for the whole process.
        self._begin = BEGIN + timedelta(hours=seed)
        self.folk: dict[str, Person] = {}
        for name, viewer in ground.viewers.items():
            self.folk[name] = Person(name, viewer, self.folk)
        self.outside = Outside(self.chance, self.history.append, heals=self.chance.uniform(0, 4))

    def live(self, folder: Path, after: Path, *, last: bool) -> None:
        """A life in `folder`, and what the disk has in `after` when it is over. In the last one
        nothing fails any more, and everything is held against what people were told."""
        loop = Loop(self.chance)
        disk = Disk(folder, self.chance, None if last else fault(self.chance))

        def told(what: str) -> None:
            self.history.append(f"{self.age + loop.time():.4f} {what}")

        life = Life(disk, told)
        self.outside.began, self._vfs.disk = self.age, disk
        patch, state = pytest.MonkeyPatch(), random.getstate()
        random.seed(self.chance.random())
        seeded(patch, disk, told)
        hurried(patch, loop)
        since = self._begin + timedelta(seconds=self.age)
        story = self._to_the_end if last else self._for_a_while
        try:
            loop.run_until_complete(life.run(since, self.outside, story))
        finally:
            disk.survivors(after)
            end(loop, life)
            self._vfs.disk = None
            patch.undo()
            random.setstate(state)
        self.history += [f"{self.age:.4f} {what}" for what in disk.told]
        self.age += loop.time() + self.chance.uniform(0, 1)

    async def _for_a_while(self, life: Life) -> None:
        lives = [asyncio.create_task(each.live(life, self.chance)) for each in self.folk.values()]
        done, _ = await asyncio.wait(lives, timeout=self.chance.uniform(0.1, 0.8))
        for each in done:  # nobody stops but of an error
            each.result()

    async def _to_the_end(self, life: Life) -> None:
        for each in self.folk.values():
            await each.retry(life)
        await settled(life, PATIENCE)
        await check(life, self.folk)


def simulate(seed: int, ground: Ground, folder: Path, vfs: Vfs) -> list[str]:
    """Live through what a seed says; what happened, a line each.

    Raises:
        AssertionError: something acknowledged is not there, or there twice, or half. The history is
            in its notes.
    """
    simulation = Simulation(seed, ground, vfs)
    here = folder / "0"
    shutil.copytree(ground.folder, here)
    lives = simulation.chance.randint(1, LIVES)
    try:
        for number in range(lives + 1):
            after = folder / f"{number + 1}"
            simulation.live(here, after, last=number == lives)
            shutil.rmtree(here)
            here = after
    except BaseException as error:
        error.add_note("\n".join(simulation.history))
        raise
    shutil.rmtree(here)
    return simulation.history


def fault(chance: Random) -> Fault | None:
    """What the disk will do in a life; None = nothing, the power goes while it rests."""
    fate = chance.choice(("power", "power", "full", "sync", None))
    if fate is None:
        return None
    at = 1 + int(chance.expovariate(1 / 300))
    return Fault(fate, at, chance.randint(1, 60) if fate == "full" else 1)


def end(loop: Loop, life: Life) -> None:
    """Nobody goes on; what is open is closed, and nothing of that comes onto the disk."""
    tasks = asyncio.all_tasks(loop)
    for each in tasks:
        each.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks))
    loop.close()
    if life.opened is not None:
        backend: Any = life.opened._backend
        for connection in (*backend._slow_connections, backend._reader, backend._writer):
            with suppress(apsw.Error):
                connection.close(True)
        life.opened.close()
