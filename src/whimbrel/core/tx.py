"""What an action is handed: one open transaction, the clock read once, and the keys."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, NamedTuple, Protocol

from sqlalchemy import bindparam, select, update

from .engines import LOCK, Engine, Query, Statement, insert_ignore
from .ids import millis, moment
from .keyring import Keyring, KeyringBroken, Slot
from .outbox import Event, Lane, Routes, emit
from .settings import Instance
from .tables import counters, shredded

BLOCK = 2048  # slots a process sets aside at a time; what a crash wastes, 64 KiB of keyring
SLOTS_PER_ACTION = 256  # an action that needs more is split by its caller


class Cursor(Protocol):
    """The part of a DB-API cursor that both engines share."""

    @property
    def rowcount(self) -> int: ...
    def execute(self, sql: Any, values: Any = ...) -> Any: ...
    def executemany(self, sql: Any, values: Any) -> Any: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> Any: ...


class Surroundings(NamedTuple):
    """What every transaction of a process shares."""

    engine: Engine
    instance: Instance
    keyring: Keyring
    routes: Routes
    slots: "SlotBlock"
    clock: Callable[[], datetime]


class SlotBlock:
    """The slots this process has set aside and not yet used."""

    def __init__(self) -> None:
        self.next = self.end = 0

    def short(self) -> bool:
        """Whether the next action might run out."""
        return self.end - self.next < SLOTS_PER_ACTION

    def begin(self, end: int) -> None:
        """Use the block of slots that ends before `end`."""
        self.next, self.end = end - BLOCK, end

    def drop(self) -> None:
        """Forget the block: its reservation was not committed."""
        self.next = self.end = 0

    def take(self) -> int:
        """The next unused slot."""
        if self.next >= self.end:
            raise RuntimeError(f"an action took more than {SLOTS_PER_ACTION} slots")
        self.next += 1
        return self.next - 1


class Tx:
    """One transaction. Statements are `Query` objects, or ad-hoc Core statements off the hot path.

    Rows are plain tuples; what they mean is said by the query function that asked.
    """

    __slots__ = (
        "_cursor",
        "_env",
        "_marks",
        "emitted",
        "instance",
        "lanes",
        "ms",
        "queries",
        "said",
        "shreds",
        "wrote",
    )

    def __init__(self, cursor: Cursor, env: Surroundings) -> None:
        self._cursor = cursor
        self._env = env
        self.instance = env.instance
        self.ms = millis(env.clock())
        self.queries = 0
        self.wrote = False  # if so, what is read may yet be rolled back: keep it in no cache
        self.emitted: list[Event] = []
        self.lanes: set[Lane] = set()
        self.shreds: list[int] = []
        self.said: list[tuple[str, bytes]] = []
        self._marks: list[tuple[int, int, int]] = []

    @property
    def now(self) -> datetime:
        """When it began, to the millisecond."""
        return moment(self.ms)

    @property
    def engine(self) -> Engine:
        """Which database this is, for the few statements that must know."""
        return self._env.engine

    def _run(self, query: Query | Statement, values: dict[str, Any]) -> Cursor:
        if not isinstance(query, Query):
            query = Query(query)
        sql, bound = query.prepare(self._env.engine, values)
        self.queries += 1
        self._cursor.execute(sql, bound)
        return self._cursor

    def row(self, query: Query | Statement, **values: Any) -> Any:
        """The first row as a tuple, or None."""
        return self._run(query, values).fetchone()

    def rows(self, query: Query | Statement, **values: Any) -> list[Any]:
        """All rows, as tuples."""
        rows: list[Any] = self._run(query, values).fetchall()
        return rows

    def value(self, query: Query | Statement, **values: Any) -> Any:
        """The first column of the first row, or None."""
        row = self._run(query, values).fetchone()
        return None if row is None else row[0]

    def run(self, query: Query | Statement, **values: Any) -> int:
        """Rows touched."""
        self.wrote = True
        return self._run(query, values).rowcount

    def many(self, query: Query, values: Iterable[dict[str, Any]]) -> None:
        """The same statement once per dict of values."""
        self.wrote = True
        bound = [query.prepare(self._env.engine, each) for each in values]
        if bound:
            self.queries += 1
            self._cursor.executemany(bound[0][0], [each[1] for each in bound])

    def savepoint(self, name: str) -> None:
        """A point to go back to; `roll_back_to` also takes back events and messages since."""
        self._marks.append((len(self.emitted), len(self.shreds), len(self.said)))
        self._cursor.execute(f"SAVEPOINT {name}")

    def release(self, name: str) -> None:
        """Keep what was done since the savepoint."""
        self._marks.pop()
        self._cursor.execute(f"RELEASE SAVEPOINT {name}")

    def roll_back_to(self, name: str) -> None:
        """Undo what was done since the savepoint."""
        emitted, shreds, said = self._marks.pop()
        del self.emitted[emitted:], self.shreds[shreds:], self.said[said:]
        self._cursor.execute(f"ROLLBACK TO SAVEPOINT {name}")
        self._cursor.execute(f"RELEASE SAVEPOINT {name}")

    def emit(self, event: Event, *, due: datetime | None = None) -> None:
        """Tell whoever listens, in this same transaction; `due` makes it a clock."""
        self.emitted.append(event)
        at = self.ms if due is None else millis(due)
        self.lanes |= emit(self, self._env.routes, event, at)

    def lock(self, name: str, number: int) -> None:
        """Let actions that check `name` of `number` and then write it go one after the other.

        SQLite has one writer anyway; on PostgreSQL it lasts until the transaction ends."""
        if self._env.engine == "postgresql":
            key = int.from_bytes(blake2b(f"{name} {number}".encode(), digest_size=8).digest())
            self.run(LOCK, key=key - (1 << 63))

    @property
    def keyring(self) -> Keyring:
        """The keys themselves, for what is done to all of them."""
        return self._env.keyring

    def slot(self) -> int:
        """A fresh slot of the keyring: the key of something about to be stored."""
        return self._env.slots.take()

    def seal(self, slot: Slot, text: bytes) -> bytes:
        """`text` encrypted under the keys of `slot`."""
        return self._env.keyring.seal(slot, text)

    def unseal(self, slot: Slot, sealed: bytes) -> bytes:
        """The reverse. Raises Shredded when the key is gone."""
        return self._env.keyring.unseal(slot, sealed)

    def mac(self, label: str, text: bytes) -> bytes:
        """A keyed hash for looking things up without storing them (e-mail addresses)."""
        return self._env.keyring.mac(label, text)

    def shred(self, slots: Iterable[int]) -> None:
        """Destroy these keys: recorded here, overwritten on disk before the caller is answered."""
        for slot in slots:
            self.run(_RECORD_SHRED, slot=slot, at=self.ms)
            self.shreds.append(slot)

    def publish(self, channel: str, message: bytes) -> None:
        """Send to whoever listens just now, once this is durable; see `core.pubsub`."""
        self.said.append((channel, message))


_RECORD_SHRED = Query(insert_ignore(shredded))
_ALL_SHREDDED = Query(select(shredded.c.slot))
_RESERVE = Query(
    update(counters)
    .where(counters.c.name == "slots")
    .values(value=counters.c.value + BLOCK)
    .returning(counters.c.value)
)
_FIRST_RESERVE = Query(insert_ignore(counters, ("name", "value")))


_COUNTER = Query(select(counters.c.value).where(counters.c.name == bindparam("name")))
_SKIP = Query(
    update(counters)
    .where(counters.c.name == "slots", counters.c.value < bindparam("least"))
    .values(value=bindparam("least"))
)


def reserve_slots(tx: Tx) -> int:
    """Set a block of slots aside, durably once `tx` commits; the end of the block."""
    tx.run(_FIRST_RESERVE, name="slots", value=1)  # slot 0 is the server's own
    tx.run(_SKIP, least=tx.keyring.marked)  # given out already, though the database forgot it
    end = int(tx.value(_RESERVE))
    tx.keyring.mark(end)
    return end


def settle_keys(tx: Tx) -> None:
    """At start: this keyring must be the one that the database was written with.

    Raises:
        KeyringBroken: it is another, or it is older than the database.
    """
    keyring = tx.keyring
    tx.run(_FIRST_RESERVE, name="keyring", value=keyring.fingerprint)
    if tx.value(_COUNTER, name="keyring") != keyring.fingerprint:
        raise KeyringBroken(
            f"{keyring.path} is not the keyring that this database was written with: nothing "
            "stored could be read. Put back the right one (from a keeper or a backup), or begin "
            "anew with an empty data folder."
        )
    keyring.require(int(tx.value(_COUNTER, name="slots") or 0) - 1)


def shredded_slots(tx: Tx) -> list[int]:
    """Every slot that must be dead."""
    return [row[0] for row in tx.rows(_ALL_SHREDDED)]


def utc_now() -> datetime:
    """The clock of a running server."""
    return datetime.now(UTC)
