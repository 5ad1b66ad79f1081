"""Where a drill takes place, who takes part in it, and the one way in which they ask.

Of a throw-away copy the inside is at hand: its files, its clock, its database. Of a running server
nothing is but what it answers."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode
from uuid import uuid4

from whimbrel.accounts.auth import Access
from whimbrel.core.app import App
from whimbrel.core.errors import WhimbrelError
from whimbrel.core.outbox import LANES
from whimbrel.core.tx import utc_now
from whimbrel.core.worker import anything_due, done, work_through

from .client import Answer, Broken, Client
from .rules import MOST_FOUND, Lesson, Result

PATIENCE = 20  # seconds that a running server may ask us to wait
A_WHILE = 300.0  # seconds in which budgets for requests are full again
EACH = 150  # requests of a stranger's network before the next one asks
SPARSE = 12  # one in so many, at least
TRIES = 3  # of a request that comes too soon
Thing = TypeVar("Thing")
_HOLE = re.compile(r"{(\w+):str}")
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)"')


class Clock:
    """What a copy takes for now; the drill may let time pass."""

    def __init__(self) -> None:
        self.ahead = 0.0  # seconds

    def __call__(self) -> datetime:
        return utc_now() + timedelta(seconds=self.ahead)

    def seconds(self) -> float:
        """Since 1970."""
        return time.time() + self.ahead


class Door(NamedTuple):
    """A route, and whom it says it lets in."""

    method: str
    path: str  # with {name:str} for what varies
    access: Access

    def to(self, name: str, author: int, post: int | str, tag: str = "tide") -> str:
        """Its path, leading to somebody, to what they wrote, or to a tag."""
        things = {"handle": f"@{name}", "name": name, "tag": tag, "post": str(post)}
        if "/tags/" in self.path:
            things["name"] = tag
        of_people = "/accounts/" in self.path or "/users/{id_" in self.path
        things["id_"] = str(author if of_people else post)
        return _HOLE.sub(lambda hole: things.get(hole[1], "1"), self.path)


class Served(NamedTuple):
    """A server that runs for the drill."""

    app: App
    base: str


# A server over a folder, for as long as the block lasts: in this process, with a clock; or in one
# of its own, of which only the address is known.
Serve = Callable[[Path, Clock], AbstractAsyncContextManager[Served]]
Restore = Callable[[Path], AbstractAsyncContextManager[str]]


class Inside(NamedTuple):
    """What only whoever runs the server knows."""

    app: App
    clock: Clock
    folder: Path  # the copy's data
    spare: Path  # for what a step makes
    restored: Restore

    async def settle(self) -> None:
        """All that follows from what was done has happened."""
        db, routes = self.app.db, self.app.db.env.routes
        busy = True
        while busy:
            busy = False
            for lane in LANES:
                while await db.read(anything_due, lane):
                    busy = True
                    _, effects = await db.write(work_through, routes, lane)
                    for job in effects:
                        task: Any = routes.tasks[job.task]
                        await task.effect(self.app, routes.decode(job.event))
                        await db.write(done, job)


class Who(NamedTuple):
    """Somebody who asks."""

    name: str
    id: int = 0
    token: str = ""
    cookie: str = ""
    address: str = ""  # in a copy, where they ask from; "" = one network after the other


STRANGER = Who("a stranger")


def word() -> str:
    """One that is nowhere else."""
    return f"canary{uuid4().hex[:20]}"


class Ground:
    """A server, and what is known of it."""

    def __init__(self, client: Client, doors: Sequence[Door], inside: Inside | None = None) -> None:
        self.client, self.doors, self.inside = client, doors, inside
        self.people: dict[str, Who] = {}
        self.ids: dict[str, str] = {}  # of what was planted, by what it is
        self.words: dict[str, str] = {}  # that stand in it
        self.scale = 1.0  # of the long steps; less where somebody waits
        self._asked = 0

    def who(self, name: str) -> Who:
        """One of those who take part."""
        return self.people[name]

    @property
    def within(self) -> Inside:
        """The inside; for steps that made sure that there is one."""
        if self.inside is None:
            raise Broken("of a running server nothing is at hand but what it answers")
        return self.inside

    def address(self, who: Who) -> str:
        """Where a request of theirs comes from."""
        if who.address:
            return who.address
        self._asked += 1
        network = self._asked // EACH
        return f"100.{64 + network // 250 % 60}.{network % 250}.9"


class OutOfBounds(Exception):
    """A step asked as often, or for as long, as it may."""


class Trial:
    """One step under way: it asks, and keeps what it found."""

    def __init__(self, ground: Ground, lesson: Lesson) -> None:
        self.ground, self.lesson = ground, lesson
        self.tried: list[str] = []
        self.found: list[str] = []
        self.left: list[str] = []
        self.requests = 0
        self._began = time.monotonic()

    def did(self, what: str) -> None:
        """Say what was tried."""
        self.tried.append(what)

    def wrong(self, what: str) -> None:
        """Say what should not be so."""
        if len(self.found) < MOST_FOUND and what not in self.found:
            self.found.append(what)

    def left_out(self, why: str) -> None:
        """Say what was not tried."""
        self.left.append(why)

    def much(self, whole: int, live: int) -> int:
        """How often to try: in a copy, or at a server where people live."""
        if self.ground.inside is None:
            return live
        return max(int(whole * self.ground.scale), min(whole, 20))

    def some(self, things: Sequence[Thing]) -> Sequence[Thing]:
        """All of them; where somebody waits, some from everywhere among them."""
        return things[:: max(1, min(round(1 / self.ground.scale), SPARSE))]

    async def ask(
        self,
        who: Who,
        method: str,
        target: str,
        *,
        page: bool = False,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        values: dict[str, Any] | None = None,
        once: bool = False,
    ) -> Answer:
        """One request, within the bounds of the step.

        Args:
            page: by browser, with their cookie in the place of the token.
            values: sent as JSON; from a page, as a form.
            once: an answer "too many" is one like any other. Else the drill waits and asks again:
                in a copy, by putting the clock on.
        Raises:
            OutOfBounds: enough.
            Broken: the server is away.
        """
        sent = {"accept": "text/html"} if page else {}
        if who.cookie and page:
            sent |= {"cookie": f"whimbrel={who.cookie}", "origin": self.ground.client.base}
        elif who.token and not page:
            sent["authorization"] = f"Bearer {who.token}"
        if values is not None and page:
            body = urlencode(values, doseq=True).encode()
            sent |= {"content-type": "application/x-www-form-urlencoded"}
            sent |= {"origin": self.ground.client.base}
        elif values is not None:
            body, sent["content-type"] = json.dumps(values).encode(), "application/json"
        for _ in range(TRIES):
            if self.ground.inside is not None:
                sent["x-forwarded-for"] = self.ground.address(who)
            self._bound()
            answer = await self.ground.client.ask(method, target, {**sent, **(headers or {})}, body)
            if answer.status != 429 or once:
                return answer
            await self._wait(int(answer.headers.get("retry-after", "60")))
        raise OutOfBounds(f"{method} {target[:60]} is refused again and again")

    def _bound(self) -> None:
        self.requests += 1
        if self.requests > self.lesson.requests:
            raise OutOfBounds(f"after {self.lesson.requests} requests")
        if time.monotonic() - self._began > self.lesson.seconds:
            raise OutOfBounds(f"after {self.lesson.seconds:.0f} seconds")

    async def _wait(self, seconds: int) -> None:
        if self.ground.inside is not None:
            self.ground.inside.clock.ahead += seconds
        elif seconds <= PATIENCE:
            await asyncio.sleep(seconds)
        else:
            raise OutOfBounds(f"the server asks us to wait for {seconds} seconds")

    async def got(self, who: Who, target: str, **how: Any) -> Any:
        """What a GET gives that has to work; decoded."""
        return self.right(await self.ask(who, "GET", target, **how), target)

    async def do(self, who: Who, method: str, target: str, **values: Any) -> Any:
        """What an act gives that has to work; decoded."""
        return self.right(await self.ask(who, method, target, values=values), target)

    def right(self, answer: Answer, target: str) -> Any:
        """What an answer says that has to be a 200. Raises Broken: it is none."""
        if answer.status != 200:
            raise Broken(f"{target[:80]} answers {answer.status}, where it should work")
        return json.loads(answer.body)

    async def form(self, who: Who, page: str, to: str, **values: Any) -> Answer:
        """Fill in a form that stands on a page, with all that it hides."""
        shown = await self.ask(who, "GET", page, page=True)
        hidden: dict[str, str] = {}
        for form in re.findall(r"<form.*?</form>", shown.text, re.DOTALL):
            if f'action="{to}"' in form:
                hidden = {name: unescape(value) for name, value in _HIDDEN.findall(form)}
        return await self.ask(who, "POST", to, page=True, values={**hidden, **values})

    def result(self, ended: str = "") -> Result:
        """What came of it. Args: `ended`: why it did not come to its end."""
        if ended:
            self.left.append(ended)
        verdict = "broken" if self.found else "unfinished" if ended else "held"
        if verdict == "held" and not self.tried:
            verdict = "untried"
        return Result(
            id=self.lesson.id,
            verdict=verdict,  # type: ignore[arg-type]
            tried=self.tried,
            found=self.found,
            untried=self.left,
            requests=self.requests,
            seconds=round(time.monotonic() - self._began, 2),
        )


Step = Callable[[Trial], Awaitable[None]]


async def run(ground: Ground, lesson: Lesson, step: Step) -> Result:
    """One step from beginning to end; whatever happens in it, it has a result."""
    trial = Trial(ground, lesson)
    try:
        async with asyncio.timeout(lesson.seconds + 30):
            await step(trial)
    except OutOfBounds as bound:
        return trial.result(f"stopped at its bounds: {bound}")
    except Broken as broken:
        return trial.result(f"broke off: {broken}")
    except TimeoutError:
        return trial.result("stopped: it took too long")
    except (WhimbrelError, LookupError, ValueError) as odd:  # no field, no JSON, not there any more
        return trial.result(f"broke off: not what was expected ({type(odd).__name__})")
    return trial.result()
