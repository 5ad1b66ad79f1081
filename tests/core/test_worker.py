"""The outbox and its worker: exactly once, at least once, later when it failed, never lost."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, func, select, update

from whimbrel.core import worker
from whimbrel.core.db import Db, open_db
from whimbrel.core.engines import Query, upsert
from whimbrel.core.errors import Unavailable
from whimbrel.core.outbox import MAX_TRIES, Event, Routes, emit
from whimbrel.core.tables import counters, jobs
from whimbrel.core.worker import Worker, backlog, dead_letters, release, revive, work

BEGIN = Query(upsert(counters, ["name"], ["value"]))
ADD = Query(
    update(counters)
    .where(counters.c.name == "done")
    .values(value=counters.c.value + bindparam("n"))
)
DONE = Query(select(counters.c.value).where(counters.c.name == "done"))
WAITING = Query(select(func.count()).select_from(jobs))


class Rang(Event, frozen=True, kw_only=True):
    """A bell."""

    times: int


class Seen(Event, frozen=True, kw_only=True):
    """Something that is looked on at."""

    times: int


class Broke(Event, frozen=True, kw_only=True):
    """Something nobody can handle."""

    number: int


class Sent(Event, frozen=True, kw_only=True):
    """For the outside world."""

    number: int


def count(tx: Any, event: Rang | Seen) -> None:
    tx.run(ADD, n=event.times)


def fail(tx: Any, event: Broke) -> None:
    tx.run(ADD, n=1000)
    raise ValueError("somebody's words")


async def tell(app: list[int], event: Sent) -> None:
    app.append(event.number)
    if len(app) < 3:
        raise Unavailable


@pytest.fixture
def db(database: str, tmp_path: Path, instance: Any, clock: Any) -> Iterator[Db]:
    routes = Routes(
        [("timelines", Rang, count), ("slow", Broke, fail)],
        [("federation", Sent, tell)],
        [(Seen, count)],
    )
    opened = open_db(database, tmp_path, instance, routes, clock)
    opened.write_sync(lambda tx: tx.run(BEGIN, name="done", value=0))
    yield opened
    opened.close()


def turn(db: Db, lane: Any = "timelines") -> Any:
    return asyncio.run(work(db, lane))


def done(db: Db) -> int:
    return db.write_sync(lambda tx: tx.value(DONE))


def test_a_witness_is_there_when_it_happens(db):
    """What it does is part of that: done at once, and undone with it; no job is left behind."""

    def regret(tx: Any) -> None:
        tx.emit(Seen(times=5))
        raise Unavailable

    db.write_sync(lambda tx: tx.emit(Seen(times=3)))
    with pytest.raises(Unavailable):
        db.write_sync(regret)
    assert db.write_sync(lambda tx: (tx.value(DONE), tx.value(WAITING))) == (3, 0)


def test_a_handler_happens_once(db):
    """A delivery done twice is a double; one not done is a loss."""
    db.write_sync(lambda tx: [tx.emit(Rang(times=1)) for _ in range(5)])
    turn(db)
    turn(db)
    assert done(db) == 5
    assert db.write_sync(lambda tx: tx.value(WAITING)) == 0


def test_what_failed_did_nothing_and_comes_again_later(db, clock):
    """Half a handler must not stay, and the next try must wait."""
    db.write_sync(lambda tx: tx.emit(Broke(number=1)))
    turn(db, "slow")
    assert done(db) == 0
    assert turn(db, "slow") == (0, [])
    clock.step(seconds=3)
    assert turn(db, "slow")[0] == 1


def test_what_failed_takes_nobody_with_it(db, clock, monkeypatch):
    """Handlers share a transaction: one that always fails must not undo the deliveries beside it,
    nor have them happen twice."""
    monkeypatch.setattr(worker, "TURN", 60.0)  # all in one, however busy the machine is
    routes = Routes([("slow", Rang, count), ("slow", Broke, fail)])
    db.env.routes.tasks.update(routes.tasks)
    events = [Rang(times=1), Broke(number=1), Rang(times=1)]
    db.write_sync(lambda tx: [emit(tx, routes, event, tx.ms) for event in events])
    assert turn(db, "slow")[0] == 3
    assert done(db) == 2
    assert db.write_sync(lambda tx: tx.value(WAITING)) == 1
    clock.step(seconds=3)
    turn(db, "slow")
    assert done(db) == 2


def test_after_eight_tries_a_person_is_asked_and_told_no_words(db, clock):
    """A job that fails for ever must be seen, and must not carry what people wrote."""
    db.write_sync(lambda tx: tx.emit(Broke(number=1)))
    for _ in range(MAX_TRIES):
        turn(db, "slow")
        clock.step(days=1)
    ((job, lane, task, error),) = db.write_sync(dead_letters)
    assert lane == "slow"
    assert task.endswith("test_worker.fail:Broke")
    assert error.startswith("ValueError at test_worker.py:")
    assert db.write_sync(backlog) == {}
    assert db.write_sync(revive, job)
    assert turn(db, "slow")[0] == 1


def test_a_clock_rings_when_it_is_due(db, clock):
    """A deadline that rings early is a wrong; one that never rings is worse."""
    db.write_sync(lambda tx: tx.emit(Rang(times=1), due=tx.now.replace(hour=13)))
    turn(db)
    assert done(db) == 0
    clock.step(hours=1)
    turn(db)
    assert done(db) == 1


def test_events_of_a_failed_action_are_not_heard(db):
    """What did not happen must have no consequences."""

    def act(tx):
        tx.emit(Rang(times=1))
        raise Unavailable

    with pytest.raises(Unavailable):
        db.write_sync(act)
    turn(db)
    assert done(db) == 0


def test_what_was_under_way_when_the_power_went_is_due_at_once(db, clock):
    """Who works alone need not wait ten minutes for itself; what is put off for later stays so."""
    db.write_sync(lambda tx: tx.emit(Sent(number=7)))
    assert len(turn(db, "federation")[1]) == 1
    later = clock.now + timedelta(seconds=1)
    db.write_sync(lambda tx: tx.emit(Rang(times=1), due=later))
    assert turn(db, "federation") == (0, [])
    db.write_sync(release)
    assert len(turn(db, "federation")[1]) == 1
    assert turn(db) == (0, [])


def test_the_worker_is_woken_and_tries_effects_again(db, clock):
    """The far end was away: it hears of it when it is back, and nobody else waits meanwhile."""
    told: list[int] = []

    async def go():
        worker = Worker(db, told)
        worker.start()
        await db.write(lambda tx: [tx.emit(Sent(number=7)), tx.emit(Rang(times=1))])
        for _ in range(600):
            clock.step(seconds=5)
            await asyncio.sleep(0.01)
            if len(told) >= 3 and await db.read(lambda tx: tx.value(WAITING)) == 0:
                break
        await worker.stop()

    asyncio.run(go())
    assert told == [7, 7, 7]
    assert done(db) == 1
