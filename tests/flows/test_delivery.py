"""The power goes while posts are on their way to another server: each arrives all the same."""

import asyncio
import json
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import web

import services
from server import Server
from whimbrel.accounts.queries import users
from whimbrel.accounts.rules import Viewer
from whimbrel.app.handlers import routes
from whimbrel.core.db import open_db
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
    url = ""
    if engine == "postgresql":
        cluster: services.Postgres = request.getfixturevalue("postgres")
        name = f"delivery_{uuid4().hex[:12]}"
        url = cluster.create(name)
        request.addfinalizer(lambda: cluster.drop(name))
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


def _befriend(server: Server, url: str, eve: str) -> None:
    """Somebody over there follows Ada."""
    db = open_db(url, server.data, Instance.of(Settings(domain="localhost")), routes())

    def begin(tx: Tx) -> None:
        ada = users.by_name(tx, "ada")
        assert ada is not None
        met.follower(tx, eve, Viewer(account=ada.account))

    try:
        db.write_sync(begin)
    finally:
        db.close()
