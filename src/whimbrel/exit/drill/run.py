"""One drill, from the first byte that is fetched to the last one that is destroyed."""

import asyncio
import fcntl
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import NamedTuple

from whimbrel import __version__
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Conflict
from whimbrel.core.settings import Settings

from ..examine import Finding
from ..keeper.status import ENOUGH, look
from ..queries import drills
from ..standby.place import StandbyPlace
from ..standby.restore import KeeperAt, Progress, Restored, restore, wipe
from ..verify import Canary, Line, Report, plant, verify
from . import inbox, report, scratch, story
from .report import Signed, Told
from .story import Lived

# A whole server with these settings; what is to be done before it begins; and where it answers.
Serve = Callable[
    [Settings, Callable[[App], Awaitable[None]]], AbstractAsyncContextManager[tuple[App, str]]
]


CANARIES, EVERY = 5, 1.0  # planted before a drill, seconds between them
GRACE = 2.0  # seconds that deleting may take to reach a keeper


async def drill(
    settings: Settings,
    live: Db,
    keeper: KeeperAt,
    serve: Serve,
    folder: Path,
    *,
    canaries: Sequence[Canary] = (),
    doctor: Sequence[Finding] = (),
    progress: Progress = lambda *_: None,
) -> Signed:
    """Restore, look through, live in, destroy.

    Args:
        settings: of the live server.
        live: its database. Things are sealed and deleted there first: they must not open in the
            copy, and the newest one that it knows of tells how old it is.
        keeper: where the keyring comes from.
        folder: where the scratch place is made, on a disk that is fit for keys. It takes the room
            of the database.
        canaries: more that was deleted.
        doctor: what it said, for the report.
    Returns: the report, signed by the server that was restored.
    Raises:
        Conflict: a drill is under way there.
        Unavailable: the standby does not answer, or its replica of PostgreSQL cannot be copied.
        Otherwise as `restore`: then nothing was proven, and there is no report.
    """
    place = StandbyPlace.of(settings)
    well = [not (await look(live, settings.data, each)).red for each in settings.keepers]
    with _room(folder) as room:
        planted = [*canaries, *await _planted(live, progress)]
        at = await live.read(drills.now)
        async with _copied(settings, place, folder) as (copy, took):
            laid = await restore(copy, room, keeper, progress)
            parts = {**laid.seconds, "fetch": laid.seconds["fetch"] + took}
            scene = _Scene(settings, at, sum(well), planted, doctor, parts)
            return await scene.play(laid, serve, progress)


@asynccontextmanager
async def _copied(
    settings: Settings, place: StandbyPlace, folder: Path
) -> AsyncIterator[tuple[StandbyPlace, float]]:
    """The standby as it can be restored without changing it, and how many seconds that took: of a
    replica of PostgreSQL a copy. Raises as `cluster.copied`."""
    if not place.replica:
        yield place, 0.0
        return
    from .cluster import copied  # psycopg comes with the extra `postgres`

    began, where = time.monotonic(), folder / "drill-cluster"
    async with copied(place.replica, settings.database_url, where) as url:
        yield place._replace(replica=url), time.monotonic() - began


@contextmanager
def _room(folder: Path) -> Iterator[Path]:
    """The scratch place, for the length of the block; what one that was killed left there is
    destroyed first. Raises Conflict."""
    with (folder / "drill.lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict("A drill is under way already.") from None
        room = folder / "drill-scratch"
        try:
            _destroy(room)
            yield room
        finally:
            _destroy(room)


async def _planted(live: Db, progress: Progress) -> list[Canary]:
    """All that must be destroyed everywhere by now; the last ones only tell how old a copy is."""
    found = []
    for done in range(CANARIES):
        found.append((time.monotonic(), await live.write(plant)))
        progress("canaries", done + 1, CANARIES)
        await asyncio.sleep(EVERY)
    until = time.monotonic() - GRACE
    return [canary for at, canary in found if at <= until]


class _Scene(NamedTuple):
    """What is known before the curtain rises."""

    settings: Settings
    at: int  # ms: when the standby was asked
    keepers: int
    planted: Sequence[Canary]
    doctor: Sequence[Finding]
    parts: dict[str, float]

    async def play(self, laid: Restored, serve: Serve, progress: Progress) -> Signed:
        """Look through it, live in it, and say what came of it."""
        seen: list[Report] = []
        newest: int | None = None
        apart = 0.0  # seconds of looking: somebody who leaves in earnest does that while it serves
        async with inbox.listening() as other, scratch.cut_off(other.origin) as cut:

            async def ready(app: App) -> None:
                nonlocal apart, newest
                began = time.monotonic()
                newest = await app.db.read(drills.newest)
                seen.append(await verify(app, canaries=self.planted, told=progress))
                await cut(app)
                apart = time.monotonic() - began

            began = time.monotonic()
            async with serve(scratch.settings_for(self.settings, laid), ready) as (app, base):
                self.parts["open"] = time.monotonic() - began - apart
                lived = await story.live(app, base, other)
                return report.sign(self._told(app, seen[0], lived, newest), app.db.keyring)

    def _told(self, app: App, seen: Report, lived: Lived, newest: int | None) -> Told:
        rpo = None if newest is None else max(0, self.at - newest) / 1000
        parts = self.parts
        if lived.first_post is not None:
            parts["first post"] = lived.first_post
        lines = [*seen.lines, *lived.lines, _rpo(rpo), _keepers(self.keepers)]
        return Told(
            at=self.at,
            ok=all(line.ok for line in lines),
            rpo=rpo,
            rto=sum(parts.values()),
            domain=app.instance.domain,
            version=__version__,
            keepers=self.keepers,
            rows=sum(table.rows for table in seen.tables.values()),
            parts={name: round(took, 3) for name, took in parts.items()},
            counts=seen.counts,
            lines=lines,
            doctor=[(each.title, str(each.verdict), each.says) for each in self.doctor],
        )


def _rpo(seconds: float | None) -> Line:
    title = "how old it is"
    if seconds is None:
        return Line(title, False, "not known: no canary came there")
    return Line(title, True, f"{seconds:.1f} seconds, by canaries of every {EVERY:.0f}")


def _keepers(well: int) -> Line:
    return Line("keepers", well >= ENOUGH, f"{well} of {ENOUGH} that it takes are well")


def _destroy(room: Path) -> None:
    """Keys are overwritten before their files are removed."""
    for path in room.glob("*"):
        if path.is_file():
            wipe(path)
    shutil.rmtree(room, ignore_errors=not room.exists())
