"""Leaving for another node: whole, in time, and with one side that writes at any moment."""

import os
import random
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import media_samples
import pytest
from houses import House, settle
from leaving import Command, Nodes, ended, until
from sqlalchemy import select

import services
from server import Server
from whimbrel.core.settings import Instance, Settings
from whimbrel.core.tx import utc_now
from whimbrel.exit import sums
from whimbrel.exit.evacuate import journal
from whimbrel.exit.guard import standing
from whimbrel.federation import keys, pairs
from whimbrel.posts.tables import posts

LONG = os.environ.get("WHIMBREL_LONG") == "1"
STEPS = ("plan", "preseed", "catchup", "freeze", "final-sync", "verify", "promote", "dns", "tail")
GAPS: dict[str, list[float]] = {}  # seconds, by engine
KILLS = STEPS if LONG else ("final-sync",)


@pytest.fixture
def nodes(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Nodes]:
    """A node with people, posts, keys and a picture, and an empty one beside it."""
    made = Nodes(tmp_path, services.database(request, engine), services.database(request, engine))
    if engine == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        (made.here / "whimbrel.db").write_bytes(template.read_bytes())
    instance = Instance.of(Settings(domain=made.env(0)["WHIMBREL_DOMAIN"], signups="open"))
    house = House(made.here, made.databases[0], instance, utc_now)
    ada, _, first, _ = house.write(settle)
    slot = house.write(lambda tx: tx.value(select(posts.c.slot).where(posts.c.id == first.id)))
    house.picture(ada.id, slot, media_samples.jpeg())
    house.write(keys.keep, ada.id, pairs.make())
    house.close()
    kept = next(path for path in (made.here / "objects").rglob("*") if path.is_file())
    (made.here / "vault").mkdir(mode=0o700)
    shutil.copy(kept, made.here / "vault" / f"1.{kept.name}")  # evidence of what is there still
    made.give_keys()
    yield made


def look(nodes: Nodes, node: int) -> Any:
    """All rows of a node that nobody serves."""
    folder = (nodes.here, nodes.there)[node]
    instance = Instance.of(Settings(domain="localhost"))
    house = House(folder, nodes.databases[node], instance, utc_now)
    try:
        return house.tell(lambda app: app.db.read(sums.sums, slow=True))
    finally:
        house.close()


def objects(folder: Path) -> dict[str, bytes]:
    root = folder / "objects"
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.parent.name != "arriving"
    }


def reached(command: Command, step: str, event: str = "begins") -> bool:
    return any(each["step"] == step and each["event"] == event for each in command.events())


def wait_for(command: Command, step: str) -> None:
    until(lambda: reached(command, step) or command.over() is not None, lambda: command.said)


def kill_at(step: str, command: Command) -> None:
    wait_for(command, step)
    time.sleep(random.uniform(0, 0.1))


def kill_soon(_: str, command: Command) -> None:
    """Whatever it is at."""
    time.sleep(random.uniform(0.2, 2.5))


@pytest.mark.parametrize(
    ("strikes", "points"),
    [
        (kill_at, KILLS),
        pytest.param(
            *(kill_soon, STEPS + STEPS[:1]),
            marks=pytest.mark.skipif(not LONG, reason="ten times at random: WHIMBREL_LONG=1"),
        ),
    ],
    ids=["steps", "random"],
)
def test_killed_anywhere_it_ends_with_the_same_in_every_row_and_byte(nodes, strikes, points):
    """At three in the morning a shell breaks off, and nobody knows how far it was."""
    before = look(nodes, 0)
    follower = nodes.follow()
    for point in points:
        command = nodes.evacuate()
        with ended(command):
            strikes(point, command)
        if random.random() < 0.5 and follower.over() is None:
            follower.kill()
            follower = nodes.follow()
    command = nodes.evacuate()
    with ended(follower, command):
        assert command.wait() == 0, command.said + follower.said
        assert follower.wait() == 0, follower.said
    after = look(nodes, 1)
    left_out = {"shredded", "counters"}  # the canary that was planted
    assert {k: v for k, v in after.items() if k not in left_out} == {
        k: v for k, v in before.items() if k not in left_out
    }
    assert look(nodes, 0) == after
    assert objects(nodes.here) == objects(nodes.there) != {}
    done = journal.read(nodes.here)
    assert done is not None and done.step == "wipe-old" and not done.left


@pytest.mark.skipif(not LONG, reason="a whole evacuation more: WHIMBREL_LONG=1")
def test_a_rehearsal_proves_the_other_node_and_leaves_this_one_as_it_is(nodes):
    """Who only ever hopes that it works finds out on the night."""
    follower = nodes.follow()
    for _ in range(2):
        command = nodes.evacuate("--rehearse")
        with ended(command):
            assert command.wait() == 0, command.said + follower.said
        told = command.events()
        assert {"rows compared", "deleted canaries", "files whole"} <= {
            each["says"].partition(":")[0] for each in told if each["event"] == "proof"
        }
        assert not {each["step"] for each in told if each["event"] == "begins"} & {
            *("freeze", "promote", "dns", "tail"),
        }
        assert not standing(nodes.here).why and follower.over() is None
    follower.kill()


