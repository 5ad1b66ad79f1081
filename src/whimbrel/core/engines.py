"""Where SQLite and PostgreSQL differ, and nowhere else: placeholders, lists, upserts, job claims.

A `Query` is a SQLAlchemy Core statement compiled once per engine and then run on the raw cursor:
Core's own execution costs three times as much as the query."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Delete,
    Insert,
    Select,
    String,
    Table,
    TableValuedAlias,
    Update,
    bindparam,
    func,
    select,
)
from sqlalchemy import column as named
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler, SQLiteDialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import CompoundSelect, TextClause
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Boolean

from .tables import jobs

Engine = Literal["sqlite", "postgresql"]
Statement = Select[Any] | CompoundSelect[Any] | Insert | Update | Delete | TextClause
Values = Mapping[str, Any]

_encode_list = msgspec.json.Encoder().encode


class _SqliteCompiler(SQLiteCompiler):
    """SQLite plans a statement anew at each run where LIMIT is a bound value alone, which costs
    several times the run itself; with a sign before it, it is left alone."""

    def limit_clause(self, select: Any, **kw: Any) -> str:
        """LIMIT and OFFSET, where there is any."""
        text = ""
        if select._limit_clause is not None:
            text += f" LIMIT +{self.process(select._limit_clause, **kw)}"
        if select._offset_clause is not None:
            text += "" if text else " LIMIT -1"
            text += f" OFFSET +{self.process(select._offset_clause, **kw)}"
        return text


class _SqliteDialect(SQLiteDialect):
    statement_compiler = _SqliteCompiler
    supports_statement_cache = True


_DIALECTS: dict[str, Any] = {
    "sqlite": _SqliteDialect(paramstyle="named"),
    "postgresql": psycopg_dialect.dialect(),  # type: ignore[no-untyped-call]
}


class Query:
    """A statement to be run many times. Make it once, at module level.

    Args:
        statement: with `bindparam("name")` where a value goes in at each run.
    """

    __slots__ = ("_compiled", "statement")

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self._compiled: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {}

    def prepare(self, engine: Engine, values: Values) -> tuple[str, Values]:
        """The SQL text for `engine` and the values to bind, constants included."""
        found = self._compiled.get(engine)
        if found is None:
            found = self._compiled[engine] = _compile(self.statement, engine)
        sql, constants, lists = found
        if constants:
            values = {**constants, **values}
        if lists:
            values = dict(values)
            for name in lists:
                values[name] = _encode_list(list(values[name])).decode()
        return sql, values


def _compile(statement: Statement, engine: Engine) -> tuple[str, dict[str, Any], tuple[str, ...]]:
    compiled = statement.compile(
        dialect=_DIALECTS[engine], compile_kwargs={"render_postcompile": True}
    )
    binds = getattr(compiled, "binds", {})
    constants = {
        name: compiled.params[name]
        for name, bind in binds.items()
        if not bind.required and name in compiled.params
    }
    lists = tuple(n for n in binds if n.startswith("list_")) if engine == "sqlite" else ()
    return str(compiled), constants, lists


class _InList(ColumnElement[bool]):
    """`column IN <a list bound at run time>`; see `in_list`."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.bind: Any = bindparam(f"list_{name}", required=True)
        self.kind = column.type

    def self_group(self, against: Any = None) -> ColumnElement[Any]:
        """As it is: SQLAlchemy would write `... IN (...) = 1`, and SQLite then read every row."""
        return self


