"""A restore rehearsed: from what the second provider has, to somebody who posts; and the drill
finds what should not be there."""

import asyncio
import json
import re
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from kept import KeeperHouse, until
from test_standby import objects_at, picture, place_of, settings_of, upload
from typer.testing import CliRunner

from server import Server
from whimbrel.app.cli import app as commands
from whimbrel.app.drill import rehearsed
from whimbrel.app.opening import database
from whimbrel.core.keyring import Slot
from whimbrel.core.settings import Settings, load
from whimbrel.exit.drill import report, run
from whimbrel.exit.drill.report import Signed
from whimbrel.exit.examine import DRILL, Verdict, examine
from whimbrel.exit.keeper import certificates
from whimbrel.exit.standby import canary
from whimbrel.exit.standby.place import StandbyPlace
from whimbrel.exit.standby.restore import KeeperAt
from whimbrel.exit.verify import Canary
from whimbrel.instance import drills


async def made_bucket(place: StandbyPlace) -> None:
    """At the second provider."""
    store = place.store()
    await store.make_bucket()
    await store.close()


def by_command(data: Path, paired: Path, env: dict[str, str], *more: str) -> Any:
    """`whimbrel exit drill`."""
    words = ["exit", "drill", "--with", str(paired), "--data", str(data), *more]
    return CliRunner().invoke(commands, words, env=env)


def test_a_standby_is_restored_lived_in_and_destroyed(tmp_path, s3, keeper, monkeypatch):
    """What nobody ever restored is no standby; and a drill that finds nothing has to be one that
    would have found something."""
    monkeypatch.setattr(run, "EVERY", 0.5)
    data, houses = tmp_path / "data", [keeper("near"), keeper("far")]
    data.mkdir()
    for each in houses:
        each.pair(data)
    paired = tmp_path / "restore.pem"
    certificates.pair(houses[0].folder, paired, restore=True)
    names = ",".join(each.address for each in houses)
    env = {**settings_of(s3), "WHIMBREL_KEEPERS": names}
    place = place_of({k: v for k, v in env.items() if "STANDBY" in k})
    asyncio.run(made_bucket(place))
    server = Server(data, "", **env).start()
    try:
        ada = server.people("ada")["ada"]
        file = upload(server, ada, picture(1))["id"]
        told = {"status": "the tide is out", "media_ids": [file]}
        post = server.call(ada, "POST", "/api/v1/statuses", **told)
        gone = server.call(ada, "POST", "/api/v1/statuses", status="never mind")
        server.call(ada, "DELETE", f"/api/v1/statuses/{gone['id']}")
        now = time.time() * 1000
        until(lambda: (found := canary.found(data)) and (found.seen or 0) > now)
        until(lambda: len(objects_at(place)) >= 2)
        done = by_command(data, paired, env)
        assert done.exit_code == 0, (done.output, done.exception)
        said = found_well(data)
        assert said.drill.rows > 10 and said.drill.rpo < 30 and said.drill.counts["objects"] >= 2
        assert re.search(r"deleted canaries: none of [1-5] opens", done.output)
        assert not (data / "drill-scratch").exists()
        assert server.call(ada, "GET", f"/api/v1/statuses/{post['id']}")
        assert not list((data / "mail").glob("*drill*"))
        found = planted(load(data, env=env), tmp_path, paired, houses[0])
        assert not found.drill.ok and found.drill.counts["risen"] == 1
        assert [each.title for each in found.drill.lines if not each.ok] == ["deleted canaries"]
        report.keep(found, data)
        assert [each.ok for each in drills.of(data)] == [False, True]
        assert "cannot be relied on" in max((data / "drills").glob("*.html")).read_text()
    finally:
        server.stop()


def found_well(data: Path) -> Signed:
    """What the drill left: a page, and JSON that is what was signed."""
    (path,) = (data / "drills").glob("*.json")
    signed = msgspec.json.decode(path.read_bytes(), type=Signed)
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed.key))
    key.verify(bytes.fromhex(signed.signature), report.canonical(signed.drill))
    assert signed.drill.ok and all(line.ok for line in signed.drill.lines), signed.drill.lines
    parts = list(signed.drill.parts)
    assert parts == ["fetch", "keys", "replay", "open", "first post"]
    assert (signed.drill.keepers, signed.drill.counts["risen"]) == (2, 0)
    titles = {line.title for line in signed.drill.lines}
    assert {"signs in", "reads it at home", "is heard on another server"} <= titles
    page = path.with_suffix(".html").read_text()
    assert "can be lived in" in page and signed.signature in page
    return signed


def planted(settings: Settings, tmp: Path, paired: Path, house: KeeperHouse) -> Signed:
    """A drill of a standby in which something lives that was deleted."""
    with database(settings.data, None) as live:

        def seal(tx: Any) -> Canary:
            number = tx.slot()
            slot = Slot(number, number, number, "canaries.content")
            return Canary(slot, tx.seal(slot, b"never mind"))

        alive = live.write_sync(seal)
        until(lambda: len(house.disk) > 32 * (alive.slot.number + 1))
        keeper_at = KeeperAt(house.address, paired)
        made = run.drill(settings, live, keeper_at, rehearsed, tmp, canaries=[alive])
        return asyncio.run(made)


def told(data: Path, **more: Any) -> None:
    """A drill that took place."""
    (data / "drills").mkdir(exist_ok=True)
    said = {"drill": {"at": 0, "ok": True, "rpo": 1.5, "rto": 60.0, **more}}
    (data / "drills" / f"{said['drill']['at']}.json").write_text(json.dumps(said))


@pytest.mark.parametrize(
    ("days", "ok", "verdict"),
    [
        (1, True, Verdict.OK),
        (34, True, Verdict.OK),
        (36, True, Verdict.RED),
        (1, False, Verdict.RED),
    ],
)
def test_the_doctor_is_red_when_nobody_drilled_for_long(tmp_path, days, ok, verdict):
    """The standby of last summer is not the one of today."""
    told(tmp_path, at=int(time.time() - days * 86_400) * 1000, ok=ok)
    (tmp_path / "drills" / "0.json").write_text("not a report")
    lines = asyncio.run(examine(Settings(data=tmp_path), None))
    (line,) = [each for each in lines if each.title == DRILL]
    assert line.verdict is verdict


def test_without_any_drill_the_doctor_is_red(tmp_path):
    lines = asyncio.run(examine(Settings(data=tmp_path), None))
    assert [each.verdict for each in lines if each.title == DRILL] == [Verdict.RED]
