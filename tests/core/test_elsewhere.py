"""Acknowledged only when another place has it too; and what happens while that is away."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from whimbrel.core import elsewhere
from whimbrel.core.db import Db
from whimbrel.core.elsewhere import Late, Remote, WhenAway, unseen
from whimbrel.core.engines import Query, upsert
from whimbrel.core.errors import Unavailable
from whimbrel.core.tables import counters
from whimbrel.core.tx import Tx

SET = Query(upsert(counters, ("name",), ("value",)))


class Place:
    """Another place, which may be away."""

    def __init__(self) -> None:
        self.there, self.asked = threading.Event(), 0
        self.there.set()

    def reach(self) -> None:
        self.asked += 1
        time.sleep(0.01)
        if not self.there.is_set():
            raise Unavailable("It is away.")


def count(tx: Tx, name: str) -> str:
    tx.run(SET, name=name, value=1)
    return name


def look(tx: Tx) -> int:
    return tx.ms


@pytest.fixture
def place(db: Db) -> Iterator[Callable[[WhenAway], Place]]:
    made = Place()

    def build(policy: WhenAway) -> Place:
        db.remote = Remote(made.reach, policy)
        return made

    yield build
    if db.remote is not None:
        db.remote.close()
        db.remote = None


def told(*stories: Any) -> list[Any]:
    async def go() -> list[Any]:
        return await asyncio.gather(*(story() for story in stories), return_exceptions=True)

    return asyncio.run(go())


def test_many_wait_for_one_barrier(db, place):
    """One each would make an object each on the far side, and a restore slow."""
    there = place("wait")
    names = [f"n{number}" for number in range(100)]
    assert told(*(lambda name=name: db.write(count, name) for name in names)) == names
    assert 1 <= there.asked < 20
    asked = there.asked
    assert told(lambda: db.write(look))[0] > 0
    assert there.asked == asked, "what changed nothing waits for nothing"

    async def ours() -> str:
        unseen.set(True)
        return await db.write(count, "a job")

    there.there.clear()
    assert told(ours) == ["a job"]
    assert there.asked == asked, "nobody outside is told of it"


def test_who_waits_is_told_when_it_is_back(db, place, monkeypatch):
    """And who waits for too long is told that it is not confirmed, though it is stored."""
    monkeypatch.setattr(elsewhere, "PATIENCE", 1.0)
    there = place("wait")
    there.there.clear()
    threading.Timer(0.4, there.there.set).start()
    began = time.monotonic()
    assert told(lambda: db.write(count, "late")) == ["late"]
    assert time.monotonic() - began >= 0.4
    assert db.remote.away == ""
    there.there.clear()
    [refused] = told(lambda: db.write(count, "later"))
    assert isinstance(refused, Late)
    assert db.remote.away == "It is away."


def test_all_goes_on_with_a_red_light(db, place):
    """And how much went on so is counted."""
    there = place("async")
    there.there.clear()
    assert told(lambda: db.write(count, "one")) == ["one"]
    assert db.remote.away
    began, asked = time.monotonic(), there.asked
    assert told(*(lambda n=n: db.write(count, f"n{n}") for n in range(5))) == [
        f"n{n}" for n in range(5)
    ]
    assert time.monotonic() - began < 1
    assert there.asked <= asked + 1, "it is known to be away"
    assert db.remote.unsafe == 6
    there.there.set()
    end = time.monotonic() + 10
    while db.remote.away:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert told(lambda: db.write(count, "safe")) == ["safe"]
    assert db.remote.unsafe == 6


def test_nothing_is_taken_without_it(db, place):
    """The first that meets it is stored and not confirmed; those after are not stored."""
    there = place("refuse")
    there.there.clear()
    [first] = told(lambda: db.write(count, "first"))
    assert isinstance(first, Late)
    [second] = told(lambda: db.write(count, "second"))
    assert isinstance(second, Unavailable)
    assert not isinstance(second, Late)

    async def stored() -> list[str]:
        def names(tx: Tx) -> list[str]:
            return [row[0] for row in tx.rows(counters.select())]

        return await db.read(names)

    [found] = told(stored)
    assert "first" in found
    assert "second" not in found
    there.there.set()
    end = time.monotonic() + 10
    while db.remote.away:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert told(lambda: db.write(count, "third")) == ["third"]
