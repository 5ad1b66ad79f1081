"""What goes by ON DELETE CASCADE, and whose keys must go before it.

The database removes the rows below a row by itself and tells nobody their slots, and a key whose
slot nobody knows any more is never destroyed. So whoever deletes a row that others with slots hang
on asks here first. The foreign keys themselves are walked: a new table cannot be forgotten."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Table, select, union_all

from .engines import Query, in_list
from .tables import metadata
from .tx import Tx

Below = Callable[[ColumnElement[Any]], ColumnElement[bool]]  # a foreign key's column to: it is ours


def shred_below(tx: Tx, table: Table, ids: Iterable[int]) -> None:
    """Destroy the keys of all that hangs on these rows, which the caller deletes next.

    Args:
        ids: of rows of `table`. Their own slots are the caller's business.
    """
    wanted = list(ids)
    query = _slots(table)
    if query is not None and wanted:
        tx.shred([row[0] for row in tx.rows(query, list_ids=wanted)])


def parents_of_slots() -> set[str]:
    """The tables on which rows with slots hang, near or far."""
    return {table.name for table in metadata.tables.values() if _slots(table) is not None}


@cache
def _slots(table: Table) -> Query | None:
    found = list(_below(table, lambda column: in_list(column, "ids"), {table}))
    return Query(union_all(*found)) if found else None


def _below(parent: Table, is_ours: Below, passed: set[Table]) -> Iterator[Select[Any]]:
    """The slots below `parent`, one statement for each way that leads to some."""
    for table in metadata.tables.values():
        for key in table.foreign_keys:
            if key.column.table is not parent or (key.ondelete or "").upper() != "CASCADE":
                continue
            child = table.alias()
            ours = is_ours(child.c[key.parent.name])
            if "slot" in child.c:
                yield select(child.c.slot).where(ours, child.c.slot > 0)
            if table not in passed:
                yield from _below(table, _those(child, ours), passed | {table})


def _those(rows: FromClause, ours: ColumnElement[bool]) -> Below:
    """Whether a foreign key leads to one of `rows`. What has a key of two columns has nothing
    below it."""

    def below(column: ColumnElement[Any]) -> ColumnElement[bool]:
        return column.in_(select(next(iter(rows.primary_key))).where(ours))

    return below
