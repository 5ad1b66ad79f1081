"""The power goes while posts are on their way to another server: each arrives all the same."""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import web

import services
from server import PATIENCE, Server, running
from whimbrel.accounts.queries import users
from whimbrel.accounts.rules import Viewer
from whimbrel.app.handlers import routes
from whimbrel.core.db import Db, open_db
from whimbrel.core.settings import Instance, Settings
from whimbrel.core.tx import Tx

sys.path.insert(1, str(Path(__file__).parent.with_name("federation")))  # `import met`

import met

CRASHES = 3
SETTLED = 30  # seconds until everything must have arrived


class Peer:
    """Takes its time for every letter, so that there are always some on their way."""

    def __init__(self) -> None:
        self.arrived: list[str] = []  # ids of activities

    async def take(self, request: web.Request) -> web.Response:
        said = json.loads(await request.read())
        await asyncio.sleep(0.02)
        self.arrived.append(said["id"])
        return web.Response(status=202)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_every_post_arrives_however_often_the_power_goes(engine, tmp_path: Path, request):
    """A post that followers elsewhere never see was acknowledged to its author all the same."""
    url = services.database(request, engine)
    data = tmp_path / "data"
    server = Server(data, url, WHIMBREL_ALLOW_PRIVATE="127.0.0.1")
    server.start()
    token = server.people("ada")["ada"]
    asyncio.run(_story(server, token, url))
    assert server.stop() == 0


async def _story(server: Server, token: str, url: str) -> None:
    peer, app = Peer(), web.Application()
    app.router.add_post("/inbox", peer.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        eve = f"http://127.0.0.1:{runner.addresses[0][1]}/users/eve"
        await asyncio.to_thread(_befriend, server, url, eve)
        written: set[str] = set()
        for number in range(CRASHES + 1):
            for _ in range(12):
                post = await asyncio.to_thread(
                    server.call, token, "POST", "/api/v1/statuses", status=uuid4().hex
                )
                written.add(f"{post['uri']}/activity")
            if number < CRASHES:
                server.kill()
                assert written - {*peer.arrived}, "all had arrived: the crash came too late"
                await asyncio.to_thread(server.start)
        for _ in range(SETTLED * 20):
            if written <= {*peer.arrived}:
                break
            await asyncio.sleep(0.05)
        assert written == {*peer.arrived}
    finally:
        await runner.cleanup()


NEAR = {"WHIMBREL_ALLOW_PRIVATE": "127.0.0.1", "WHIMBREL_DOMAIN": "127.0.0.1"}


def test_nothing_is_done_twice_if_the_power_goes(tmp_path: Path, request):
    """It goes where posts arrive. What was taken and not done, or done and not acknowledged, comes
    again as soon as it is back: Bob would read an answer twice, or never."""
    with (
        running(tmp_path / "near", **NEAR) as near,
        running(tmp_path / "far", services.database(request, "postgresql"), **NEAR) as far,
    ):
        ada, bob = near.people(by_app=["ada"])["ada"], far.people(by_app=["bob"])["bob"]
        asked = far.call(bob, "POST", "/api/v1/statuses", status="who is there?")
        hers, written = f"@ada@127.0.0.1:{near.port}", []
        found = far.call(bob, "GET", "/api/v2/search", q=hers, resolve="true")["accounts"][0]
        far.call(bob, "POST", f"/api/v1/accounts/{found['id']}/follow")
        until(lambda: far.call(bob, "GET", f"/api/v1/accounts/{found['id']}/followers") != [])
        there = near.call(ada, "GET", "/api/v2/search", q=asked["uri"], resolve="true")["statuses"]
        said = {"in_reply_to_id": there[0]["id"]}

        def write() -> None:
            for _ in range(20):
                words = str(len(written))
                post = near.call(ada, "POST", "/api/v1/statuses", status=words, **said)
                written.append(post["uri"])

        with ThreadPoolExecutor(1) as desk:
            writing = desk.submit(write)
            until(lambda: len(home(far, bob)) > 3)
            far.kill()
            writing.result()
        far.start()
        near.cli("federation", "retry", f"127.0.0.1:{far.port}")
        until(lambda: len(home(far, bob)) > len(written))
        assert sorted(home(far, bob)) == sorted([asked["uri"], *written])
        for path, name in (("statuses", "replies_count"), ("accounts", "statuses_count")):
            id_ = (asked if path == "statuses" else found)["id"]
            assert far.call(bob, "GET", f"/api/v1/{path}/{id_}")[name] == len(written)


def home(server: Server, token: str) -> list[str]:
    """What somebody reads there."""
    found = server.call(token, "GET", "/api/v1/timelines/home", limit=40)
    return [each["uri"] for each in found]


def until(true: Callable[[], bool]) -> None:
    """It may take a moment."""
    late = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < late
        time.sleep(0.05)


def _befriend(server: Server, url: str, eve: str) -> None:
    """Somebody over there follows Ada."""

    def begin(tx: Tx) -> None:
        ada = users.by_name(tx, "ada")
        assert ada is not None
        met.follower(tx, eve, Viewer(account=ada.account))

    with opened(server, url) as db:
        db.write_sync(begin)


@contextmanager
def opened(server: Server, url: str) -> Iterator[Db]:
    """A server's database, beside it."""
    db = open_db(url, server.data, Instance.of(Settings(domain="localhost")), routes())
    try:
        yield db
    finally:
        db.close()
