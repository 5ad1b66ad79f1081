"""The database as bytes, for another node: SQLite's file, PostgreSQL's tables; and its files in the
order in which they leave."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, case, literal_column, select

from whimbrel.core.engines import Query
from whimbrel.core.native import apsw
from whimbrel.core.sqlite import connect
from whimbrel.core.tables import metadata
from whimbrel.core.tx import Tx
from whimbrel.media.tables import files, media
from whimbrel.posts.queries import number

from . import rows

PART = 1 << 20  # bytes of a PostgreSQL table that are an object


# ------------------------------------------------------------------------------- SQLite


def settle(connection: Any) -> bool:
    """Bring all of the log into the file itself; False: a reader holds on to what is older."""
    return not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]


@contextmanager
def held(connection: Any) -> Iterator[None]:
    """Nobody writes to the file meanwhile, not even from the log."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def copied(source: Path, target: Path) -> None:
    """A copy of one moment, beside whoever writes."""
    target.unlink(missing_ok=True)
    whole = apsw.Connection(str(target))
    try:
        here = connect(source, readonly=True)
        try:
            with whole.backup("main", here, "main") as backup:
                backup.step()
        finally:
            here.close()
        whole.execute("PRAGMA journal_mode=DELETE")
    finally:
        whole.close()


# ------------------------------------------------------------------------------- PostgreSQL


@contextmanager
def postgres(url: str) -> Iterator[Any]:
    """A connection in a transaction that sees one moment."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def names() -> list[str]:
    """All tables, each behind those that its rows refer to."""
    return [table.name for table in metadata.sorted_tables]


def parts(connection: Any, name: str) -> Iterator[bytes]:
    """All rows of a table, in the order of their keys, as COPY writes them."""
    from psycopg import sql

    wanted = sql.SQL(", ").join(map(sql.Identifier, rows.columns(name)))
    order = sql.SQL(", ").join(map(sql.Identifier, rows.keys(name)))
    statement = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT (FORMAT binary)")
    held_ = bytearray()
    with connection.cursor().copy(statement.format(wanted, sql.Identifier(name), order)) as copy:
        for block in copy:
            held_ += block
            while len(held_) >= PART:
                yield bytes(held_[:PART])
                del held_[:PART]
    yield bytes(held_)


def empty(connection: Any) -> None:
    """All rows go, so that others can come: keys between tables are not looked at until they are
    all there, where this user may say so; else the order of tables has to do."""
    from psycopg import sql

    if connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()[
        0
    ]:
        connection.execute("SET LOCAL session_replication_role = replica")
    tables = sql.SQL(", ").join(map(sql.Identifier, names()))
    connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(tables))


@contextmanager
def filling(connection: Any, name: str) -> Iterator[Any]:
    """What takes the parts of a table, by `write`."""
    from psycopg import sql

    wanted = sql.SQL(", ").join(map(sql.Identifier, rows.columns(name)))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)")
    with connection.cursor().copy(statement.format(sql.Identifier(name), wanted)) as copy:
        yield copy


def go_on_counting(connection: Any) -> None:
    """Rows that the database numbers itself are numbered on from the highest."""
    from psycopg import sql

    for table in metadata.sorted_tables:
        column = table.c.get("id")
        if column is not None and column.autoincrement is True:
            statement = sql.SQL(
                "SELECT setval(pg_get_serial_sequence({}, 'id'), coalesce(max(id), 0) + 1, false)"
                " FROM {}"
            )
            name = sql.Identifier(table.name)
            connection.execute(statement.format(sql.Literal(table.name), name))


# ------------------------------------------------------------------------------- files


class File(NamedTuple):
    """A file in the store. `size`: of the plain one; `id`, `token`: where to go on from."""

    id: int
    token: str
    object: str
    size: int


ORDER = ("recent", "worn", "older", "derived")


def _is(*purposes: str) -> list[ColumnElement[Any]]:
    return [literal_column(f"'{purpose}'") for purpose in purposes]


_rank = case(
    (media.c.purpose.in_(_is("avatar", "header", "emoji")), 1),
    (files.c.variant != literal_column("'original'"), 3),
    (media.c.at >= number("recent"), 0),
    else_=2,
)
_HERE = (files.c.object != "", media.c.source.is_(None))
_FILES = Query(
    select(media.c.id, files.c.token, files.c.object, files.c.size)
    .join(media, media.c.id == files.c.media)
    .where(
        *_HERE,
        _rank == number("rank"),
        media.c.at >= number("since"),
        (media.c.id < number("before"))
        | (
            (media.c.id == number("before"))
            & (files.c.token > bindparam("after", type_=files.c.token.type))
        ),
    )
    .order_by(media.c.id.desc(), files.c.token)
    .limit(bindparam("most"))
)


def leaving(tx: Tx, rank: int, recent: int, since: int, last: File | None, most: int) -> list[File]:
    """The next files of a class, the newest first.

    Args:
        rank: of `ORDER`.
        recent: originals from then (ms) on are recent.
        since: only of uploads from then (ms) on.
        last: the one to go on behind.
    """
    before, after = ((1 << 62), "") if last is None else (last.id, last.token)
    given: Mapping[str, Any] = {"rank": rank, "recent": recent, "since": since}
    found = tx.rows(_FILES, **given, before=before, after=after, most=most)
    return [File(row[0], row[1], row[2], int(row[3])) for row in found]
