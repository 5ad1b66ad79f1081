"""The scrape of 2021, replayed: fifty networks and twenty accounts copy what they can, while fifty
people read as people do.

The crew knows every account there is, shares its work, never reads a page twice, keeps to the
limits on requests, and comes again when it is told to. Seconds pass by a clock that is set: the
budgets ask it, and nothing else here depends on the time of day."""

import json
import random
import re
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import stories
from house import Caller, House, house

import people
from whimbrel.accounts.rules import Viewer
from whimbrel.app.watch import Watch
from whimbrel.core.ids import MAX_ID
from whimbrel.core.tx import Tx
from whimbrel.posts.delete import delete
from whimbrel.posts.rules import Visibility
from whimbrel.privacy.budgets import Budgets
from whimbrel.timelines.queries import homes

ID = re.compile(rb'\{"id":"(\d+)","created_at"')
FRESH = 60 * 86_400_000  # ms: how long before now the first post was written
HOME = 2000  # posts
KNOWN = 50  # authors whom everybody here follows
AT_ONCE = 5  # requests that one of the crew makes in a second, at most
NETWORKS, ACCOUNTS, READERS = 50, 20, 50


class Clock:
    """Seconds since 1970, when it is told that they have passed."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


class Copier:
    """One of the crew: a network without an account, or an account in a network of its own."""

    def __init__(self, drill: "Drill", address: str, caller: Caller | None) -> None:
        self.drill, self.address, self.caller = drill, address, caller
        self.free_at = 0.0
        self.page: str | None = None

    async def work(self) -> None:
        """A second of it."""
        for _ in range(AT_ONCE):
            if self.drill.clock() < self.free_at:
                return
            self.page = self.page or self.drill.next_page(self)
            if self.page is None:
                return
            await self._read(self.page)

    async def _read(self, page: str) -> None:
        headers = self.caller.by_app if self.caller else {}
        answer = await self.drill.house.ask("GET", page, headers, client=self.address)
        self.drill.asked += 1
        if answer.status == 429:
            self.free_at = self.drill.clock() + max(1, int(answer.headers["retry-after"]))
            return
        self.page = None
        if answer.status != 200:
            return
        found = [int(id_) for id_ in ID.findall(answer.body)]
        self.drill.got(found)
        if self.caller and len(found) == 40 and "/statuses?" in page:
            self.page = re.sub(r"&max_id=\d+|$", f"&max_id={found[-1]}", page, count=1)


class Drill:
    """A server with posts of many authors, those who copy it, and those who live there."""

    def __init__(
        self, here: House, clock: Clock, authors: int, posts: int, at_once: int = 1
    ) -> None:
        """Args: `at_once` of the fifty read a page in each second."""
        self.house, self.clock, self.at_once = here, clock, at_once
        self.authors: list[Viewer] = []
        self.size = authors, posts
        self.theirs: dict[int, int] = {}  # post: who wrote it, of those nobody of the crew follows
        self.secret: set[int] = set()  # private, direct, deleted
        self.reached: set[int] = set()
        self.leaked: set[int] = set()
        self.asked = 0
        self.began = clock()
        self.rang_after: float | None = None
        self.refused = 0  # of the fifty who live here
        self.slow: list[float] = []  # seconds of the processor, for each request of theirs
        self.crew: list[Copier] = []
        self.readers: list[Caller] = []
        self.homes: list[set[int]] = [set() for _ in range(READERS)]  # what each of them has read
        self._at: dict[int, str | None] = {}  # how far each of them has read
        self._deep: deque[int] = deque()
        self._near: deque[str] = deque()

    async def settle(self) -> None:
        """Everybody moves in."""
        db = self.house.app.db
        authors, posts = self.size
        for number in range(authors):
            await db.write(self._author, number, posts // authors)
        for number in range(ACCOUNTS):
            caller = await self.house.person(f"copier{number}")
            await db.write(self._follow, caller.viewer)
            self.crew.append(Copier(self, f"198.51.{number}.7", caller))
        for number in range(NETWORKS):
            self.crew.append(Copier(self, f"203.0.{number}.7", None))
        for number in range(READERS):
            caller = await self.house.person(f"reader{number}")
            await db.write(self._follow, caller.viewer)
            await db.write(_delivered, caller.viewer)
            self.readers.append(caller)
        strangers = [author.id for author in self.authors[KNOWN:]]
        random.Random(2021).shuffle(strangers)
        self._deep.extend(strangers)
        near = [f"/api/v1/accounts/{id_}/statuses" for id_ in strangers]
        self._near.extend(["/api/v1/timelines/public?local=true", *near])

    def _author(self, tx: Tx, number: int, posts: int) -> None:
        tx.ms -= FRESH
        author = people.make(tx, f"author{number}")
        self.authors.append(author)
        for level in (Visibility.PRIVATE, Visibility.DIRECT):
            self.secret.add(stories.write(tx, author, "a secret", visibility=level))
        for _ in range(posts):
            post = stories.write(tx, author)
            if number >= KNOWN:
                self.theirs[post] = author.id
        if number % 10 == 0:
            post = stories.write(tx, author, "a mistake")
            delete(tx, author, post)
            self.secret.add(post)

    def _follow(self, tx: Tx, viewer: Viewer) -> None:
        for author in self.authors[:KNOWN]:
            stories.follow(tx, viewer, author)

    def next_page(self, copier: Copier) -> str | None:
        """What one of the crew reads next; what others read is left to them."""
        if copier.caller is None:
            return self._near.popleft() if self._near else None
        if not self._deep:
            return None
        return f"/api/v1/accounts/{self._deep.popleft()}/statuses?limit=40"

    def got(self, posts: list[int]) -> None:
        """One of the crew was given these."""
        self.reached.update(post for post in posts if post in self.theirs)
        self.leaked.update(self.secret.intersection(posts))

    async def run(self, seconds: int, step: int = 1) -> None:
        """So long of it. Args: `step` seconds pass between two turns of the crew."""
        for at in range(0, seconds, step):
            for copier in self.crew:
                await copier.work()
            if self.rang_after is None and self.house.app.readings.alarm is not None:
                self.rang_after = self.clock() - self.began
            if step == 1:
                await self.live(at)
            self.clock.now += step

    async def live(self, at: int) -> None:
        """The fifty read on in their homes, to the end and again, and a bot among them writes."""
        for turn in range(self.at_once):
            number = (at * self.at_once + turn) % READERS
            page, before = "/api/v1/timelines/home?limit=40", self._at.get(number)
            if before:
                page += f"&max_id={before}"
            answer = await self._ask(self.readers[number], "GET", page)
            found = json.loads(answer.body) if answer.status == 200 else []
            self.homes[number].update(int(each["id"]) for each in found)
            self._at[number] = found[-1]["id"] if found else None
        if at % 60 == 0:
            body = json.dumps({"status": f"the tide at {at}"}).encode()
            await self._ask(self.readers[0], "POST", "/api/v1/statuses", body)

    def slowest(self) -> float:
        """Seconds of the processor that 99 in 100 requests of the fifty did not need so far."""
        slow, self.slow = sorted(self.slow), []
        return slow[len(slow) * 99 // 100]

    async def _ask(self, reader: Caller, method: str, page: str, body: bytes = b"") -> Any:
        headers = {**reader.by_app, **({"content-type": "application/json"} if body else {})}
        began = time.process_time()
        answer = await self.house.ask(method, page, headers, body, client="192.0.2.9")
        self.slow.append(time.process_time() - began)
        self.refused += answer.status == 429
        return answer


def _delivered(tx: Tx, viewer: Viewer) -> None:
    """Their home, as it was filled while they were here."""
    homes.open_home(tx, viewer.id, tx.ms)
    entries = homes.pull(tx, viewer.id, HOME // KNOWN, HOME, low=0, high=MAX_ID)
    homes.add(tx, viewer.id, [entry.post for entry in entries])


@asynccontextmanager
async def moved_in(
    folder: Path, authors: int, posts: int, at_once: int = 1
) -> AsyncIterator[Drill]:
    """A drill that can begin. Args: as for `Drill`."""
    clock = Clock()
    async with house(folder, rate_limits=True, home_size=HOME) as here:
        here.app.budgets = Budgets(clock=clock)
        here.app.readings.clock = clock
        async with Watch.keep(here.app):
            drill = Drill(here, clock, authors, posts, at_once)
            await drill.settle()
            yield drill


async def days_to_copy(drill: Drill, hours: int = 24) -> float:
    """The crew goes on for so long: days until it had 99 % at that pace."""
    before = len(drill.reached)
    await drill.run(hours * 3600, step=120)
    pace = (len(drill.reached) - before) * 24 / hours
    left = 0.99 * len(drill.theirs) - before
    return left / pace if pace else float("inf")
