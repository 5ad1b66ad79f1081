"""From the first release's database to today's, with rows in every table, on both engines."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

import services
from whimbrel.core.migrate import migrate, sqlalchemy_engine
from whimbrel.core.upgrade import config

ROWS = 3  # in each table
Kept = dict[str, list[tuple[Any, ...]]]


def test_migrations_stand_in_one_line():
    """Two that follow the same one leave it to chance which of them a server runs."""
    scripts = ScriptDirectory.from_config(config())
    line = [each.revision for each in scripts.walk_revisions()][::-1]
    assert line == sorted(set(line))
    for before, script in pairwise(reversed(list(scripts.walk_revisions()))):
        assert script.down_revision == before.revision
        assert Path(script.path).name.startswith(f"{script.revision}_")


@pytest.fixture(params=("sqlite", "postgresql"))
def first(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database as the first release made it: empty ("" = SQLite in `tmp_path`)."""
    url = ""
    if request.param == "postgresql":
        cluster: services.Postgres = request.getfixturevalue("postgres")
        name = f"test_{uuid4().hex[:12]}"
        request.addfinalizer(lambda: cluster.drop(name))
        url = cluster.create(name)
    engine = sqlalchemy_engine(url, tmp_path)
    with engine.connect() as connection:
        command.upgrade(config(connection), "0001")
        connection.commit()
    engine.dispose()
    yield url


def _value(column: sa.Column[Any], n: int) -> Any:
    """Something a column takes, another in each row where it is not a yes or no."""
    kind = column.type
    if isinstance(kind, sa.Boolean):
        return True
    if isinstance(kind, sa.LargeBinary):
        return f"{column.name} {n}".encode()
    if isinstance(kind, sa.String):
        return f"{n}{column.name}"[: kind.length]
    return n  # numbers, and ids: row n belongs to row n of the other table


def _write(connection: sa.Connection, tables: sa.MetaData, numbers: range) -> None:
    for table in tables.sorted_tables:
        rows = [{column.name: _value(column, n) for column in table.c} for n in numbers]
        connection.execute(sa.insert(table), rows)
    connection.commit()


def _read(connection: sa.Connection, tables: sa.MetaData) -> Kept:
    """The columns that `tables` knows, of all rows there are now."""
    return {
        table.name: sorted((tuple(row) for row in connection.execute(sa.select(table))), key=repr)
        for table in tables.sorted_tables
    }


@pytest.fixture
def on(tmp_path: Path, first: str) -> Iterator[Callable[[], sa.Connection]]:
    """A new connection to that database."""
    engine = sqlalchemy_engine(first, tmp_path)
    yield engine.connect
    engine.dispose()


@pytest.fixture
def old(on: Callable[[], sa.Connection]) -> sa.MetaData:
    """The tables as the first release's code knows them."""
    tables = sa.MetaData()
    with on() as connection:
        tables.reflect(connection)
    tables.remove(tables.tables["alembic_version"])
    return tables


def test_every_row_of_the_first_release_survives(first: str, tmp_path: Path, on, old):
    """A server that is upgraded has everybody's posts in it."""
    with on() as connection:
        _write(connection, old, range(1, ROWS + 1))
        before = _read(connection, old)
    assert {len(rows) for rows in before.values()} == {ROWS}
    assert migrate(first, tmp_path)
    with on() as connection:
        assert _read(connection, old) == before
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []


def test_code_of_the_first_release_goes_on_writing(first: str, tmp_path: Path, on, old):
    """While a new process takes over, an old one serves beside it and knows none of the columns
    that came since: whoever posts to it would be told that the server is broken."""
    assert migrate(first, tmp_path)
    with on() as connection:
        _write(connection, old, range(1, ROWS + 1))
        assert {len(rows) for rows in _read(connection, old).values()} == {ROWS}


def test_people_who_were_here_before_are_found(first: str, tmp_path: Path, on, old):
    """Only whoever changes their name after the upgrade would be found by a word of it."""
    with on() as connection:
        _write(connection, old, range(1, ROWS + 1))
    migrate(first, tmp_path)
    with on() as connection:
        named = connection.exec_driver_sql("SELECT account FROM account_words").scalars()
        assert set(named) == set(range(1, ROWS + 1))
