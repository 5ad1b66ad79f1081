"""The search index as a schema of its own in PostgreSQL.

The table is UNLOGGED: it is derived, so it need not be in the log of writes, and must not be in the
archives made of that log. A crash of the database empties it; `whimbrel db rebuild-search` fills
it again.

PostgreSQL leaves deleted rows in its files until a page is used again, and the tokens in the index
for ever. They are MACs, but with the keyring one could try words on them. So what is left after
`forget` is swept soon: the rows that stand are copied into a new table, and the file of the old one
is emptied. Searching goes on meanwhile; how long a sweep takes decides when the next may be."""

import asyncio
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg

from .. import logs, pglines
from ..errors import Unavailable
from ..pglines import PoolTimeout, lent, unhurried

T = TypeVar("T")

_THREADS = 2
_LOCK = 7_243_002  # any number of our own: making the schema
_END = (1 << 63) - 1
_SOON = 5.0  # seconds from forgetting to sweeping; more is forgotten meanwhile
_SHARE = 100  # of the time that this process may spend sweeping: one part of so many
_PARTING = 3.0  # seconds that a sweep may have taken for another one to be made when it stops

_MAKE = """
CREATE SCHEMA IF NOT EXISTS whimbrel_search;
CREATE UNLOGGED TABLE IF NOT EXISTS whimbrel_search.found (
    number bigint PRIMARY KEY, tokens tsvector NOT NULL);
CREATE INDEX IF NOT EXISTS found_tokens ON whimbrel_search.found USING gin (tokens)
    WITH (fastupdate = off);
CREATE UNLOGGED TABLE IF NOT EXISTS whimbrel_search.left_over (one boolean PRIMARY KEY);
"""
# Statistics are tables as well, and would keep the commonest tokens.
_NO_STATISTICS = "ALTER TABLE whimbrel_search.found ALTER COLUMN tokens SET STATISTICS 0"
_NOTE = "INSERT INTO whimbrel_search.left_over VALUES (true) ON CONFLICT DO NOTHING"
_SWEEP = """
CREATE UNLOGGED TABLE whimbrel_search.fresh (number bigint NOT NULL, tokens tsvector NOT NULL);
INSERT INTO whimbrel_search.fresh SELECT number, tokens FROM whimbrel_search.found;
ALTER TABLE whimbrel_search.fresh ADD CONSTRAINT fresh_pkey PRIMARY KEY (number);
CREATE INDEX fresh_tokens ON whimbrel_search.fresh USING gin (tokens) WITH (fastupdate = off);
DROP TABLE whimbrel_search.found;
ALTER TABLE whimbrel_search.fresh RENAME TO found;
ALTER INDEX whimbrel_search.fresh_pkey RENAME TO found_pkey;
ALTER INDEX whimbrel_search.fresh_tokens RENAME TO found_tokens;
"""

log = logs.get(__name__)


class PostgresIndex:
    """See `SearchIndex`."""

    def __init__(self, url: str) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="whimbrel-search")
        # One more: the sweeper's.
        self._pool = pglines.pool(url, "whimbrel-search", least=0, most=_THREADS + 1)
        with psycopg.connect(url) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            connection.execute(_MAKE)
            connection.execute(_NO_STATISTICS)
        self._dirty, self._closing = threading.Event(), threading.Event()
        self._dirty.set()  # somebody may have been stopped before it was done
        self._sweeper = threading.Thread(target=self._keep_swept, name="whimbrel-sweep")
        self._sweeper.start()

    async def put(self, posts: Mapping[int, Collection[str]]) -> None:
        """See `SearchIndex.put`."""
        changed = await self._do(
            "WITH put AS (INSERT INTO whimbrel_search.found"
            " SELECT number, array_to_tsvector(string_to_array(tokens, ' '))"
            " FROM unnest(%s::bigint[], %s::text[]) AS put (number, tokens)"
            " ON CONFLICT (number) DO UPDATE SET tokens = excluded.tokens"
            " RETURNING xmax <> 0 AS changed), note AS (INSERT INTO whimbrel_search.left_over"
            " SELECT true FROM put WHERE changed LIMIT 1 ON CONFLICT DO NOTHING)"
            " SELECT bool_or(changed) FROM put",
            (list(posts), [" ".join(tokens) for tokens in posts.values()]),
        )
        if changed[0][0]:
            self._dirty.set()

    async def forget(self, numbers: Sequence[int]) -> None:
        """See `SearchIndex.forget`."""
        await self._do(
            f"WITH note AS ({_NOTE})"  # noqa: S608 (our own words)
            " DELETE FROM whimbrel_search.found WHERE number = ANY (%s)",
            (list(numbers),),
        )
        self._dirty.set()

    async def find(
        self,
        all_of: Collection[str],
        any_of: Collection[str] = (),
        none_of: Collection[str] = (),
        *,
        above: int = 0,
        below: int | None = None,
        most: int = 40,
    ) -> list[int]:
        """See `SearchIndex.find`."""
        groups = [*all_of, *([f"({' | '.join(any_of)})"] if any_of else [])]
        if not groups:
            return []
        asked = " & ".join((*groups, *(f"!{token}" for token in none_of)))
        rows = await self._do(
            "SELECT number FROM whimbrel_search.found WHERE number > %s AND number < %s"
            " AND tokens @@ %s::tsquery ORDER BY number DESC LIMIT %s",
            (above, _END if below is None else below, asked, most),
        )
        return [row[0] for row in rows]

    async def clear(self) -> None:
        """See `SearchIndex.clear`."""
        await self._do("TRUNCATE whimbrel_search.found", ())

    def close(self) -> None:
        """See `SearchIndex.close`."""
        self._threads.shutdown()
        self._closing.set()
        self._dirty.set()
        self._sweeper.join()
        self._pool.close()

    async def _do(self, sql: str, values: tuple[object, ...]) -> list[Any]:
        return await _in(self._threads, self._run, sql, values)

    def _run(self, sql: str, values: tuple[object, ...]) -> list[Any]:
        try:
            with lent(self._pool) as connection:
                cursor = connection.execute(sql.encode(), values)
                return cursor.fetchall() if cursor.description else []
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise Unavailable("Search does not work right now.") from error

    # ---------------------------------------------------------------- the sweeper's thread

    def _keep_swept(self) -> None:
        pause = took = 0.0  # at first at once
        last = False
        while not last:
            self._dirty.wait()
            self._closing.wait(pause)
            last = self._closing.is_set()
            self._dirty.clear()
            if not last or took < _PARTING:
                took = self._sweep()
                pause = max(_SOON, took * _SHARE)

    def _sweep(self) -> float:
        """Sweep, if anything is left over; the seconds it took."""
        began = time.monotonic()
        try:
            with lent(self._pool) as connection, unhurried(connection), connection.transaction():
                connection.execute("LOCK TABLE whimbrel_search.found IN SHARE ROW EXCLUSIVE MODE")
                if connection.execute("DELETE FROM whimbrel_search.left_over").rowcount:
                    connection.execute(_SWEEP)
                    connection.execute(_NO_STATISTICS)
        except (psycopg.Error, PoolTimeout) as error:  # it is noted, and done the next time
            log.error("search index not swept", error=type(error).__name__)
            self._dirty.set()
        return time.monotonic() - began


async def _in(threads: ThreadPoolExecutor, fn: Callable[..., T], *args: object) -> T:
    return await asyncio.get_running_loop().run_in_executor(threads, fn, *args)
