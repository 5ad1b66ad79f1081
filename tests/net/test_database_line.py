"""PostgreSQL at the end of a line that fails: nothing that was acknowledged is lost, whoever waits
is told in time, and it goes on by itself as soon as the line does."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from line import Line, line_to
from sqlalchemy import select

import services
from whimbrel.core import pglines, postgres
from whimbrel.core.db import Db, open_db
from whimbrel.core.engines import Query
from whimbrel.core.errors import Unavailable
from whimbrel.core.postgres import Doubtful
from whimbrel.core.settings import Instance
from whimbrel.core.tables import counters
from whimbrel.core.tx import Tx

LONG = bool(os.environ.get("WHIMBREL_LONG"))
SOON = 2.0  # seconds of silence after which these tests give up
_PUT = Query(counters.insert())
_NAMES = Query(select(counters.c.name).where(counters.c.name.like("told %")))


def put(tx: Tx, name: str) -> str:
    tx.run(_PUT, name=f"told {name}", value=1)
    return name


def names(tx: Tx) -> set[str]:
    return {name.removeprefix("told ") for (name,) in tx.rows(_NAMES)}


@pytest.fixture
def far(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    instance: Instance,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[Db, Line]]:
    """A database behind a line."""
    for module, name in ((pglines, "SILENCE"), (pglines, "PATIENCE"), (postgres, "PATIENCE")):
        monkeypatch.setattr(module, name, SOON)
    url = services.database(request, "postgresql")
    with line_to(url) as (line, through):
        db = open_db(through, tmp_path, instance)
        yield db, line
        line.flows()
        db.close()


async def told(db: Db, name: str) -> str:
    """What somebody who writes this is told."""
    began = time.monotonic()
    try:
        await db.write(put, name)
    except Doubtful:
        said = "perhaps"
    except Unavailable as error:
        assert error.status == 503 and error.retry_after > 0
        said = "no"
    else:
        said = "yes"
    assert time.monotonic() - began < 4 * SOON
    return said


async def heals(db: Db) -> float:
    """The seconds until it works again."""
    began = time.monotonic()
    while await told(db, f"{time.monotonic():.6f}") != "yes":
        assert time.monotonic() - began < 15
        await asyncio.sleep(0.05)
    return time.monotonic() - began


async def crowd(db: Db, what: str, befalls: Callable[[], None]) -> dict[str, str]:
    """Forty people write, and in the midst of it something befalls the line."""
    said = {}

    async def one(number: int) -> None:
        await asyncio.sleep(number * 0.005)
        said[f"{what} {number}"] = await told(db, f"{what} {number}")

    people = [asyncio.create_task(one(number)) for number in range(40)]
    await asyncio.sleep(0.1)
    befalls()
    await asyncio.gather(*people)
    return said


def test_what_was_acknowledged_is_there_and_what_was_refused_is_not(far: tuple[Db, Line]) -> None:
    """Cut, silent, a byte a second, or deaf on one side: whoever was told yes has it, whoever was
    told no has not, and whoever could not be told was told that."""
    db, line = far
    befalling = {
        "cut": line.cuts,
        "snapped": line.snaps,
        "silent": line.hangs,
        "late": lambda: line.delays(0.02),
    }
    if LONG:
        befalling |= {"slow": line.trickles, "unanswered": line.swallows}

    async def story() -> None:
        said: dict[str, str] = {}
        for what, befalls in befalling.items():
            said |= await crowd(db, what, befalls)
            line.cuts()  # whatever still was under way ends as it stands
            line.flows()
            assert await heals(db) < 8
        there = await db.read(names)
        for name, word in said.items():
            if word != "perhaps":
                assert (name in there) is (word == "yes"), f"{name}: {word}"
        assert {"yes", "no"} <= set(said.values())
        assert all(said[f"late {number}"] == "yes" for number in range(40))

    asyncio.run(story())


def test_who_is_cut_off_while_it_is_stored_is_told_so(far: tuple[Db, Line]) -> None:
    """ "Nothing was changed" would be a lie: whoever believes it posts a second time."""
    db, line = far

    def deaf(tx: Tx, name: str) -> None:
        put(tx, name)
        line.swallows()

    async def story() -> None:
        await db.write(put, "before")
        with pytest.raises(Doubtful) as refusal:
            await db.write(deaf, "perhaps")
        assert refusal.value.status == 503
        assert "Look for it" in str(refusal.value)
        line.cuts()
        line.flows()
        await heals(db)
        assert {"before", "perhaps"} <= await db.read(names)

    asyncio.run(story())


def test_a_database_that_was_started_anew_is_noticed_by_nobody(far: tuple[Db, Line]) -> None:
    """All connections that lie idle are dead, and eight people would be told that nothing works."""
    db, line = far

    async def story() -> None:
        await asyncio.gather(*(db.write(put, f"first {number}") for number in range(16)))
        for each in range(3):
            line.snaps()
            await asyncio.sleep(0.1)
            reads = (db.read(names) for _ in range(8))
            writes = (told(db, f"{each}, {number}") for number in range(8))
            said = await asyncio.gather(*writes)
            await asyncio.gather(*reads)
            assert set(said) == {"yes"}

    asyncio.run(story())


def test_a_crowd_that_waits_for_a_silent_database_is_not_told_one_by_one(
    far: tuple[Db, Line],
) -> None:
    """Eight at a time have a connection; the four hundredth would wait for an hour."""
    db, line = far

    async def story() -> None:
        await db.write(put, "before")
        line.hangs()
        began = time.monotonic()
        said = await asyncio.gather(*(told(db, str(number)) for number in range(400)))
        assert set(said) == {"no"}
        assert time.monotonic() - began < 4 * SOON
        line.cuts()
        line.flows()
        await heals(db)

    asyncio.run(story())