def test_what_is_not_whole_is_not_promoted_and_nobody_stays_frozen(nodes):
    """Half a community somewhere else is worse than all of it here for another hour."""
    key = next(iter(objects(nodes.here)))
    (nodes.here / "objects" / key).unlink()
    shutil.rmtree(nodes.here / "vault")  # which has the same bytes
    follower = nodes.follow()
    command = nodes.evacuate()
    with ended(follower, command):
        assert command.wait() == 1, command.said + follower.said
        assert key in command.said and "not promoted" in command.said
        assert not standing(nodes.here).why and follower.over() is None


class Writing(threading.Thread):
    """Somebody who writes all the time, and notes what was taken."""

    def __init__(self, server: Server, token: str) -> None:
        super().__init__(daemon=True)
        self._server, self._token = server, token
        self.taken: list[str] = []
        self.before = self.after = 0  # taken before anything was refused, and since
        self.refused, self.gap, self._over = 0, 0.0, False
        self.start()

    def run(self) -> None:
        last = time.monotonic()
        while not self._over:
            try:
                post = self._server.call(
                    self._token, "POST", "/api/v1/statuses", status=f"number {len(self.taken)}"
                )
            except HTTPError as error:
                assert error.code == 503, error
                self.refused += 1
                time.sleep(0.05)
                continue
            now = time.monotonic()
            self.gap, last = max(self.gap, now - last), now
            self.taken.append(post["id"])
            if self.refused:
                self.after += 1
            else:
                self.before += 1
            time.sleep(0.02)

    def stop(self) -> None:
        self._over = True
        self.join()


def posts_of(server: Server, token: str, who: str) -> set[str]:
    found: set[str] = set()
    path, last = f"/api/v1/accounts/{who}/statuses", {}
    while page := server.call(token, "GET", path, limit=40, **last):
        found |= {each["id"] for each in page}
        last = {"max_id": page[-1]["id"]}
    return found


def parts(events: list[Any]) -> str:
    """How long each step of the frozen time took."""
    at = {(each["event"], each["step"]): each["at"] for each in events}
    steps = ("freeze", "final-sync", "verify", "promote")
    took = (f"{step} {at['ends', step] - at['begins', step]:.1f} s" for step in steps)
    return ", ".join(took)


@pytest.mark.parametrize("number", range(10 if LONG else 1))
def test_people_go_on_over_there_and_only_one_side_ever_takes_what_they_write(
    nodes, engine, number
):
    """A post that was acknowledged and is nowhere, or two servers of one name that both take it."""
    base = look(nodes, 0)["posts"].rows
    here, there = (
        Server(folder, url, **{k: v for k, v in nodes.env(at).items() if k.startswith("WHIM")})
        for at, (folder, url) in enumerate(
            zip((nodes.here, nodes.there), nodes.databases, strict=True)
        )
    )
    for at, server in enumerate((here, there)):
        server.port, server.url = nodes.ports[at], f"http://localhost:{nodes.ports[at]}"
    here.start()
    follower = nodes.follow("--address", nodes.address, "--serve")
    try:
        token = here.people("cy")["cy"]
        writing = Writing(here, token)
        command = nodes.evacuate()
        with ended(command):
            assert command.wait() == 0, command.said + follower.said
        until(lambda: writing.after > 3, lambda: command.said)
        writing.stop()
        me = there.call(token, "GET", "/api/v1/accounts/verify_credentials")["id"]
        seen = posts_of(there, token, me)
        assert set(writing.taken) <= seen and writing.before > 3 and writing.refused
        assert posts_of(here, token, me) == seen  # whoever still comes there is led on
        events = command.events()
        (said,) = (each["says"] for each in events if each["event"] == "serves")
        GAPS.setdefault(engine, []).append(writing.gap)
        sys.stdout.write(
            f"\n{engine}: {said} ({parts(events)}); {writing.gap:.1f} s between two posts of one "
            f"who tried on, the longest of {number + 1}: {max(GAPS[engine]):.1f} s\n"
        )
        here.stop()
        assert 0 <= look(nodes, 0)["posts"].rows - base - writing.before <= 1
        here.start()
        assert "Read only: moved" in here.tail()
        late = here.call(token, "POST", "/api/v1/statuses", status="late")["id"]
        assert there.call(token, "GET", f"/api/v1/statuses/{late}")["id"] == late
    finally:
        follower.kill()
        here.kill()
