"""26,000 reports and three moderators at the pages of a real server, over HTTP.

    .venv/bin/python -m bench.shift [--reports 26000] [--database postgresql://...]

As `bench.desk`, whose world it is, with all that a server does by itself: cases that nobody takes
on call people, what is not decided in time is hidden by the clock. What comes in during the days
comes by the API. The server's clock is put forward to when the next of the three is free; in
between it runs on, so that what the machine takes is part of their time."""

import argparse
import http.client
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode, urlsplit

from whimbrel.accounts import sessions, tokens
from whimbrel.accounts.queries import factors
from whimbrel.accounts.rules import Viewer
from whimbrel.app.handlers import routes
from whimbrel.core.db import open_db
from whimbrel.core.migrate import migrate
from whimbrel.core.settings import Instance, Settings
from whimbrel.core.tx import Tx
from whimbrel.moderation import cases
from whimbrel.moderation.queries import reports
from whimbrel.moderation.rules import CLOCKS, MINUTE, Class

from . import desk
from .server import Server, listening

LATER = Path(__file__).parent.parent / "tests" / "crash" / "later.py"
URGENT = ("L0", "V1", "H1")
MOST = 100  # cases of one decision: of more, a second person has to agree
SLOWLY = 200  # cases, between two words of how far it is
_CSRF = re.compile(r'name="_csrf" value="([^"]{1,100})"')
_CLASS = re.compile(r'<span class="cls[^"]{0,10}">(\w\w)</span>')
_POST = re.compile(r'name="posts\[\]" value="(\d{1,20})"')
_CASE = re.compile(r'name="cases\[\]" value="(\d{1,20})"')
_CLUSTER = re.compile(
    r'href="/admin/reports/alike/(\d{1,20})"><b>.{1,400}?</a> · ([\d,]{1,9}) cases?'
)


class Ahead(desk.Clock):
    """The clock of the server, which is so much ahead of this machine's as a file says."""

    def __init__(self, place: Path) -> None:
        self.place, self._ahead = place, 0

    @property
    def ms(self) -> int:
        """Now, at the server."""
        return time.time_ns() // 1_000_000 + self._ahead

    def to(self, ms: int) -> None:
        """It is then, or later already."""
        more = ms - self.ms
        if more > 0:
            self._ahead += more
            new = self.place.with_suffix(".new")
            new.write_text(str(self._ahead / 1000))
            new.replace(self.place)

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=self.ms)


