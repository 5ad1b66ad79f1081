"""PostgreSQL: a thread and a pooled connection for every action (psycopg 3).

asyncpg is about 1.4 times cheaper, but would split the code in two: actions are plain functions."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg

from . import elsewhere, logs, pglines
from .errors import Unavailable, WhimbrelError
from .pglines import PATIENCE, Line, PoolTimeout, lent
from .tx import SlotBlock, Surroundings, Tx, reserve_slots

T = TypeVar("T")
R = TypeVar("R")

THREADS = 8  # connections of one process
TRIES = 5  # when the database says that two actions met

_MET = (
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.UniqueViolation,
    psycopg.errors.ForeignKeyViolation,
)

_NO_KEYS = "The key store does not take writes. It must be looked at."
_SILENT = "The database does not answer right now. Nothing was changed."

log = logs.get(__name__)


class Doubtful(Unavailable):
    """The database was cut off while it stored this. Look for it before you try again."""

    status, code = 503, "not_confirmed"


class Postgres:
    """The engine behind `Db` when the database is a server."""

    def __init__(
        self,
        url: str,
        env: Surroundings,
        settled: Callable[[Iterable[Tx]], None],
        broke: Callable[[Exception], None],
    ) -> None:
        """
        Args:
            settled: called with each transaction that was committed.
            broke: called when the keyring's disk failed: nothing will be written any more.
        """
        self._env, self._settled, self._broke = env, settled, broke
        self._broken: Exception | None = None
        self.remote: elsewhere.Remote | None = None
        self._pool = pglines.pool(url, "whimbrel", least=1, most=THREADS, configure=_configure)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="whimbrel-db")
        self._local = threading.local()

    async def read(self, fn: Callable[..., T], *args: object, slow: bool = False) -> T:
        found: T = await self._in_thread(self._read, fn, args)
        return found

    async def look(self, fn: Callable[..., T], *args: object) -> T:
        return await self.read(fn, *args)

    async def recall(self, fn: Callable[..., T], *args: object) -> T:
        return await self.read(fn, *args)  # to ask whether anything changed costs as much

    async def drain(self) -> None:
        """Until all that was accepted is over: then all threads meet here."""
        loop, meeting = asyncio.get_running_loop(), threading.Barrier(THREADS)
        meet = (loop.run_in_executor(self._threads, meeting.wait) for _ in range(THREADS))
        await asyncio.gather(*meet)

    def forget(self) -> None:
        """Nothing is kept."""

    async def write(self, fn: Callable[..., T], *args: object) -> T:
        tx: Tx
        result: T
        remote = self.remote
        if remote is None or elsewhere.unseen.get():
            tx, result = await self._in_thread(self._write, fn, args)
            self._settled((tx,))
            return result
        remote.check()
        tx, result = await self._in_thread(self._write, fn, args)
        self._settled((tx,))
        if tx.wrote:
            loop = asyncio.get_running_loop()
            confirmed: asyncio.Future[None] = loop.create_future()
            remote.add(lambda refusal: _tell(loop, confirmed, refusal))
            await confirmed
        return result

    def write_sync(self, fn: Callable[..., T], *args: object) -> T:
        tx, result = self._threads.submit(self._write, fn, args).result()
        self._settled((tx,))
        return result

    def close(self) -> None:
        self._threads.shutdown()
        self._pool.close()

    async def _in_thread(
        self, act: Callable[..., R], fn: Callable[..., Any], args: tuple[object, ...]
    ) -> R:
        loop, until = asyncio.get_running_loop(), time.monotonic() + PATIENCE
        return await loop.run_in_executor(self._threads, _in_time, until, act, fn, args)

    # ------------------------------------------------------------------ in a pool thread

    def _read(self, fn: Callable[..., T], args: tuple[object, ...]) -> T:
        try:
            with lent(self._pool) as connection:
                return fn(Tx(connection.cursor(), self._env), *args)
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise _unavailable(error) from error

    def _write(self, fn: Callable[..., T], args: tuple[object, ...]) -> tuple[Tx, T]:
        for again in range(TRIES):
            try:
                return self._once(fn, args)
            except _MET:
                if again == TRIES - 1:
                    raise
            except (psycopg.OperationalError, PoolTimeout) as error:
                raise _unavailable(error) from error
        raise AssertionError("unreachable")

    def _once(self, fn: Callable[..., T], args: tuple[object, ...]) -> tuple[Tx, T]:
        if self._broken is not None:
            raise Unavailable(_NO_KEYS) from self._broken
        done = False
        try:
            with lent(self._pool) as connection:
                env = self._env._replace(slots=self._ready_slots(connection))
                with connection.transaction():
                    tx = Tx(connection.cursor(), env)
                    result = fn(tx, *args)
                    done = True
        except psycopg.OperationalError as error:
            if done and _in_doubt(error):
                log.error("cut off while storing", error=type(error).__name__)
                raise Doubtful from error
            raise
        try:
            self._env.keyring.shred(tx.shreds)
        except (OSError, WhimbrelError) as error:
            # Recorded in `shredded`, so the next start does it; until then nothing is promised.
            log.error("keys could not be destroyed", error=type(error).__name__)
            self._broken = error
            self._broke(error)
            raise Unavailable(_NO_KEYS) from error
        return tx, result

    def _ready_slots(self, connection: Any) -> SlotBlock:
        """This thread's own block of slots, so that no two actions meet over one."""
        slots: SlotBlock | None = getattr(self._local, "slots", None)
        if slots is None:
            slots = self._local.slots = SlotBlock()
        if slots.short():
            try:
                with connection.transaction():
                    end = reserve_slots(Tx(connection.cursor(), self._env))
                self._env.keyring.grow(end)
            except OSError as error:  # those slots are never used, or another process adds them
                log.error("the keyring could not grow", error=type(error).__name__)
                raise Unavailable(_NO_KEYS) from error
            slots.begin(end)
        return slots


def _configure(connection: Line) -> None:
    connection.prepare_threshold = 2


def _in_time(
    until: float, act: Callable[..., R], fn: Callable[..., Any], args: tuple[object, ...]
) -> R:
    """Whoever waited long enough for a thread is told so, and not after all before them as well."""
    if time.monotonic() > until:
        raise Unavailable(_SILENT)
    return act(fn, args)


def _in_doubt(error: psycopg.OperationalError) -> bool:
    """Whether a COMMIT that failed so may have happened: nothing was answered, or "I am ending"."""
    return error.sqlstate is None or error.sqlstate.startswith("57")


def _tell(
    loop: asyncio.AbstractEventLoop,
    confirmed: "asyncio.Future[None]",
    refusal: Unavailable | None,
) -> None:
    """Let whoever waits for the other place go on; from any thread."""

    def finish() -> None:
        if not confirmed.done():
            confirmed.set_exception(refusal) if refusal else confirmed.set_result(None)

    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(finish)


def _unavailable(error: Exception) -> Unavailable:
    log.error("database unreachable", error=type(error).__name__, reason=str(error).strip())
    return Unavailable(_SILENT)
