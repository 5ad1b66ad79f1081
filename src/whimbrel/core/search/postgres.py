"""The search index as a schema of its own in PostgreSQL.

The table is UNLOGGED: it is derived, so it need not be in the log of writes, and must not be in the
archives made of that log. A crash of the database empties it; `whimbrel db rebuild-search` fills
it again."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from ..errors import Unavailable

T = TypeVar("T")

_THREADS = 2
_LOCK = 7_243_002  # any number of our own: making the schema
_END = (1 << 63) - 1
_MAKE = """
CREATE SCHEMA IF NOT EXISTS whimbrel_search;
CREATE UNLOGGED TABLE IF NOT EXISTS whimbrel_search.found (
    number bigint PRIMARY KEY, tokens tsvector NOT NULL);
CREATE INDEX IF NOT EXISTS found_tokens ON whimbrel_search.found USING gin (tokens)
    WITH (fastupdate = off);
"""


class PostgresIndex:
    """See `SearchIndex`."""

    def __init__(self, url: str) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="whimbrel-search")
        self._pool = ConnectionPool(
            url,
            min_size=0,
            max_size=_THREADS,
            open=True,
            kwargs={"autocommit": True},
            name="whimbrel-search",
        )
        with psycopg.connect(url) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            connection.execute(_MAKE)

    async def put(self, posts: Mapping[int, Collection[str]]) -> None:
        """See `SearchIndex.put`."""
        await self._do(
            "INSERT INTO whimbrel_search.found"
            " SELECT number, array_to_tsvector(string_to_array(tokens, ' '))"
            " FROM unnest(%s::bigint[], %s::text[]) AS put (number, tokens)"
            " ON CONFLICT (number) DO UPDATE SET tokens = excluded.tokens",
            (list(posts), [" ".join(tokens) for tokens in posts.values()]),
        )

    async def forget(self, numbers: Sequence[int]) -> None:
        """See `SearchIndex.forget`."""
        await self._do(
            "DELETE FROM whimbrel_search.found WHERE number = ANY (%s)",
            (list(numbers),),
        )

    async def find(
        self,
        all_of: Collection[str],
        any_of: Collection[str] = (),
        *,
        below: int | None = None,
        most: int = 40,
    ) -> list[int]:
        """See `SearchIndex.find`."""
        groups = [*all_of, *([f"({' | '.join(any_of)})"] if any_of else [])]
        if not groups:
            return []
        rows = await self._do(
            "SELECT number FROM whimbrel_search.found WHERE number < %s"
            " AND tokens @@ %s::tsquery ORDER BY number DESC LIMIT %s",
            (_END if below is None else below, " & ".join(groups), most),
        )
        return [row[0] for row in rows]

    async def clear(self) -> None:
        """See `SearchIndex.clear`."""
        await self._do("TRUNCATE whimbrel_search.found", ())

    def close(self) -> None:
        """See `SearchIndex.close`."""
        self._threads.shutdown()
        self._pool.close()

    async def _do(self, sql: str, values: tuple[object, ...]) -> list[Any]:
        return await _in(self._threads, self._run, sql, values)

    def _run(self, sql: str, values: tuple[object, ...]) -> list[Any]:
        try:
            with self._pool.connection() as connection:
                cursor = connection.execute(sql.encode(), values)
                return cursor.fetchall() if cursor.description else []
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise Unavailable("Search does not work right now.") from error


async def _in(threads: ThreadPoolExecutor, fn: Callable[..., T], *args: object) -> T:
    return await asyncio.get_running_loop().run_in_executor(threads, fn, *args)
