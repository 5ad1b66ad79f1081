"""What the operator's exit page is told: never that all is well where nobody knows."""

import asyncio
from types import SimpleNamespace

import msgspec

from whimbrel.core.ids import millis
from whimbrel.core.settings import Settings
from whimbrel.core.tx import utc_now
from whimbrel.exit.evacuate import journal, progress
from whimbrel.exit.evacuate.journal import Journal, Step
from whimbrel.exit.guard import MOVED
from whimbrel.exit.health import health
from whimbrel.exit.standby import canary, keep

ELSEWHERE = "s3://bucket?endpoint=http://127.0.0.1:1"


def _health(db, **settings):
    app = SimpleNamespace(db=db, settings=Settings(**settings))
    return asyncio.run(health(app))


def test_a_server_that_has_nothing_elsewhere(db, tmp_path):
    """No standby, no keeper, no drill: each is said."""
    found = _health(db, data=tmp_path)
    assert (found.standby, found.rpo, found.keepers, found.well) == (False, None, [], 0)
    assert found.drill is None and found.drill_stale and found.way is None


def test_what_is_not_known_is_not_well(db, tmp_path):
    """A standby that wrote nothing down, or a minute ago; a keeper that was never met."""
    far = {"data": tmp_path, "standby": ELSEWHERE, "keepers": ["127.0.0.1:7443"]}
    now = millis(utc_now())
    assert _health(db, **far).rpo is None and _health(db, **far).late
    old = canary.State(now - 2 * canary.OLD, seen=now - 2 * canary.OLD, lag=0.3)
    canary.file(tmp_path).write_bytes(msgspec.json.encode(old))
    assert _health(db, **far).rpo is None
    canary.file(tmp_path).write_bytes(msgspec.json.encode(canary.State(now, seen=now, lag=0.3)))
    found = _health(db, **far)
    assert found.rpo == 0.3 and not found.late
    assert [(each.contact, each.red) for each in found.keepers] == [(None, True)]


def test_an_evacuation_is_seen_while_it_goes(db, tmp_path):
    """Its step by the journal, its numbers by the last event of that same step."""
    going = Journal("a", "standby", False, 1_000.0, 2_000.0, Step.PRESEED)
    journal.write(tmp_path, going)
    assert _health(db, data=tmp_path).way.share is None
    heard = []
    told = progress.noting(tmp_path, heard.append)
    event = {"step": "preseed", "of_bytes": 200, "bytes": 50, "left_seconds": 9, "slack_hours": -1}
    told(event)
    assert heard == [event]
    way = _health(db, data=tmp_path).way
    assert (way.number, way.share, way.seconds, way.slack, way.over) == (2, 25, 9, -1, False)
    journal.write(tmp_path, msgspec.structs.replace(going, step=Step.FREEZE, frozen=1_500.0))
    way = _health(db, data=tmp_path).way
    assert way.frozen and way.share is None
    (tmp_path / "exit" / "evacuation.json").write_text("{")
    way = _health(db, data=tmp_path).way
    assert way.over and "cannot be read" in way.failed


def test_a_node_that_moved_replicates_no_more(db):
    """Two programs that write one database to one bucket spoil it."""

    async def story():
        replicating = asyncio.create_task(asyncio.sleep(60))
        app = SimpleNamespace(db=db)
        until = asyncio.create_task(keep._until_moved(app, replicating))
        await asyncio.sleep(0.15)
        assert not replicating.cancelled()
        db.fence.why = MOVED
        await until
        await asyncio.sleep(0)
        assert replicating.cancelled()
        db.fence.why = ""

    asyncio.run(story())
