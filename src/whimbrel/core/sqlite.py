"""SQLite: reads on the event loop, one writer thread that commits many actions at once.

All reads of a turn of the loop see one snapshot, which is opened and locked once.
`synchronous=FULL` throughout: what was acknowledged is on the disk. Group commit is what makes
that affordable (16,700 durable posts a second against 870 with a transaction each)."""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from . import elsewhere, logs
from .errors import Unavailable, WhimbrelError
from .native import Cursor, apsw
from .tx import Surroundings, Tx, reserve_slots

T = TypeVar("T")

MOST_ACTIONS = 512  # in one commit
PATIENCE = 30_000  # ms to wait for another process's write
STATEMENTS = 512  # compiled ones that a connection keeps
GLANCE = 0.001  # seconds after which it is asked again whether another process wrote
MEMORY = 60.0  # seconds for which an unchanged database's answers are believed
MOST_RECALLED = 20_000
COLLISIONS = 3  # tries when an action meets an id that exists

log = logs.get(__name__)


class Work(NamedTuple):
    """An action waiting for the writer."""

    fn: Callable[..., Any]
    args: tuple[object, ...]
    future: "asyncio.Future[Any] | Future[Any]"
    loop: asyncio.AbstractEventLoop | None
    seen: bool  # somebody outside is told that it was done


Answer = tuple[Work, Any, Exception | None]  # what came of an action


