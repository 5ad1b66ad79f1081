"""One database, two engines, the same actions: where a plain function gets its transaction.

On SQLite bounded reads run on the event loop and all writes go through one thread that commits
many actions at once; on PostgreSQL every action has a pooled connection and a thread."""

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from .elsewhere import Remote
from .errors import WhimbrelError
from .fence import Fence
from .keyring import Keyring
from .outbox import Lane, Routes
from .settings import Instance, SettingsError
from .sqlite import Sqlite
from .tx import SlotBlock, Surroundings, Tx, settle_keys, shredded_slots, utc_now

T = TypeVar("T")

KEYS_AHEAD = 65_536  # slots that exist before anybody needs them


class Backend(Protocol):
    """What an engine has to do."""

    remote: Remote | None  # what is acknowledged is there too

    async def read(self, fn: Callable[..., T], *args: object, slow: bool = False) -> T: ...
    async def look(self, fn: Callable[..., T], *args: object) -> T: ...
    async def recall(self, fn: Callable[..., T], *args: object) -> T: ...
    async def write(self, fn: Callable[..., T], *args: object) -> T: ...
    def write_sync(self, fn: Callable[..., T], *args: object) -> T: ...
    async def drain(self) -> None: ...
    def forget(self) -> None: ...
    def close(self) -> None: ...


class Db:
    """The database of one process."""

    def __init__(self, backend: Backend, env: Surroundings) -> None:
        self._backend = backend
        self.env = env
        self.fence = Fence()
        self.on_jobs: Callable[[set[Lane]], None] | None = None
        self.publish: Callable[[str, bytes], None] | None = None  # whoever opens a pub/sub sets it
        self.broken: Exception | None = None  # how the disk failed: no more is written then
        self.on_broken: Callable[[], object] | None = None  # called in the thread that met it

    @property
    def instance(self) -> Instance:
        return self.env.instance

    @property
    def keyring(self) -> Keyring:
        return self.env.keyring

    async def read(self, fn: Callable[..., T], *args: object, slow: bool = False) -> T:
        """Run `fn(tx, *args)` on a snapshot.

        Args:
            slow: true for what is not bounded by key and LIMIT; it then never holds the loop.
        """
        return await self._backend.read(fn, *args, slow=slow)

    async def look(self, fn: Callable[..., T], *args: object) -> T:
        """As `read`, for what asks a single statement, which is a snapshot by itself, or more that
        need not agree to the moment: a page, and then the words it does not have at hand."""
        return await self._backend.look(fn, *args)

    async def recall(self, fn: Callable[..., T], *args: Hashable) -> T:
        """As `look`, from memory where the engine can tell that nobody wrote anything since.

        What it gave is shared, so it must not be changed; None is never kept. The clock may have
        gone on by up to a minute, and what another process wrote is seen a millisecond late.
        """
        return await self._backend.recall(fn, *args)

    async def write(self, fn: Callable[..., T], *args: object) -> T:
        """Run `fn(tx, *args)` and commit; returns when it is durable and keys it shredded are gone.

        Raises:
            WhimbrelError: what the action raised; nothing of it is stored.
            Unavailable: the disk is full or broken; nothing of it is stored.
            Closed: this node may not write. Where it came to be so meanwhile, it may be stored.
            Late: it is stored, but not confirmed elsewhere; see `elsewhere`.
        """
        self.fence.check()
        result = await self._backend.write(fn, *args)
        self.fence.check()
        return result

    def write_sync(self, fn: Callable[..., T], *args: object) -> T:
        """`write` for where no loop runs: start-up and tests."""
        self.fence.check()
        return self._backend.write_sync(fn, *args)

    async def close_fence(self, why: str) -> None:
        """Take no more writes; returns when none is under way."""
        self.fence.why = why
        await self._backend.drain()

    def forget(self) -> None:
        """Let go of what `recall` has in memory. On the event loop."""
        self._backend.forget()

    @property
    def remote(self) -> Remote | None:
        """Where everything has to be before it is acknowledged; None = on this disk is enough."""
        return self._backend.remote

    @remote.setter
    def remote(self, remote: Remote | None) -> None:
        self._backend.remote = remote

    def close(self) -> None:
        """Finish what was accepted, then let go of the files."""
        self._backend.close()
        self.env.keyring.close()


def settle(db: "Db | None", transactions: Iterable[Tx]) -> None:
    """What follows a commit, on the loop: messages, then the worker is woken."""
    lanes: set[Lane] = set()
    for tx in transactions:
        if tx.said and db is not None and db.publish is not None:
            for channel, message in tx.said:
                db.publish(channel, message)
        lanes |= tx.lanes
    if lanes and db is not None and db.on_jobs is not None:
        db.on_jobs(lanes)


def open_db(
    url: str,
    data: Path,
    instance: Instance,
    routes: Routes | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Db:
    """Open the database at `url` ("" = `data/whimbrel.db`) and the keyring beside it.

    Keys that the database says are shredded are shredded again before this returns.
    Migrations must have run (`migrate.migrate`).

    Raises:
        KeyringBroken: the keyring is missing, or is not the one that belongs to this database.
    """
    path = data / "keyring.bin"
    there = path.exists()
    keyring = Keyring.open(path, ahead=KEYS_AHEAD)
    postgres = url.startswith(("postgresql:", "postgres:"))
    env = Surroundings(
        "postgresql" if postgres else "sqlite",
        instance,
        keyring,
        routes or Routes(),
        SlotBlock(),
        clock,
    )
    holder: list[Db] = []

    def settled(transactions: Iterable[Tx]) -> None:
        settle(holder[0] if holder else None, transactions)

    def broke(error: Exception) -> None:
        if holder:
            holder[0].broken = holder[0].broken or error
            if holder[0].on_broken is not None:
                holder[0].on_broken()

    backend: Backend
    if postgres:
        # psycopg comes with the extra `postgres` and is not needed by SQLite.
        try:
            from .postgres import Postgres
        except ModuleNotFoundError as missing:
            raise SettingsError(
                f"database: PostgreSQL needs {missing.name}: pip install 'whimbrel[postgres]'."
            ) from missing
        backend = Postgres(url, env, settled, broke)
    else:
        backend = Sqlite(sqlite_path(url, data), env, settled, broke)
    db = Db(backend, env)
    try:
        backend.write_sync(settle_keys)
    except BaseException:
        db.close()
        if not there:  # made a moment ago, and not to be taken for the one that is missing
            path.unlink()
        raise
    holder.append(db)
    keyring.shred(backend.write_sync(shredded_slots))
    return db


def sqlite_path(url: str, data: Path) -> Path:
    """The file that a SQLite URL names."""
    if not url:
        return data / "whimbrel.db"
    if not url.startswith("sqlite:///"):
        raise WhimbrelError("database is neither sqlite:///PATH nor postgresql://...")
    return Path(url.removeprefix("sqlite:///"))
