"""What is written for both engines and must be good on each."""

from sqlalchemy import select

from whimbrel.core.engines import Query, in_list
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
