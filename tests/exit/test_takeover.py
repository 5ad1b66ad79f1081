"""What belongs to a night of leaving: time that is reckoned, names that are changed, keys that are
fetched and destroyed, and a node that takes over from a dead one."""

import asyncio
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from houses import House, settle
from leaving import Command, Nodes, ended, until

import services
from whimbrel.core.fence import Closed
from whimbrel.core.keyring import SLOT, Keyring, KeyringBroken
from whimbrel.core.objects import FolderStore
from whimbrel.core.settings import Instance, Settings
from whimbrel.core.tx import utc_now
from whimbrel.exit import guard
from whimbrel.exit.evacuate import hooks, keys, wipe
from whimbrel.exit.evacuate.journal import Journal
from whimbrel.exit.evacuate.pace import Pace
from whimbrel.exit.evacuate.progress import Progress, line
from whimbrel.exit.keeper import certificates
from whimbrel.exit.keeper.held import Held
from whimbrel.exit.plan import Amount
from whimbrel.exit.standby.restore import KeeperAt

LONG = os.environ.get("WHIMBREL_LONG") == "1"


def test_files_of_another_size_than_those_before_do_not_deceive():
    """First come large originals, then a hundred thousand avatars: bytes alone, or objects alone,
    would promise a time that is off by hours."""
    now, pick = 0.0, random.Random(7)
    sizes = [pick.randint(200_000, 2_000_000) if at % 3 else 2_000 for at in range(4_000)]
    sizes += [pick.randint(1_000, 9_000) for _ in range(16_000)]
    costs = [0.004 + size / 12_500_000 for size in sizes]
    pace = Pace(lambda: now)
    for at, (size, cost) in enumerate(zip(sizes, costs, strict=True), 1):
        now += cost
        pace.add(1, size)
        if at == 2_000:
            break
    said = pace.left(Amount(len(sizes) - 2_000, sum(sizes[2_000:])))
    assert abs(said / sum(costs[2_000:]) - 1) < 0.05


def test_after_a_tenth_the_time_that_is_left_is_known(tmp_path: Path):
    """Who is told four hours and has two decides wrongly in the first of them."""
    much, pace = (300, 20_000_000) if LONG else (40, 4_000_000)  # MB, bytes a second
    store = FolderStore(tmp_path / "there")
    events: list[dict[str, Any]] = []
    progress = Progress(events.append, limit=pace)
    files = []
    for number in range(much * 2):
        files.append(tmp_path / str(number))
        files[-1].write_bytes(os.urandom(300_000 + 400_000 * (number % 2)))

    async def story() -> float:
        total = Amount(len(files), sum(path.stat().st_size for path in files))
        progress.begin("preseed", total)
        began, said = time.monotonic(), 0.0
        for number, path in enumerate(files):
            size = path.stat().st_size
            await progress.goes(1, size)
            await store.put(path)
            progress.did(1, size)
            if number == len(files) // 10:
                said = time.monotonic() - began + progress.left
        return said / (time.monotonic() - began)

    off = asyncio.run(story()) - 1
    assert abs(off) <= 0.15, off
    assert any(each["left_seconds"] for each in events) and "left: " in line(events[-1])


def test_a_script_points_the_names_and_one_that_fails_stops_all(tmp_path: Path):
    """A step that failed silently sends everybody to a host that is gone."""
    script = tmp_path / "hook"
    script.write_text('#!/bin/sh\necho "$@ to $WHIMBREL_ADDRESS"; exit "$(cat status)"\n')
    script.chmod(0o700)
    settings = Settings(domain="social.example", media_domain="media.example", s3_secret="hush")
    now = Journal("1", "standby", False, 0.0, 0.0, address="https://192.0.2.7:8443")

    async def point(hook: Path | None) -> str:
        return await hooks.point(hook, settings, Instance.of(settings), now)

    by_hand = asyncio.run(point(None))
    assert "social.example" in by_hand and "media.example" in by_hand and "192.0.2.7" in by_hand
    script.write_text(script.read_text().replace("$(cat status)", "0"))
    assert asyncio.run(point(script)) == "social.example media.example to 192.0.2.7"
    script.write_text("#!/bin/sh\necho no zone; env; exit 3\n")
    with pytest.raises(hooks.HookFailed, match="ended with 3") as failed:
        asyncio.run(point(script))
    assert "hush" not in str(failed.value)
    with pytest.raises(hooks.HookFailed):
        asyncio.run(point(tmp_path / "absent"))


