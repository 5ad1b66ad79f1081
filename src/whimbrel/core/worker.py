"""The worker: runs what the outbox holds, lane by lane, inside `serve` or alone.

A lane's handlers run in the order they fell due, each in its own savepoint; its effects run side by
side. What fails is tried again later, more and more patiently, and after 8 tries waits for a person
on the admin pages (`dead_letters`)."""

import asyncio
import contextlib
import random
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select, update

from . import logs
from .db import Db
from .elsewhere import unseen
from .engines import Query, claim_jobs, in_list
from .errors import Unavailable, WhimbrelError
from .fence import Closed
from .outbox import LANES, MAX_TRIES, Lane, Routes, Task
from .tables import jobs
from .tx import Tx

LADDER = (2, 10, 60, 300, 1800, 7200, 21600)  # seconds to the next try
NEVER = 1 << 62  # `due` of a dead letter
LEASE_MS = 600_000  # an effect that has not answered by then is taken to be dead
UNDER_WAY = "under way"  # stands for the error of a leased effect, until it has another
AGAIN = 1.0  # seconds until what could not be written is tried again
PAUSE = 0.25  # seconds between looks when nobody wakes us: other processes write jobs too
BATCH = 64  # handlers in one commit, at most,
TURN = 0.02  # and as many as begin within these seconds: others are waiting for the writer
EFFECTS = {"media": 2, "federation": 32, "slow": 64}  # at once; other lanes 8

log = logs.get(__name__)

_DONE = Query(delete(jobs).where(jobs.c.id == bindparam("job")))
_ALL_DONE = Query(delete(jobs).where(in_list(jobs.c.id, "jobs")))
_LEASE = Query(
    update(jobs)
    .where(jobs.c.id == bindparam("job"))
    .values(due=bindparam("until"), error=bindparam("why"))
)
_RELEASE = Query(
    update(jobs).where(jobs.c.error == bindparam("why")).values(due=bindparam("now"), error=None)
)
_FAILED = Query(
    update(jobs)
    .where(jobs.c.id == bindparam("job"))
    .values(due=bindparam("next"), tries=bindparam("tried"), error=bindparam("why"))
)
_DEAD = Query(
    select(jobs.c.id, jobs.c.lane, jobs.c.task, jobs.c.error)
    .where(jobs.c.due == NEVER)
    .order_by(jobs.c.id)
    .limit(bindparam("most"))
)
_REVIVE = Query(
    update(jobs)
    .where(jobs.c.id == bindparam("job"), jobs.c.due == NEVER)
    .values(due=bindparam("now"), tries=0)
)
_HURRY = Query(
    update(jobs)
    .where(
        jobs.c.id == bindparam("job"),
        jobs.c.tries > 0,
        jobs.c.due > bindparam("now"),
        jobs.c.due < NEVER,
    )
    .values(due=bindparam("now"))
)
_BURY = Query(delete(jobs).where(jobs.c.id == bindparam("job"), jobs.c.due == NEVER))
_FAILING = {
    dead: Query(
        select(jobs.c.id, jobs.c.lane, jobs.c.task, jobs.c.tries, jobs.c.due, jobs.c.error)
        .where(jobs.c.id > bindparam("after"), jobs.c.tries > 0, stands)
        .order_by(jobs.c.id)
        .limit(bindparam("most"))
    )
    for dead, stands in ((True, jobs.c.due == NEVER), (False, jobs.c.due < NEVER))
}
_LANES = Query(
    select(
        jobs.c.lane,
        func.count().filter(jobs.c.due <= bindparam("now")),
        func.count().filter(jobs.c.due > bindparam("now"), jobs.c.due < NEVER),
        func.count().filter(jobs.c.tries > 0, jobs.c.due < NEVER),
        func.count().filter(jobs.c.due == NEVER),
    ).group_by(jobs.c.lane)
)
_DEPTH = Query(
    select(jobs.c.lane, func.count(), func.min(jobs.c.due))
    .where(jobs.c.due < NEVER)
    .group_by(jobs.c.lane)
)


class Job(NamedTuple):
    """A claimed row of the outbox."""

    id: int
    task: str
    event: bytes
    tries: int


class LaneState(NamedTuple):
    """How many jobs of a lane are due, are for later, failed and will be tried again, were given
    up."""

    due: int = 0
    later: int = 0
    failing: int = 0
    dead: int = 0


