"""Connections to PostgreSQL over lines that fail: none is waited on for ever.

A machine that vanished is noticed by TCP within half a minute. What lies between may also take
every byte and pass on none: so a statement that gets no answer for `SILENCE` seconds is given up
with its connection. Whoever wants a connection gets one that was not closed while it lay idle."""

import select
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool, PoolTimeout

__all__ = ["PATIENCE", "SILENCE", "Line", "Pool", "PoolTimeout", "lent", "pool", "unhurried"]

SILENCE = 60.0  # seconds that one statement may take
PATIENCE = 10.0  # seconds to wait for a connection
_INTERVAL = 0.1  # seconds between looks for signals, as the library has it
_TCP = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,  # ms
}


class Line(psycopg.Connection[Any]):
    """A connection that gives up: after `silence` seconds (None = never)."""

    silence: float | None = None

    def wait(self, gen: Any, interval: float = _INTERVAL, timeout: float | None = None) -> Any:
        """As the library's. Raises OperationalError: no answer came in time, and it is closed."""
        try:
            return super().wait(gen, interval, self.silence if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()  # what is under way there is undone there
            raise


Pool = ConnectionPool[Line]


def pool(
    url: str, name: str, *, least: int, most: int, configure: Callable[[Line], None] | None = None
) -> Pool:
    """So many connections, opened as they are needed. What the URL says of TCP is kept to."""
    given = conninfo_to_dict(url)

    def prepare(line: Line) -> None:
        line.autocommit = True  # a transaction is opened where one is meant
        line.silence = SILENCE
        if configure is not None:
            configure(line)

    return ConnectionPool(
        url,
        connection_class=Line,
        kwargs={key: value for key, value in _TCP.items() if key not in given},
        min_size=least,
        max_size=most,
        timeout=PATIENCE,
        reconnect_timeout=PATIENCE,  # then whoever asks next tries anew, without a growing pause
        open=True,
        configure=prepare,
        name=name,
    )


@contextmanager
def lent(lines: Pool) -> Iterator[Line]:
    """A connection for the length of the block. Raises PoolTimeout, OperationalError."""
    until = time.monotonic() + PATIENCE
    line = lines.getconn(PATIENCE)
    while _ended(line):  # all of them, where the server was started anew
        line.close()
        lines.putconn(line)
        line = lines.getconn(max(0.0, until - time.monotonic()))
    try:
        with line:
            yield line
    finally:
        lines.putconn(line)


@contextmanager
def unhurried(line: Line) -> Iterator[None]:
    """What is known to take long may."""
    line.silence = None
    try:
        yield
    finally:
        line.silence = SILENCE


def _ended(line: Line) -> bool:
    """Whether the server closed it, or said something unasked, which comes to the same."""
    look = select.poll()
    look.register(line.pgconn.socket, select.POLLIN)
    return bool(look.poll(0))