@pytest.fixture
def nodes(tmp_path: Path, sqlite_template: Path) -> Iterator[Nodes]:
    made = Nodes(tmp_path, "", "")
    (made.here / "whimbrel.db").write_bytes(sqlite_template.read_bytes())
    instance = Instance.of(Settings(domain=made.env(0)["WHIMBREL_DOMAIN"]))
    house = House(made.here, "", instance, utc_now)
    house.write(settle)
    house.close()
    made.give_keys()
    yield made


def test_who_takes_over_from_the_dead_needs_nobody_and_the_dead_stay_so(nodes):
    """The host pulled the plug: there is nobody left to hand over."""
    follower = nodes.follow()
    command = nodes.evacuate("--rehearse")
    with ended(follower, command):
        assert command.wait() == 0, command.said
    words = ["standby", "promote", "--data", str(nodes.there), "--the-other-node-is-gone"]
    taken = Command(words, nodes.env(1), nodes.there.with_suffix(".promote"))
    assert taken.wait() == 0 and "epoch 2" in taken.said, taken.said
    again = Command(words, nodes.env(1), nodes.there.with_suffix(".again"))
    assert again.wait() == 0 and "epoch 2" in again.said
    assert not guard.standing(nodes.there).why
    there = House(nodes.there, "", Instance.of(Settings()), utc_now)
    there.close()

    async def risen() -> None:
        env = nodes.env(0)
        settings = Settings(data=nodes.here, witness=env["WHIMBREL_WITNESS"], witness_lease=1)
        house = House(nodes.here, "", Instance.of(settings), utc_now)
        try:
            async with guard.keep(house.db, settings):
                with pytest.raises(Closed):
                    await house.db.write(lambda tx: None)
        finally:
            house.close()

    asyncio.run(risen())


def test_what_is_left_behind_opens_nothing(nodes):
    """The disks of the old host are sold with all that is on them."""
    ring = nodes.here / "keyring.bin"
    held = os.open(ring, os.O_RDONLY)
    size = ring.stat().st_size
    house = House(nodes.here, "", Instance.of(Settings()), utc_now)
    said = house.tell(wipe.wipe)
    assert os.pread(held, size, 0) == bytes(size) and "overwritten" in said
    os.close(held)
    house.close()
    assert {path.name for path in nodes.here.iterdir()} <= {"exit"}


def test_a_keyring_grows_by_what_the_keeper_has_and_by_nothing_of_its_own(tmp_path: Path):
    """Two nodes with other keys under the same numbers: what one seals the other never opens."""
    port, folder = services.free_port(), tmp_path / "keeper"
    certificates.init(folder)
    certificates.pair(folder, tmp_path / "restore.pem", restore=True)
    ours = Keyring.open(tmp_path / "ours.bin", ahead=6000)
    keeper = KeeperAt(f"127.0.0.1:{port}", tmp_path / "restore.pem")

    def give(first: int, end: int) -> None:
        held = Held.open(folder)
        for at in range(first, end, 1000):
            held.put(at, ours.raw(at, 1000))
        held.close()

    def asked(work: Any) -> Any:
        words = ["keeper", "serve", "--data", str(folder), "--bind", keeper.address]
        serving = Command(words, {"PATH": os.defpath}, tmp_path / "log")
        with ended(serving):
            until(lambda: "listening on" in serving.said, lambda: serving.said)
            return asyncio.run(work)

    path = tmp_path / "keyring.bin"
    give(0, 3000)
    asked(keys.fetch(keeper, path))
    assert not path.with_name("keyring.bin.mark").exists()
    give(3000, 6000)
    assert asked(keys.grow(keeper, path)) == 6000
    assert path.read_bytes() == ours.raw(0, 6000)
    with path.open("r+b") as file:
        file.seek(5990 * SLOT)
        file.write(os.urandom(SLOT))
    with pytest.raises(KeyringBroken):
        asked(keys.grow(keeper, path))
    ours.close()
