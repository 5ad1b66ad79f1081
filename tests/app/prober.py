"""Whoever tries the doors of a house, by app and by browser: each answer must be fit to be seen,
tell nothing of the inside, and cost little.

Costs are processor time of this process, for a machine may be busy with others."""

import asyncio
import re
import time
from collections import Counter
from typing import Any

import msgspec
from belongings import belongings
from house import HTML, ORIGIN, Caller, House, Route, house

from raw_asgi import Answer

MOST_CPU = 0.05  # seconds that an answer to nonsense may cost
HASHING = 0.5  # where a password was looked at first, which is made to be slow
HASHES = re.compile(
    r"POST /(api/v1/accounts$|auth/|settings/security/(password|email|confirm$)|settings/delete)"
)

TALKATIVE = re.compile(
    rb"Traceback|File \"|line \d+, in|site-packages|/srv/|/root/|/home/\w+/|\.py\b|"
    rb"sqlite|psycopg|sqlalchemy|litestar|msgspec|uvicorn|httptools|granian|python/?\d|"
    rb"(?<!<)SELECT |INSERT INTO|UPDATE \w+ SET|UNIQUE constraint|violates|errno|0x[0-9a-f]{8,}|"
    rb"Error\(|Exception|object at|NoneType|\bint\b object|whimbrel\.(?:core|app|accounts|posts)",
    re.IGNORECASE,
)


def unfit(answer: Answer) -> str:
    """What is wrong with an answer, or nothing."""
    if answer.status >= 500:
        return f"{answer.status} {answer.body[:200]!r}"
    for name, value in answer.pairs:
        if "\r" in value or "\n" in value or "evil" in name:
            return f"{name}: {value!r}"
        if "evil.example" in value and name != "link":
            return f"{name} leads away: {value!r}"
    if answer.status < 400:
        return ""
    told = TALKATIVE.search(answer.body)
    if told:
        return f"tells {told[0]!r}"
    kind = answer.headers.get("content-type", "")
    if kind.startswith("text/html"):
        return "" if answer.body.startswith(b"<!doctype html>") else "a page that is none"
    if not answer.body:
        return "" if answer.status == 405 else "nothing is said"
    try:
        said = msgspec.json.decode(answer.body)["error"]
    except (msgspec.DecodeError, KeyError, TypeError):
        return f"no error in {answer.body[:200]!r}"
    return "" if isinstance(said, str) and said else "an error that says nothing"


class Prober:
    """Whoever tries the doors, by app and by browser, and keeps what was wrong."""

    def __init__(self, house: House, ada: Caller, ids: dict[str, str]) -> None:
        self.house, self.ada, self.ids = house, ada, ids
        self.wrong: list[str] = []
        self.statuses: Counter[int] = Counter()

    def headers(self, route: Route) -> dict[str, str]:
        """What lets Ada in there."""
        if route.access.page:
            return {**HTML, **self.ada.by_browser, "origin": ORIGIN}
        return dict(self.ada.by_app)

    async def send(
        self, what: str, method: str, target: str, headers: dict[str, str], body: bytes = b""
    ) -> Answer:
        """One request, whose answer is looked at."""
        before = time.process_time()
        answer = await self.house.ask(method, target, headers, body)
        cost = time.process_time() - before
        most = HASHING if HASHES.match(f"{method} {target}") else MOST_CPU
        if cost > most and answer.status >= 400:
            cost = await self._cost_again(method, target, headers, body)
            if cost > most:
                self.wrong.append(f"{what} at {method} {target[:120]}: {cost * 1000:.0f} ms")
        self.statuses[answer.status] += 1
        wrong = unfit(answer)
        if wrong:
            self.wrong.append(f"{what} at {method} {target[:120]}: {wrong}")
        return answer

    async def _cost_again(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> float:
        """The least of three: the first may have paid for what is made once."""
        costs = []
        for _ in range(3):
            before = time.process_time()
            await self.house.ask(method, target, headers, body)
            costs.append(time.process_time() - before)
        return min(costs)

    def target(self, route: Route) -> str:
        """Where the route leads to something of Ada's."""
        path = route.path
        for name, kind in OF_WHAT.items():
            if name in path:
                path = path.replace("{id_:str}", self.ids[kind])
        path = path.replace("{handle:str}", "@ada").replace("{name:str}", "ada")
        return re.sub(r"\{\w+:str\}", "1", path)

    def done(self) -> None:
        """Fail with all that was wrong."""
        assert not self.wrong, "\n".join([f"of {self.statuses}:", *self.wrong[:60]])


OF_WHAT = {
    "/statuses/": "status",
    "/posts/": "status",
    "/polls/": "poll",
    "/lists/": "list",
    "/keywords/": "keyword",
    "/filters/": "filter",
    "/media/": "media",
    "/list/": "list",
    "/requests/": "held",
    "/conversations/": "conversation",
    "/notifications/": "notification",
    "/accounts/": "account",
    "/follow_": "request",
}
LAST = {"/auth/sign-out", "/settings/delete"}  # nobody would be there any more


def told(story: Any, tmp_path: Any, database: str = "") -> None:
    async def run() -> None:
        async with house(tmp_path, database) as here:
            ada = await here.person("ada")
            prober = Prober(here, ada, await belongings(here, ada))
            await story(prober)
            prober.done()

    asyncio.run(run())
