"""The desk by night: who is called, and by which way."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import select

import people
from app import Client
from whimbrel.accounts.rules import STRANGER
from whimbrel.core.errors import NotFound
from whimbrel.core.search import open_search
from whimbrel.moderation import cases
from whimbrel.moderation.report import ReportForm, report
from whimbrel.moderation.rules import HOUR
from whimbrel.moderation.tables import pages as page_table
from whimbrel.posts.publish import publish
from whimbrel.posts.queries import visible_post
from whimbrel.posts.rules import Draft
from whimbrel.timelines.api import timelines as doors

MINUTE = HOUR // 60


class Desk(Client):
    """Ada reports what Bob writes; mod, second and boss are the staff. Nobody is at the desk."""

    def __init__(self, db: Any, folder: Any, clock: Any) -> None:
        super().__init__(db, folder, doors.ROUTES, "ada", "bob")
        self.clock = clock
        self.front.app.search = open_search(f"sqlite:///{folder / 'search.db'}")
        self._told: list[str] = []
        for name, role in (("mod", "moderator"), ("second", "moderator"), ("boss", "admin")):
            self.people[name] = self.do(people.make, name, role=role)

    def __exit__(self, *problem: Any) -> None:
        self.front.app.search.close()
        super().__exit__(*problem)

    def write(self, text: str = "Go and get him") -> int:
        return int(self.do(publish, self.people["bob"], Draft(text=text)).id)

    def report(self, *posts: int, klass: Any = None) -> int:
        """A case, made as urgent as `klass`."""
        form = ReportForm(
            account_id=str(self.people["bob"].id), status_ids=[str(post) for post in posts]
        )
        case = self.do(report, self.people["ada"], form)[0].case
        if klass is not None:
            self.do(cases.escalate, self.people["mod"], case, klass)
        return int(case)

    def after(self, minutes: float) -> None:
        """So much later, with what is due by then done."""
        self.clock.step(minutes=minutes)
        self._runner.run(self.front.settle())

    def seen(self, post: int) -> bool:
        def look(tx: Any) -> bool:
            try:
                visible_post(tx, STRANGER, post)
            except NotFound:
                return False
            return True

        return bool(self.do(look))

    def rungs(self, case: int) -> list[str]:
        """The rungs that were reached, in order, each once."""
        statement = (
            select(page_table.c.rung).where(page_table.c.case == case).order_by(page_table.c.id)
        )
        return list(dict.fromkeys(row[0] for row in self.do(lambda tx: tx.rows(statement))))

    def called(self) -> list[str]:
        """Who got letters about reports since one asked last."""
        new = [
            to.partition("@")[0] for to, subject, _ in self.front.letters() if "waits" in subject
        ]
        found, self._told = new[len(self._told) :], new
        return sorted(found)


class Sink(BaseHTTPRequestHandler):
    """Remembers what is posted."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nobody reads them."""


@pytest.fixture
def sink() -> Iterator[Any]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Sink) as server:
        server.got, server.status = [], 200  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
