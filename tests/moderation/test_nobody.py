"""A legal order, and nobody at the desk: before its hour is over nobody sees the post any more, on
a real server whose process is killed meanwhile."""

import json
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import met
import pytest
from lookout import EVERYWHERE, places, until
from websockets.sync.client import connect
from yard import picture, upload

import services
from server import PATIENCE, Server
from whimbrel.accounts.queries import users
from whimbrel.accounts.rules import Viewer
from whimbrel.app.handlers import routes
from whimbrel.core.db import open_db
from whimbrel.core.settings import Instance, Settings
from whimbrel.core.tx import Tx
from whimbrel.moderation import cases
from whimbrel.moderation.report import ReportForm, report

CALLS = "/calls"
CRASHES = 5 if os.environ.get("WHIMBREL_LONG") else 1


class Late(Server):
    """A server whose clock can be put forward while it runs."""

    program = "tests/crash/later.py"

    def __init__(self, data: Path, database: str, calls: str) -> None:
        self.later = data.parent / "later"
        near = {"WHIMBREL_ALLOW_PRIVATE": "127.0.0.1", "LATER": str(self.later)}
        super().__init__(data, database, **near, WHIMBREL_PAGE_NTFY=calls)
        self.database = database

    def ahead(self, minutes: float) -> None:
        """It is so much later than it is."""
        new = self.later.with_suffix(".new")
        new.write_text(str(minutes * 60))
        new.replace(self.later)

    def beside(self, action: Callable[[Tx], Any]) -> Any:
        """What a transaction of another process gives."""
        place = Instance.of(Settings(domain="localhost"))
        db = open_db(self.database, self.data, place, routes())
        try:
            return db.write_sync(action)
        finally:
            db.close()


class Peer(ThreadingHTTPServer):
    """Another server, which keeps what it is told; and a topic on which people are called."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Inbox)
        self.told: list[dict[str, Any]] = []
        self.called: list[float] = []


class Inbox(BaseHTTPRequestHandler):
    """Takes everything."""

    server: Peer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == CALLS:
            self.server.called.append(time.monotonic())
        else:
            self.server.told.append(json.loads(body))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nobody reads them."""


@contextmanager
def listening() -> Iterator[Peer]:
    """One, as long as the block lasts."""
    with Peer() as peer:
        threading.Thread(target=peer.serve_forever, daemon=True).start()
        yield peer
        peer.shutdown()


class Story:
    """Ada writes, Bob and somebody elsewhere follow her, Mod is asleep."""

    def __init__(self, server: Late, peer: Peer) -> None:
        origin = f"http://127.0.0.1:{peer.server_port}"
        self.server, self.peer = server, peer
        self.tokens = server.people("ada", "bob", "mod")
        me = server.call(self.tokens["ada"], "GET", "/api/v1/accounts/verify_credentials")
        self.ada = me["id"]
        server.call(self.tokens["bob"], "POST", f"/api/v1/accounts/{self.ada}/follow")

        def befriend(tx: Tx) -> None:
            met.follower(tx, f"{origin}/users/eve", self.viewer(tx, "ada"))

        server.beside(befriend)

    def viewer(self, tx: Tx, name: str, role: Any = "user") -> Viewer:
        found = users.by_name(tx, name)
        assert found is not None
        return Viewer(account=found.account, role=role)

    def write(self, text: str) -> Any:
        """A post with a picture, which arrived everywhere."""
        token = self.tokens["ada"]
        medium = upload(self.server, token, picture(len(text)))
        body = {"status": text, "media_ids": [medium]}
        post = self.server.call(token, "POST", "/api/v1/statuses", **body)
        until(lambda: any(post["uri"] == told["object"]["id"] for told in self.peer.told))
        until(lambda: self.places(post) == EVERYWHERE)
        return post

    def order(self, post: Any) -> None:
        """An authority orders that it goes."""

        def received(tx: Tx) -> None:
            form = ReportForm(account_id=self.ada, status_ids=[post["id"]])
            made, _ = report(tx, self.viewer(tx, "bob"), form)
            cases.escalate(tx, self.viewer(tx, "mod", "moderator"), made.case, "L0")

        self.server.beside(received)

    def places(self, post: Any) -> int:
        """In how many places Bob comes upon it."""
        return places(self.server, self.tokens["bob"], post)

    def hidden_abroad(self, post: Any) -> bool:
        """Whether the last that the other server heard of it leaves nothing of it."""
        told = [each for each in self.peer.told if each["object"].get("id") == post["uri"]]
        last = told[-1]
        return last["type"] == "Update" and "hidden" in last["object"]["content"]


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_before_its_hour_is_over_nobody_sees_it_anywhere(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The clock runs in the database: no process that dies takes it along."""
    dice = random.Random(engine)
    with listening() as peer:
        calls = f"http://127.0.0.1:{peer.server_port}{CALLS}"
        server = Late(tmp_path / "data", services.database(request, engine), calls)
        server.start()
        try:
            story = Story(server, peer)
            watched, killed = story.write("watched"), story.write("killed for")
            began = time.monotonic()
            story.order(watched)
            until(lambda: bool(peer.called))
            took = peer.called[0] - began
            print(f"{engine}: from a report to the call that it sends {took:.2f} s")  # noqa: T201
            assert took < 2
            server.ahead(44)
            time.sleep(0.5)
            assert story.places(watched) == EVERYWHERE
            token = quote(story.tokens["bob"])
            at = f"ws{server.url[4:]}/api/v1/streaming?access_token={token}&stream=user"
            with connect(at) as stream:
                server.ahead(46)
                said = json.loads(stream.recv(timeout=PATIENCE))
            assert (said["event"], said["payload"]) == ("delete", watched["id"])
            assert story.places(watched) == 0
            until(lambda: story.hidden_abroad(watched))
            story.order(killed)  # by this machine's clock, so it is due at once
            for _ in range(CRASHES):
                time.sleep(dice.uniform(0, 0.3))
                server.kill()
                server.start()
            until(lambda: story.places(killed) == 0)
            until(lambda: story.hidden_abroad(killed))
            assert story.places(watched) == 0
            own = server.call(story.tokens["ada"], "GET", f"/api/v1/statuses/{killed['id']}")
            assert own["id"] == killed["id"], "its author still sees it"
        finally:
            server.kill()
