"""PostgreSQL's replica at the second provider, as far as we ask it anything."""

import time
from typing import Any, NamedTuple

import psycopg

from whimbrel.core.errors import Conflict, Unavailable

from ..queries.standby import BEAT, TOKEN, objects_sql

_PATIENCE = 5  # seconds
_SEEN = "SELECT value FROM counters WHERE name = %s"
_WRITTEN = "SELECT pg_current_wal_flush_lsn()"
_RECEIVED = "SELECT pg_last_wal_receive_lsn() >= %s::pg_lsn"
_SHORT, _LONG = 0.001, 0.05  # seconds between looks
_COUNTERS = "SELECT name, value FROM counters"
_SHREDDED = "SELECT slot FROM shredded"
_UNSYNCED = "SELECT count(*) FROM unsynced"


class Newest(NamedTuple):
    """What a database says that its keyring has to be like, and its store."""

    fingerprint: int
    slots: int  # in use or set aside
    shredded: list[int]
    objects: int
    unsynced: int
    canary: int | None  # ms


class Replica:
    """A connection to it, made when it is needed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.AsyncConnection[Any] | None = None

    async def written(self) -> None:
        """See `canary.Far`: it needs no telling."""

    async def has(self, token: int) -> bool:
        """See `canary.Far`."""
        return bool(await self.ask(_SEEN, TOKEN) == token)

    async def ask(self, sql: str, *values: object) -> Any:
        """The first column of the first row. Raises Unavailable."""
        try:
            if self._connection is None:
                self._connection = await psycopg.AsyncConnection.connect(
                    self._url,
                    autocommit=True,
                    connect_timeout=_PATIENCE,
                    options=f"-c statement_timeout={_PATIENCE}s",
                )
            row = await (await self._connection.execute(sql.encode(), values)).fetchone()
        except psycopg.Error as error:
            await self.close()
            raise Unavailable("The replica does not answer.") from error
        return None if row is None else row[0]

    async def close(self) -> None:
        """See `canary.Far`."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


class Receipt:
    """Whether the replica's disk has what ours has; for one thread."""

    def __init__(self, primary: str, replica: str) -> None:
        self._primary, self._replica = _Line(primary), _Line(replica)

    def reach(self, seconds: float = _PATIENCE) -> None:
        """Returns when all that is committed now is on the replica's disk.

        Raises:
            Unavailable: not within that time; or it receives nothing, or is no replica.
        """
        try:
            written = self._primary.ask(_WRITTEN)
            end, pause = time.monotonic() + seconds, _SHORT
            while not (received := self._replica.ask(_RECEIVED, written)):
                if received is None:
                    raise Unavailable("The replica receives nothing: is it one?")
                if time.monotonic() > end:
                    raise Unavailable("The replica is behind.")
                time.sleep(pause)
                pause = min(pause * 2, _LONG)
        except psycopg.Error as error:
            self.close()
            raise Unavailable("The replica does not answer.") from error

    def close(self) -> None:
        """Let connections go."""
        self._primary.close()
        self._replica.close()


def newest(url: str) -> Newest:
    """What the database at `url` says now, be it a replica or not.

    Raises:
        Unavailable: it does not answer.
    """
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=_PATIENCE) as there:
            numbers: dict[str, int] = dict(there.execute(_COUNTERS).fetchall())
            shredded = [slot for (slot,) in there.execute(_SHREDDED)]
            sql, bound = objects_sql()
            many = there.execute(sql.encode(), bound).fetchone()
            unsynced = there.execute(_UNSYNCED).fetchone()
    except psycopg.Error as error:
        raise Unavailable("The replica does not answer.") from error
    return Newest(
        numbers.get("keyring", 0),
        numbers.get("slots", 1),
        shredded,
        many[0] if many else 0,
        unsynced[0] if unsynced else 0,
        numbers.get(BEAT),
    )


def promote(url: str, seconds: int = 60) -> None:
    """Let the replica take writes from now on; it goes its own way. Again does no harm.

    Raises:
        Conflict: who is named in the URL may not do that.
        Unavailable: it does not answer, or did not get there in time.
    """
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=_PATIENCE) as there:
            if there.execute("SELECT pg_is_in_recovery()").fetchone() == (False,):
                return
            if there.execute("SELECT pg_promote(true, %s)", (seconds,)).fetchone() != (True,):
                raise Unavailable(f"The replica was not promoted within {seconds} s.")
    except psycopg.errors.InsufficientPrivilege:
        raise Conflict(
            "standby_replica may not promote: GRANT EXECUTE ON FUNCTION pg_promote TO its user, "
            "or run pg_ctl promote there."
        ) from None
    except psycopg.Error as error:
        raise Unavailable("The replica does not answer.") from error


class _Line:
    """A connection, made when it is needed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection[Any] | None = None

    def ask(self, sql: str, *values: object) -> Any:
        if self._connection is None:
            self._connection = psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=_PATIENCE,
                options=f"-c statement_timeout={_PATIENCE}s",
            )
        row = self._connection.execute(sql.encode(), values).fetchone()
        return None if row is None else row[0]

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