class Failing(NamedTuple):
    """A job that failed. `due`: of one given up, never."""

    id: int
    lane: str
    task: str
    tries: int
    due: int  # ms
    error: str | None


class HandlerFailed(Exception):
    """And what others did before it in the same transaction has to be undone with it."""


class Worker:
    """Runs the jobs of some lanes until it is told to stop.

    Args:
        app: handed to effects; whatever `app/handlers.py` says they need.
    """

    def __init__(self, db: Db, app: Any, lanes: Iterable[Lane] = LANES) -> None:
        self._db, self._app = db, app
        self._routes: Routes = db.env.routes
        self._wake = {lane: asyncio.Event() for lane in lanes}
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []
        self._running: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to work; call on the loop."""
        self._db.on_jobs = self.wake
        self._tasks = [
            asyncio.create_task(self._run(lane), name=f"lane-{lane}") for lane in self._wake
        ]

    def wake(self, lanes: set[Lane]) -> None:
        """There is something new in these lanes."""
        for lane in lanes:
            if lane in self._wake:
                self._wake[lane].set()

    async def stop(self, patience: float = 10.0) -> None:
        """Let what runs finish; what does not within `patience` seconds is done again later."""
        self._stopping = True
        for event in self._wake.values():
            event.set()
        await asyncio.gather(*self._tasks)
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, lane: Lane) -> None:
        unseen.set(True)
        places = asyncio.Semaphore(EFFECTS.get(lane, 8))
        while not self._stopping:
            self._wake[lane].clear()
            try:
                busy = await self._turn(lane, places)
            except Closed:  # since it was looked at
                busy = False
            except Exception as error:
                log.error("lane stumbled", lane=lane, why=why(error))
                busy = False
                await asyncio.sleep(1)
            if not busy and not self._stopping:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake[lane].wait(), PAUSE)

    async def _turn(self, lane: Lane, places: asyncio.Semaphore) -> bool:
        """Handle what is due once; whether there was anything."""
        if self._db.fence.closed or not await self._db.read(anything_due, lane):
            return False
        count, effects = await work(self._db, lane)
        for job in effects:
            await places.acquire()
            task = asyncio.create_task(self._effect(job, places))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return bool(count)

    async def _effect(self, job: Job, places: asyncio.Semaphore) -> None:
        task = self._routes.tasks[job.task]
        try:
            if task.effect is None:
                raise LookupError(f"{job.task} is no effect")
            await task.effect(self._app, self._routes.decode(job.event))
        except Exception as error:
            log.warning("effect failed", task=job.task, tries=job.tries + 1, why=why(error))
            await self._note(put_off, job, error)
        else:
            await self._note(done, job)
        finally:
            places.release()

    async def _note(self, write: Callable[..., None], job: Job, *more: object) -> None:
        """Write down what became of an effect: as soon as that can be, where the disk is full. Else
        it would wait for the end of its lease, and then happen twice."""
        while True:
            try:
                await self._db.write(write, job, *more)
            except Closed:  # somebody else goes on with it
                return
            except Unavailable as error:
                if self._stopping or self._db.broken is not None:
                    return  # it is let go of at the next start
                log.warning("outcome not written", task=job.task, why=why(error))
                await asyncio.sleep(AGAIN)
            else:
                return


def release(tx: Tx) -> None:
    """Effects that were under way when this server was killed are due at once; for a process that
    works alone, before it begins."""
    tx.run(_RELEASE, why=UNDER_WAY, now=tx.ms)


def anything_due(tx: Tx, lane: Lane) -> bool:
    """Whether `lane` has work now: asked without disturbing the writer."""
    query = claim_jobs("sqlite")  # a look, not a claim: no lock on either engine
    return tx.row(query, lane=lane, now=tx.ms, most=1) is not None


async def work(db: Db, lane: Lane) -> tuple[int, list[Job]]:
    """`work_through`, in one transaction, or where that fails once more with each handler apart."""
    try:
        return await db.write(work_through, db.env.routes, lane)
    except HandlerFailed:
        return await db.write(work_through, db.env.routes, lane, True)


def work_through(tx: Tx, routes: Routes, lane: Lane, apart: bool = False) -> tuple[int, list[Job]]:
    """Run the due handlers of a lane and lease its due effects.

    Args:
        apart: each handler in a savepoint, so that one that fails can be undone by itself. They
            cost an eighth of a post, and handlers do not fail.
    Returns:
        How many jobs were due, and the effects to run now.
    Raises:
        HandlerFailed: one did, and none of this must be stored.
    """
    due = [Job(*row) for row in tx.rows(claim_jobs(tx.engine), lane=lane, now=tx.ms, most=BATCH)]
    effects: list[Job] = []
    handled: list[int] = []
    began, count = time.monotonic(), 0
    for job in due:
        if time.monotonic() - began > TURN:
            break
        count += 1
        task = routes.tasks.get(job.task)
        if task is None:
            put_off(tx, job, LookupError(f"nobody handles {job.task}"))
        elif task.handler is None:
            tx.run(_LEASE, job=job.id, until=tx.ms + LEASE_MS, why=UNDER_WAY)
            effects.append(job)
        elif apart:
            _handle_apart(tx, routes, job, task)
        else:
            try:
                _handle(tx, routes, job, task)
            except Exception as error:
                raise HandlerFailed from error
            handled.append(job.id)
    if handled:
        tx.run(_ALL_DONE, list_jobs=handled)
    return count, effects


def _handle(tx: Tx, routes: Routes, job: Job, task: Task) -> None:
    if task.handler is None:
        raise LookupError(f"{job.task} is no handler")
    task.handler(tx, routes.decode(job.event))


def _handle_apart(tx: Tx, routes: Routes, job: Job, task: Task) -> None:
    """One handler and the removal of its job: both or neither. What failed is tried again later."""
    tx.savepoint("handler")
    try:
        _handle(tx, routes, job, task)
        tx.run(_DONE, job=job.id)
    except Exception as error:
        tx.roll_back_to("handler")
        log.warning("handler failed", task=job.task, tries=job.tries + 1, why=why(error))
        put_off(tx, job, error)
    else:
        tx.release("handler")


def done(tx: Tx, job: Job) -> None:
    """The effect has happened."""
    tx.run(_DONE, job=job.id)


def put_off(tx: Tx, job: Job, error: Exception) -> None:
    """Try again later, or wait for a person after 8 tries."""
    tried = job.tries + 1
    if tried >= MAX_TRIES:
        at = NEVER
    else:
        seconds = LADDER[min(job.tries, len(LADDER) - 1)]
        at = tx.ms + int(1000 * seconds * random.uniform(0.8, 1.2))
    tx.run(_FAILED, job=job.id, next=at, tried=tried, why=why(error))


def why(error: BaseException) -> str:
    """What failed and where, to be kept and shown: never a library's message, which may quote what
    people wrote (a database's does); our own refusals say nothing private."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    said = f": {error}" if isinstance(error, WhimbrelError | LookupError) else ""
    return f"{type(error).__name__}{said}{where}"[:500]


def dead_letters(tx: Tx, most: int = 100) -> list[tuple[int, str, str, str]]:
    """(job, lane, task, error) of what was given up."""
    return tx.rows(_DEAD, most=most)


def revive(tx: Tx, job: int) -> bool:
    """Try a dead letter again, now."""
    return bool(tx.run(_REVIVE, job=job, now=tx.ms))


def hurry(tx: Tx, job: int) -> bool:
    """Try a job that failed again, now and not when its time comes; False where there is none."""
    return bool(tx.run(_HURRY, job=job, now=tx.ms))


def bury(tx: Tx, job: int) -> bool:
    """Let a dead letter go for good; False where there is none."""
    return bool(tx.run(_BURY, job=job))


def failing(tx: Tx, *, dead: bool, after: int, most: int) -> list[Failing]:
    """A page of the jobs that were given up, or else of those that will be tried again."""
    return [Failing(*row) for row in tx.rows(_FAILING[dead], after=after, most=most)]


def lanes(tx: Tx) -> dict[Lane, LaneState]:
    """How each lane stands. Counts rows."""
    found = {row[0]: LaneState(*row[1:]) for row in tx.rows(_LANES, now=tx.ms)}
    return {lane: found.get(lane, LaneState()) for lane in LANES}


def backlog(tx: Tx) -> dict[str, tuple[int, int]]:
    """Per lane: jobs waiting, and how long the oldest is overdue (ms, negative = not yet due)."""
    return {lane: (count, tx.ms - due) for lane, count, due in tx.rows(_DEPTH)}