class Browser:
    """A moderator's: it follows no link by itself."""

    def __init__(self, url: str, cookie: str) -> None:
        self._line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
        self._cookie = f"whimbrel={cookie}"
        self._csrf = ""

    def get(self, path: str) -> str:
        """A page. Raises RuntimeError: there is none."""
        status, _, said = self._ask("GET", path)
        if status != 200:
            raise RuntimeError(f"GET {path}: {status} {said[-500:]}")
        if found := _CSRF.search(said):
            self._csrf = found[1]
        return said

    def post(self, path: str, **values: Any) -> str | None:
        """Where a form leads to; None where it is refused for what somebody else did meanwhile."""
        body = urlencode({"_csrf": self._csrf, **values}, doseq=True)
        status, to, said = self._ask("POST", path, body)
        if status == 303:
            return to
        if status in (409, 422):
            return None
        raise RuntimeError(f"POST {path}: {status} {said[-500:]}")

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str, str]:
        headers = {"Cookie": self._cookie, "Accept": "text/html", "Accept-Language": "en"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self._line.request(method, path, body, headers)
            answer = self._line.getresponse()
        except (OSError, http.client.HTTPException):  # it rested for long, and was let go
            self._line.close()
            self._line.request(method, path, body, headers)
            answer = self._line.getresponse()
        return answer.status, answer.headers.get("location", ""), answer.read().decode()


class Town:
    """The database, and a server over it. Transactions of ours go beside that, as a command's."""

    def __init__(self, database: str, folder: Path) -> None:
        self.database, self.data = database, folder / "data"
        self.clock = Ahead(folder / "later")
        self.instance = Instance.of(Settings(domain="localhost", moderation_times=()))
        self.data.mkdir(mode=0o700)
        migrate(database, self.data)

    @contextmanager
    def beside(self) -> Iterator[Any]:
        """The database, as long as the block lasts."""
        db = open_db(self.database, self.data, self.instance, routes(), self.clock)
        try:
            yield db
        finally:
            db.close()

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The address of a server."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("WHIM")}
        env |= {"WHIMBREL_DATABASE": self.database, "WHIMBREL_RATE_LIMITS": "off"}
        env["LATER"] = str(self.clock.place)
        log = self.data.parent / "server.log"
        with log.open("wb") as out:
            command = [sys.executable, str(LATER), "serve", "--data", str(self.data)]
            command += ["--bind", "127.0.0.1:0"]
            child = subprocess.Popen(command, stdout=out, stderr=out, env=env)
        try:
            yield listening(child, log)
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait(60)


class Had(NamedTuple):
    """A case that somebody has on their page, and the posts it is about."""

    id: str
    posts: list[str]


class Shift:
    """Three moderators, until nothing is open."""

    def __init__(self, town: Town, world: desk.World, url: str, keys: "Keys") -> None:
        self.town, self.world, self.clock = town, world, town.clock
        self.url = url
        self.browsers = [Browser(url, cookie) for cookie in keys.cookies]
        self.free = dict.fromkeys(range(len(keys.cookies)), self.clock.ms)
        self.had: dict[int, Had] = {}  # who has which case
        self.done: Counter[str] = Counter()
        self.since = desk.AGAIN
        self.tokens = keys.tokens

    def run(self) -> int:
        """How long it took, ms."""
        begin = self.clock.ms
        for browser in self.browsers:
            browser.get("/admin/reports")
        while self.free:
            who = min(self.free, key=lambda each: self.free[each])
            self.clock.to(self.free[who])
            self._arrivals()
            spent = self._decided(who) or self._work(who)
            if spent is not None:
                self.free[who] = self.clock.ms + spent
            elif self.world.coming:
                self.free[who] = max(self.clock.ms + 1, self.world.coming[0])
            else:
                del self.free[who]
        return self.clock.ms - begin

    def _decided(self, who: int) -> None:
        """Whoever has a case has looked at it by now."""
        case = self.had.pop(who, None)
        if case is None:
            return
        values = {"posts[]": case.posts, "facts": "It is against the rules.", "do": "decide"}
        path = f"/admin/reports/{case.id}/decide"
        made = self.browsers[who].post(path, **{"acts[]": "hide"}, **values)
        self.done["single" if made is not None else "somebody else was faster"] += 1
        if self.done["single"] % SLOWLY == 0:
            print(f"{dict(self.done)}, {len(self.world.coming)} to come", flush=True)

    def _work(self, who: int) -> int | None:
        """Begin one thing; how long it takes (ms), None where there is nothing to do."""
        if self.since >= desk.AGAIN:
            first = _CLASS.search(self.browsers[who].get("/admin/reports"))
            if first is None or first[1] not in URGENT:
                spent = self._cluster(who)
                if spent is not None:
                    return spent
        to = self.browsers[who].post("/admin/reports/next")
        if to is None or to.endswith("done=none"):
            return None
        page = self.browsers[who].get(to)
        found = _CLASS.search(page)
        self.had[who] = Had(urlsplit(to).path.rpartition("/")[2], _POST.findall(page))
        return CLOCKS[cast(Class, found[1])].p80 if found else MINUTE

    def _cluster(self, who: int) -> int | None:
        """The largest cluster, every member looked at: a hundred of it at most."""
        found = _CLUSTER.search(self.browsers[who].get("/admin/reports/alike"))
        if found is None or int(found[2].replace(",", "")) < desk.SMALLEST:
            self.since = 0
            return None
        path = f"/admin/reports/alike/{found[1]}"
        members = _CASE.findall(self.browsers[who].get(path))
        taken = {each.id for each in self.had.values()}
        free = [each for each in members if each not in taken][:MOST]
        values = {"cases[]": free, "acts[]": "hide", "facts": "Advertising."}
        if self.browsers[who].post(f"{path}/decide", **values) is None:
            return None
        self.done["cluster"] += 1
        return MINUTE + desk.LOOK * len(free)

    def _arrivals(self) -> None:
        coming, now = self.world.coming, self.clock.ms
        many = sum(1 for at in coming if at <= now)
        del coming[:many]
        self.since += many
        app = Server(self.url, ())  # a line of its own: one that rests is let go
        for _ in range(many):
            self._arrives(app, self.world.drawn())

    def _arrives(self, app: Server, drawn: desk.Drawn) -> None:
        author, reporter = self.tokens[drawn.author.id], self.tokens[drawn.reporter.id]
        post = app.json("POST", "/api/v1/statuses", author, {"status": drawn.said})
        form = {
            "account_id": str(drawn.author.id),
            "status_ids": [post["id"]],
            "category": drawn.category,
        }
        made = app.json("POST", "/api/v1/reports", reporter, form)
        klass = drawn.klass
        if klass is None:
            return

        def graver(tx: Tx) -> None:
            case = reports.one(tx, int(made["id"])).case
            cases.escalate(tx, self.world.staff[0], case, klass)

        with self.town.beside() as db:
            db.write_sync(graver)


class Keys:
    """What the three's browsers hold, and the apps of whoever writes and reports."""

    def __init__(self, tx: Tx, world: desk.World) -> None:
        everybody = (*world.authors, *world.reporters)
        self.cookies = [self._signed_in(tx, each) for each in world.staff]
        self.tokens = {each.id: tokens.issue(tx, each.id, "read write") for each in everybody}

    def _signed_in(self, tx: Tx, viewer: Viewer) -> str:
        """The cookie of a browser of theirs; they have set up an authenticator app."""
        factors.set_authenticator(tx, viewer.id, b"0")
        factors.take_step(tx, viewer.id, 1)
        return sessions.begin(tx, viewer.id)


def main() -> None:
    """Fill a database, let them work, print what came of it. Exit 1: something urgent was late."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--reports", type=int, default=26_000)
    asked.add_argument("--database", default="")
    asked.add_argument("--graver", type=float, default=1, help="times as much is urgent")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        town = Town(given.database, Path(name))
        began = time.perf_counter()
        with town.beside() as db:
            world = desk.World(db, town.clock, given.reports, given.graver)
            keys = db.write_sync(lambda tx: Keys(tx, world))
            engine = db.env.engine
        filed = time.perf_counter() - began
        with town.serving() as url:
            shift = Shift(town, world, url, keys)
            took = shift.run()
        worked = time.perf_counter() - began - filed
        with town.beside() as db:
            lines = db.write_sync(desk.told, town.clock.ms)
        print(f"{given.reports} reports, three moderators by HTTP; {engine}")
        print("\n".join(lines))
        print(f"time to empty: {took / 3_600_000:.1f} h of theirs; decisions: {dict(shift.done)}")
        print(f"the machine: {filed:.0f} s to file, {worked:.0f} s to decide")
    late = [line for line in lines[1:] if line[:2] in URGENT and int(line.split()[2])]
    if late:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
