"""From one S3 to another of another make, with a keeper that lives and too little time."""

import asyncio
import io
import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import stores
from forgetful import without_parts
from kept import until as soon
from leaving import Nodes, ended, until
from PIL import Image

import services
import warm
from server import Server, fetched
from whimbrel.core.keyring import DEAD, SLOT
from whimbrel.core.objects import bucket_of, open_bucket
from whimbrel.exit.evacuate import journal
from whimbrel.exit.keeper import certificates


class Bucket:
    """A new one, and how the settings name it."""

    def __init__(self, s3: services.S3) -> None:
        self.url = f"s3://b{uuid4().hex[:12]}?endpoint={s3.endpoint}&region={s3.region}"
        self._who = (s3.key, s3.secret)
        self.asked(lambda store: store.make_bucket())

    def env(self, what: str, keys: str) -> dict[str, str]:
        names = (f"WHIMBREL_{what}", f"WHIMBREL_{keys}_KEY", f"WHIMBREL_{keys}_SECRET")
        return dict(zip(names, (self.url, *self._who), strict=True))

    def objects(self) -> set[str]:
        async def listed(store: Any) -> set[str]:
            return {stored.key async for stored in store.list()}

        found: set[str] = self.asked(listed)
        return found

    def asked(self, work: Any) -> Any:
        async def go() -> Any:
            store = open_bucket(bucket_of(self.url, "b"), *self._who, "b")
            try:
                return await work(store)
            finally:
                await store.close()

        return asyncio.run(go())


@pytest.fixture
def rclone(tmp_path: Path) -> Iterator[stores.Rclone]:
    store = stores.Rclone(tmp_path / "rclone")
    store.start()
    yield store
    store.kill()


def test_a_part_of_a_file_comes_from_either_store(tmp_path, s3, rclone):
    """rclone says 200 and sends the part: taken for a failure, no picture was seen over there."""
    path = tmp_path / "one"
    path.write_bytes(os.urandom(200_000))

    async def parts(store: Any) -> None:
        stored = await store.put(path)
        for start, end in ((0, None), (0, 100), (65_536, 131_072), (150_000, 300_000)):
            found = b"".join([block async for block in store.open(stored.key, start, end)])
            assert found == path.read_bytes()[start:end]

    for each in (s3, rclone.endpoint):
        Bucket(each).asked(parts)


def test_a_standby_that_cannot_give_a_part_of_a_file_is_refused_at_once(tmp_path, rclone):
    """On the night itself no film would play and no picture open from there, and nothing be left
    to do about it."""
    with without_parts() as endpoint:
        for where, good in ((rclone.endpoint.endpoint, True), (endpoint, False)):
            env = Bucket(rclone.endpoint).env("STANDBY", "STANDBY")
            env["WHIMBREL_STANDBY"] = f"s3://{uuid4().hex[:12]}?endpoint={where}&region=us-east-1"
            server = Server(tmp_path / str(good), **env)
            server.data.mkdir(mode=0o700)
            words = ["whimbrel", "standby", "init", "--data", server.data]
            said = warm.run(words, server.env)
            assert (said.returncode == 0) == good, said
            assert "Traceback" not in said.stderr


def upload(server: Server, token: str, seed: int) -> Any:
    """A picture of noise, half a megabyte of it."""
    png = io.BytesIO()
    Image.frombytes("RGB", (400, 400), random.Random(seed).randbytes(480_000)).save(png, "PNG")
    answer = httpx.post(
        f"{server.url}/api/v2/media",
        files={"file": ("p.png", png.getvalue(), "image/png")},
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    )
    answer.raise_for_status()
    return answer.json()


@pytest.mark.skipif(not os.environ.get("WHIMBREL_LONG"), reason="half a minute of a thin link")
def test_what_there_was_no_time_for_comes_later(tmp_path, s3, rclone, keeper):
    """The link is too thin for the deadline: people and posts are over there first, under the keys
    that a keeper has and without what was deleted; the rest of the pictures follows."""
    with ExitStack() as stack:
        house, near, far = keeper("keeper"), Bucket(s3), Bucket(rclone.endpoint)
        nodes = Nodes(tmp_path, "", "", WHIMBREL_KEEPERS=house.address)
        nodes.own[0].update(near.env("OBJECTS", "S3") | far.env("STANDBY", "STANDBY"))
        nodes.own[1].update(far.env("OBJECTS", "S3"))
        house.pair(nodes.here)
        certificates.pair(house.folder, tmp_path / "r.pem", restore=True)
        # It never had a standby: that is named on the night.
        used = {k: v for k, v in nodes.env(0).items() if "STANDBY" not in k}
        here = Server(nodes.here, **{k: v for k, v in used.items() if k.startswith("WHIM")})
        here.port, here.url = nodes.ports[0], f"http://localhost:{nodes.ports[0]}"
        here.start()
        stack.callback(here.kill)
        ada = here.people("ada")["ada"]
        pictures = [upload(here, ada, seed)["id"] for seed in range(2)]
        post = here.call(ada, "POST", "/api/v1/statuses", status="hi", media_ids=pictures)
        gone = here.call(ada, "POST", "/api/v1/statuses", status="never mind")
        shown = [fetched(each["url"]) for each in post["media_attachments"]]
        soon(lambda: len(house.disk) >= (nodes.here / "keyring.bin").stat().st_size)

        follower = nodes.follow("--keeper", house.address, "--with", str(tmp_path / "r.pem"))
        stack.enter_context(ended(follower))
        ring = nodes.there / "keyring.bin"
        until(ring.exists, lambda: follower.said)
        assert here.call(ada, "DELETE", f"/api/v1/statuses/{gone['id']}")
        command = nodes.evacuate("--deadline", "0.1m", "--limit", "4Mbit", to="standby")
        stack.enter_context(ended(command))
        assert command.wait() == 0, command.said + follower.said
        assert follower.wait() == 0, follower.said
        assert len(slots := destroyed(nodes.here)) and all(dead(ring, each) for each in slots)

        (begun,) = (
            each for each in command.events() if (each["event"], each["step"]) == ("begins", "tail")
        )
        assert begun["of_objects"] > 0
        assert "files left behind" in follower.said and journal.read(nodes.here).left == ()
        assert near.objects() == far.objects() != set()
        here.stop()
        there = Server(nodes.there, **{k: v for k, v in nodes.env(1).items() if "WHIM" in k})
        there.env.pop("WHIMBREL_KEEPERS")
        there.port, there.url = nodes.ports[0], here.url  # as if DNS led there
        there.start()
        stack.callback(there.kill)
        found = there.call(ada, "GET", f"/api/v1/statuses/{post['id']}")
        assert [fetched(each["url"]) for each in found["media_attachments"]] == shown
        with pytest.raises(OSError, match="404"):
            there.call(ada, "GET", f"/api/v1/statuses/{gone['id']}")


def destroyed(data: Path) -> list[int]:
    with closing(sqlite3.connect(data / "whimbrel.db")) as here:
        return [slot for (slot,) in here.execute("SELECT slot FROM shredded")]


def dead(ring: Path, slot: int) -> bool:
    return ring.read_bytes()[slot * SLOT : (slot + 1) * SLOT] == DEAD
