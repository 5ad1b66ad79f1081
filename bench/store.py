"""Where a measured server keeps its things, and a look into its outbox from outside."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from whimbrel.app.opening import database
from whimbrel.core.db import Db
from whimbrel.core.sqlite import connect

from . import process

PATIENCE = 120  # seconds in which the work that follows must be done
SOON_MS = 5_000  # due later than that is a clock, not work; every start of a server leaves some
LOOPBACK = ("127.0.0.1", "localhost", "::1", None)


class Refused(Exception):
    """Something did not do what measuring it needs; the message says what."""


class Store:
    """A data folder and its database. `pids` are processes that serve the database."""

    def __init__(self, data: Path, url: str, env: dict[str, str]) -> None:
        """
        Args:
            url: "" for SQLite in the data folder.
            env: settings of the server, as `WHIMBREL_*` variables.
        """
        self.data = data
        self.env = {**env, "WHIMBREL_DATABASE": url} if url else dict(env)
        self._url = url
        self._connection: Any = None
        self.pids = (process.parent(self.ask("SELECT pg_backend_pid()")),) if url else ()

    @contextmanager
    def opened(self) -> Iterator[Db]:
        """The database as the server's own commands open it."""
        before = dict(os.environ)
        os.environ.update(self.env)
        try:
            with database(self.data, None) as db:
                yield db
        finally:
            os.environ.clear()
            os.environ.update(before)

    def ask(self, statement: str, *values: int) -> int:
        """The single number a statement gives; `?` stands for the values."""
        if self._url:
            statement = statement.replace("?", "%s")
        row = self._cursor().execute(statement, values).fetchone()
        return int(row[0])

    def drain(self) -> None:
        """Wait until the outbox holds no work.

        Raises:
            Refused: there is still work after two minutes.
        """
        end = time.monotonic() + PATIENCE
        statement = "SELECT count(*) FROM jobs WHERE due < ?"
        while self.ask(statement, time.time_ns() // 1_000_000 + SOON_MS):
            if time.monotonic() > end:
                raise Refused(f"there is still work to do after {PATIENCE} s: {self._why()}")
            time.sleep(0.01)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _why(self) -> str:
        statement = "SELECT task, tries, error FROM jobs ORDER BY tries DESC, id LIMIT 3"
        rows = self._cursor().execute(statement).fetchall()
        return "; ".join(f"{task}, tried {tries} times: {error}" for task, tries, error in rows)

    def _cursor(self) -> Any:
        if self._connection is None:
            if self._url:
                import psycopg  # comes with the extra `postgres`

                self._connection = psycopg.connect(self._url, autocommit=True)
            else:
                self._connection = connect(self.data / "whimbrel.db", readonly=True)
        return self._connection.cursor()


@contextmanager
def stored(folder: Path, name: str, server: str, env: dict[str, str]) -> Iterator[Store]:
    """A store of its own, gone after the block.

    Args:
        server: "" for SQLite; else the URL of a database on this machine whose user may make
            databases: one is made beside it and dropped at the end.
    """
    data = folder / name
    data.mkdir(mode=0o700)
    if not server:
        store = Store(data, "", env)
        try:
            yield store
        finally:
            store.close()
        return
    with _made(server, f"whimbrel_bench_{os.getpid()}_{name}") as url:
        store = Store(data, url, env)
        try:
            yield store
        finally:
            store.close()


@contextmanager
def _made(server: str, name: str) -> Iterator[str]:
    import psycopg

    place = urlsplit(server)
    if place.hostname not in LOOPBACK:
        raise Refused(f"{place.hostname}: only a database on this machine can be measured")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlunsplit(place._replace(path=f"/{name}"))
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
