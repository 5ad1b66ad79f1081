"""What is written for both engines and must be good on each."""

import pytest
from sqlalchemy import bindparam, select

from whimbrel.core.engines import Query, in_list
from whimbrel.core.sqlite import connect
from whimbrel.core.tables import jobs


def test_rows_named_by_a_list_are_looked_up(tx):
    """A page of 20 posts would otherwise read every post there is, and get slower with each."""
    query = Query(select(jobs.c.task).where(in_list(jobs.c.id, "ids")))
    sql, _ = query.prepare(tx.engine, {"list_ids": [1, 2]})
    assert "= 1" not in sql
    assert "= true" not in sql
    assert tx.rows(query, list_ids=[1, 2]) == []


def test_a_list_can_be_excluded(tx):
    """Whoever asks for everything but some must not get just those."""
    query = Query(select(jobs.c.id).where(~in_list(jobs.c.task, "tasks")))
    assert tx.rows(query, list_tasks=["x"]) == []


def plans(connection, query, **values) -> int:
    """How much SQLite plans while a statement is run again that it has run before."""
    asked = []
    connection.set_authorizer(lambda *what: asked.append(what) or 0)
    sql, bound = query.prepare("sqlite", values)
    connection.execute(sql, bound).fetchall()
    assert asked, "planning asks the authorizer"
    asked.clear()
    for _ in range(20):
        connection.execute(sql, bound).fetchall()
    connection.set_authorizer(None)
    return len(asked)


@pytest.fixture
def connection(tmp_path):
    opened = connect(tmp_path / "x.db")
    opened.execute(
        "CREATE TABLE jobs (id INTEGER PRIMARY KEY, lane, task, event, due, tries, error)"
    )
    yield opened
    opened.close()


def test_a_page_is_not_planned_anew_each_time(connection):
    """Planning takes several times what reading a page takes, for every reader of every page."""
    page = select(jobs.c.id).order_by(jobs.c.id).limit(bindparam("most", required=True))
    assert plans(connection, Query(page), most=20) == 0
    assert (
        plans(connection, Query(page.offset(bindparam("past", required=True))), most=2, past=1) == 0
    )


def test_limit_and_offset_are_kept_to(tx):
    """A page of the wrong length, or one that begins elsewhere, loses posts between pages."""
    numbers = select(jobs.c.id).where(jobs.c.id < 0)
    assert tx.rows(Query(numbers.limit(bindparam("most", required=True))), most=1) == []
    assert tx.rows(Query(numbers.offset(3))) == []