class Halfway(Exception):
    """An action failed with `error` that had changed something."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


def connect(path: Path, *, readonly: bool = False) -> Any:
    """A connection in autocommit mode with our settings."""
    writing = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    flags = apsw.SQLITE_OPEN_READONLY if readonly else writing
    connection = apsw.Connection(str(path), flags, statementcachesize=STATEMENTS)
    connection.cursor_factory = Cursor
    connection.set_busy_timeout(PATIENCE)
    # A plan must not be made anew because other values are bound.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA temp_store=MEMORY")
    connection.execute("PRAGMA cache_size=-32768")
    if not readonly:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
        # 32 MB of log between checkpoints: fan-out touches the same pages again and again.
        connection.execute("PRAGMA wal_autocheckpoint=8000")
    return connection


class Sqlite:
    """The engine behind `Db` when the database is a file."""

    def __init__(
        self,
        path: Path,
        env: Surroundings,
        settled: Callable[[Iterable[Tx]], None],
        broke: Callable[[Exception], None],
    ) -> None:
        """
        Args:
            settled: called with the transactions that were committed.
            broke: called when the disk failed so that nothing will be written any more.
        """
        self._path, self._env, self._settled, self._broke = path, env, settled, broke
        self._writer = connect(path)
        self._reader = connect(path, readonly=True)
        self._read_cursor = self._reader.cursor()
        self._recalled: dict[tuple[Any, ...], Any] = {}
        self._recalled_at: Any = None
        self._recall_until = 0.0
        self._commits = 0  # of ours
        self._turn: int | None = None  # how many there were when its snapshot was opened
        self._looked = (-1, 0.0)  # how many there were when it was asked for others', and when
        self._slow = ThreadPoolExecutor(2, thread_name_prefix="whimbrel-read")
        self._local = threading.local()
        self._slow_connections: list[Any] = []
        self._queue: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._broken: Exception | None = None
        self.remote: elsewhere.Remote | None = None
        # A daemon: who forgets to close us must not hang for ever; `close` waits for the queue.
        self._thread = threading.Thread(None, self._write_loop, "whimbrel-writer", daemon=True)
        self._thread.start()

    async def read(self, fn: Callable[..., T], *args: object, slow: bool = False) -> T:
        if slow:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._slow, self._read_slow, fn, args)
        self._begin()
        return fn(Tx(self._read_cursor, self._env), *args)

    async def look(self, fn: Callable[..., T], *args: object) -> T:
        self._begin()
        return fn(Tx(self._read_cursor, self._env), *args)

    def _begin(self) -> int:
        """Open the snapshot that all reads of this turn of the event loop share.

        Whoever is told of a write goes on in a later turn (`finish` of `_answer` is called there),
        and sees it: what is waited for comes after `_end`, which was called for before.

        Returns:
            how many commits of ours it holds at least.
        """
        turn = self._turn
        if turn is None:
            turn = self._turn = self._commits
            self._read_cursor.execute("BEGIN")
            asyncio.get_running_loop().call_soon(self._end)
        return turn

    def _end(self) -> None:
        if self._turn is not None:
            self._turn = None
            self._read_cursor.execute("ROLLBACK")

    async def recall(self, fn: Callable[..., T], *args: object) -> T:
        cursor, now, commits = self._read_cursor, time.monotonic(), self._begin()
        if commits != self._looked[0] or now > self._looked[1] + GLANCE:
            cursor.execute("PRAGMA data_version")  # another one after every commit of anybody
            version = cursor.fetchone()
            if version != self._recalled_at or now > self._recall_until:
                self._recalled.clear()
                self._recalled_at, self._recall_until = version, now + MEMORY
            self._looked = commits, now
        key = (fn, args)
        found: T | None = self._recalled.get(key)
        if found is None:
            found = fn(Tx(cursor, self._env), *args)
            if found is not None and len(self._recalled) < MOST_RECALLED:
                self._recalled[key] = found
        return found

    def _read_slow(self, fn: Callable[..., T], args: tuple[object, ...]) -> T:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connect(self._path, readonly=True)
            self._slow_connections.append(connection)
        cursor = connection.cursor()
        cursor.execute("BEGIN")
        try:
            return fn(Tx(cursor, self._env), *args)
        finally:
            cursor.execute("ROLLBACK")

    async def write(self, fn: Callable[..., T], *args: object) -> T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        seen = not elsewhere.unseen.get()
        if seen and self.remote is not None:
            self.remote.check()
        self._queue.put(Work(fn, args, future, loop, seen))
        return await future

    def write_sync(self, fn: Callable[..., T], *args: object) -> T:
        future: Future[T] = Future()
        self._queue.put(Work(fn, args, future, None, seen=False))
        return future.result()

    async def drain(self) -> None:
        """Until all that was accepted is committed or refused: what follows in the queue waits."""
        await self.write(_nothing)

    def forget(self) -> None:
        self._recalled.clear()

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join()
        self._slow.shutdown()
        self._turn = None
        for connection in (*self._slow_connections, self._reader, self._writer):
            connection.close()

    # ------------------------------------------------------------------ the writer's thread

    def _write_loop(self) -> None:
        open_ = True
        while open_:
            batch: list[Work] = []
            work = self._queue.get()
            while work is not None:
                batch.append(work)
                if len(batch) == MOST_ACTIONS or self._queue.empty():
                    break
                work = self._queue.get()
            open_ = work is not None
            if batch:
                self._survived(batch)

    def _survived(self, batch: list[Work]) -> None:
        """`_commit`; whatever nobody foresaw, everybody is answered."""
        try:
            self._commit(batch)
        except Exception as error:
            log.exception("the writer failed", error=type(error).__name__)
            self._give_up(error)
            refusal = Unavailable("The database does not take writes. It must be looked at.")
            self._answer([(work, None, refusal) for work in batch], [])

    def _give_up(self, error: Exception) -> None:
        self._broken = error
        self._broke(error)

    def _commit(self, batch: list[Work]) -> None:
        """Run the actions of `batch` in one transaction and answer each of them."""
        cursor = self._writer.cursor()
        transactions: list[Tx] = []
        try:
            if self._broken is not None:
                raise self._broken
            done, transactions = self._acted(cursor, batch)
            cursor.execute("COMMIT")
            self._commits += 1
        except Exception as error:  # the answer to all: nothing of it was stored
            self._roll_back(cursor, error)
            refusal = Unavailable("The disk does not take writes right now. Nothing was changed.")
            done = [(work, None, refusal) for work in batch]
            transactions = []
        else:
            done = self._shred(transactions, done)
        cursor.close()
        if self.remote is None or not transactions or self._broken is not None:
            self._answer(done, transactions)
        else:
            self._part(self.remote, done, transactions)

    def _part(self, remote: elsewhere.Remote, done: list[Answer], transactions: list[Tx]) -> None:
        """Answer at once whom nothing binds to the other place, and the others when it has it."""
        acted = iter(transactions)
        near: tuple[list[Answer], list[Tx]] = ([], [])
        far: tuple[list[Answer], list[Tx]] = ([], [])
        for row in done:
            tx = next(acted) if row[2] is None else None
            side = far if tx is not None and tx.wrote and row[0].seen else near
            side[0].append(row)
            if tx is not None:
                side[1].append(tx)
        if near[0]:
            self._answer(*near)

        def finish(refusal: Unavailable | None) -> None:
            rows: list[Answer] = far[0]
            if refusal is not None:
                rows = [(work, None, refusal) for work, *_ in rows]
            self._answer(rows, far[1])

        if far[0]:
            remote.add(finish, len(far[0]))

    def _shred(self, transactions: list[Tx], done: list[Answer]) -> list[Answer]:
        """Overwrite the keys that the committed actions gave up, before anybody is told so."""
        try:
            self._env.keyring.shred([slot for tx in transactions for slot in tx.shreds])
        except (OSError, WhimbrelError) as error:
            # Recorded in `shredded`, so the next start does it; until then nothing is promised.
            log.error("keys could not be destroyed", error=type(error).__name__)
            self._give_up(error)
            refusal = Unavailable("The key store does not take writes. It must be looked at.")
            return [(work, None, refusal) for work, _, _ in done]
        return done

    def _acted(self, cursor: Any, batch: list[Work]) -> tuple[list[Answer], list[Tx]]:
        """Run the actions in a transaction, which is left open; what came of them, and what those
        did that succeeded.

        A savepoint before each would have every page copied that it touches, a tenth of what a post
        costs. So there is none; and if one fails that has changed something, everything is undone
        and done again, with savepoints."""
        for act in (self._act, self._act_apart):
            cursor.execute("BEGIN IMMEDIATE")
            done: list[Answer] = []
            transactions: list[Tx] = []
            reserved = False
            try:
                for work in batch:
                    reserved |= self._keep_slots_ready(cursor)
                    tx, result, error = act(cursor, work)
                    done.append((work, result, error))
                    if error is None:
                        transactions.append(tx)
            except Halfway:
                cursor.execute("ROLLBACK")
                if reserved:
                    self._env.slots.drop()
            else:
                return done, transactions
        raise AssertionError("unreachable")

    def _act(self, cursor: Any, work: Work) -> tuple[Tx, Any, Exception | None]:
        """One action; run again when a random id was taken already.

        Raises:
            Halfway: it failed, and has changed something.
        """
        for again in range(COLLISIONS):
            tx, before = Tx(cursor, self._env), self._writer.total_changes()
            try:
                return tx, work.fn(tx, *work.args), None
            except Exception as error:
                if isinstance(error, apsw.Error) and not self._writer.in_transaction:
                    raise  # disk full or I/O error: SQLite has rolled everything back
                if self._writer.total_changes() != before:
                    raise Halfway(error) from error
                if isinstance(error, apsw.ConstraintError) and again < COLLISIONS - 1:
                    continue
                return tx, None, error
        raise AssertionError("unreachable")

    def _act_apart(self, cursor: Any, work: Work) -> tuple[Tx, Any, Exception | None]:
        """`_act` in a savepoint."""
        for again in range(COLLISIONS):
            cursor.execute("SAVEPOINT action")
            try:
                tx, result, error = self._act(cursor, work)
            except Halfway as halfway:
                cursor.execute("ROLLBACK TO action")
                tx, result, error = Tx(cursor, self._env), None, halfway.error
            cursor.execute("RELEASE action")
            if not isinstance(error, apsw.ConstraintError) or again == COLLISIONS - 1:
                return tx, result, error
        raise AssertionError("unreachable")

    def _keep_slots_ready(self, cursor: Any) -> bool:
        """Whether more had to be set aside."""
        slots = self._env.slots
        short = slots.short()
        if short:
            end = reserve_slots(Tx(cursor, self._env))
            self._env.keyring.grow(end)
            slots.begin(end)
        return short

    def _roll_back(self, cursor: Any, error: Exception) -> None:
        log.error("commit failed", error=type(error).__name__, reason=str(error))
        self._env.slots.drop()
        if self._writer.in_transaction:
            cursor.execute("ROLLBACK")
        if isinstance(error, apsw.IOError):
            # After a failed fsync nobody knows what is on the disk: acknowledge nothing more.
            self._give_up(error)

    def _answer(self, done: list[Answer], transactions: list[Tx]) -> None:
        """Resolve the futures, on the loop that waits for them."""
        loops = {work.loop for work, _, _ in done if work.loop is not None}
        for loop in loops:
            mine = [row for row in done if row[0].loop is loop]

            def finish(rows: list[Answer] = mine, committed: list[Tx] = transactions) -> None:
                self._settled(committed)
                resolve(rows)

            try:
                loop.call_soon_threadsafe(finish)
            except RuntimeError:  # the loop is closed: nobody waits any more
                resolve(mine)
        resolve([row for row in done if row[0].loop is None])
        if not loops:
            self._settled(transactions)


def _nothing(tx: Tx) -> None:
    """Change nothing."""


def resolve(rows: list[Answer]) -> None:
    """Hand each result or refusal to whoever waits for it."""
    for work, result, error in rows:
        if work.future.done():  # whoever asked has gone away; what was done stays done
            continue
        if error is None:
            work.future.set_result(result)
        else:
            work.future.set_exception(error)