def in_list(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """`column` is one of the values bound as `list_<name>` (a list of int or str)."""
    return _InList(column, name)


@compiles(_InList, "sqlite")
def _in_json(element: _InList, compiler: Any, **kw: Any) -> str:
    column = compiler.process(element.column, **kw)
    values = compiler.process(element.bind, **kw)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 (compiled SQL)


@compiles(_InList, "postgresql")
def _in_array(element: _InList, compiler: Any, **kw: Any) -> str:
    column = compiler.process(element.column, **kw)
    element.bind.type = postgresql.ARRAY(element.kind)
    return f"{column} = ANY ({compiler.process(element.bind, **kw)})"


class _InIds(ColumnElement[bool]):
    """`column IN <the ids that another column holds>`; see `in_ids`."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: ColumnElement[Any], ids: ColumnElement[str]) -> None:
        self.column, self.ids = column, ids

    def self_group(self, against: Any = None) -> ColumnElement[Any]:
        """As it is; see `_InList`."""
        return self


def in_ids(column: ColumnElement[Any], ids: ColumnElement[str]) -> ColumnElement[bool]:
    """`column` is one of the numbers in a JSON array that a row of an outer statement holds."""
    return _InIds(column, ids)


@compiles(_InIds, "sqlite")
def _in_ids_json(element: _InIds, compiler: Any, **kw: Any) -> str:
    column, ids = (compiler.process(each, **kw) for each in (element.column, element.ids))
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 (compiled SQL)


@compiles(_InIds, "postgresql")
def _in_ids_text(element: _InIds, compiler: Any, **kw: Any) -> str:
    column, ids = (compiler.process(each, **kw) for each in (element.column, element.ids))
    values = f"json_array_elements_text(CAST({ids} AS json)) AS each(value)"
    return f"{column} IN (SELECT CAST(value AS bigint) FROM {values})"  # noqa: S608 (compiled SQL)


class _Row(FunctionElement[Any]):
    """A JSON array of columns."""

    inherit_cache = True


class _Rows(FunctionElement[Any]):
    """A JSON array of one value of each row, as text."""

    inherit_cache = True
    type = String()


@compiles(_Row, "sqlite")
def _row_of_json(element: _Row, compiler: Any, **kw: Any) -> str:
    return f"json_array{compiler.process(element.clause_expr, **kw)}"


@compiles(_Row, "postgresql")
def _row_built(element: _Row, compiler: Any, **kw: Any) -> str:
    return f"json_build_array{compiler.process(element.clause_expr, **kw)}"


@compiles(_Rows, "sqlite")
def _rows_of_json(element: _Rows, compiler: Any, **kw: Any) -> str:
    return f"json_group_array{compiler.process(element.clause_expr, **kw)}"


@compiles(_Rows, "postgresql")
def _rows_built(element: _Rows, compiler: Any, **kw: Any) -> str:
    return f"CAST(json_agg{compiler.process(element.clause_expr, **kw)} AS text)"


def rows_within(query: Select[Any]) -> ColumnElement[str | None]:
    """All rows of `query` as one value, so that they come with the row of another statement;
    `rows_read` reads it."""
    rows = query.subquery()
    return select(_Rows(_Row(*rows.c))).scalar_subquery()


def rows_read(value: str | None) -> list[tuple[Any, ...]]:
    """The rows that came as a value of `rows_within`, in no order."""
    return [tuple(row) for row in msgspec.json.decode(value)] if value else []


class _Each(FunctionElement[Any]):
    """The texts of a JSON array as rows; see `each_of`."""

    inherit_cache = False
    name = "json_each"


def each_of(name: str) -> TableValuedAlias:
    """A table with the column `value`: the texts of the JSON array bound as `name`, to be joined
    where `in_list` is not enough."""
    return _Each(bindparam(name, type_=String, required=True)).table_valued(named("value", String))


@compiles(_Each, "sqlite")
def _each_json(element: _Each, compiler: Any, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clause_expr.element)})"


@compiles(_Each, "postgresql")
def _each_text(element: _Each, compiler: Any, **kw: Any) -> str:
    array = compiler.process(element.clause_expr.element)
    return f"json_array_elements_text(CAST({array} AS json))"


def insert_ignore(table: Table, columns: Sequence[str] = ()) -> Any:
    """INSERT that does nothing where the row is there already (both engines speak this form).

    Args:
        columns: those to bind by name; all of the table's when empty.
    """
    return _insert(table, columns).on_conflict_do_nothing()


def insert_select(table: Table, columns: Sequence[str], rows: Select[Any]) -> Any:
    """INSERT the rows of a SELECT (which has a WHERE: SQLite asks for one), leaving out those that
    are there already."""
    return postgresql.insert(table).from_select(list(columns), rows).on_conflict_do_nothing()


def upsert(
    table: Table, keys: Sequence[str], changes: Sequence[str], columns: Sequence[str] = ()
) -> Any:
    """INSERT, or set `changes` to the new values where `keys` are there already."""
    insert = _insert(table, columns)
    return insert.on_conflict_do_update(
        index_elements=list(keys), set_={name: insert.excluded[name] for name in changes}
    )


def _insert(table: Table, columns: Sequence[str]) -> Any:
    names = columns or [column.name for column in table.columns]
    return postgresql.insert(table).values({name: bindparam(name) for name in names})


def insert(table: Table, columns: Sequence[str] = ()) -> Any:
    """A plain INSERT binding each column (or those named) by its own name."""
    return _insert(table, columns)


@lru_cache(maxsize=64)
def claim_jobs(engine: Engine) -> Query:
    """Due jobs of a lane, oldest first; on PostgreSQL those nobody else holds."""
    query = (
        select(jobs.c.id, jobs.c.task, jobs.c.event, jobs.c.tries)
        .where(jobs.c.lane == bindparam("lane"), jobs.c.due <= bindparam("now"))
        .order_by(jobs.c.due, jobs.c.id)
        .limit(bindparam("most"))
    )
    return Query(query.with_for_update(skip_locked=True) if engine == "postgresql" else query)


LOCK = Query(select(func.pg_advisory_xact_lock(bindparam("key", type_=BigInteger))))
