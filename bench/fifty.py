"""The small server: fifty people who follow each other, one core, everything switched on."""

import http.client
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from whimbrel.core.tx import Tx
from whimbrel.timelines.queries.homes import close_home

from . import people, process, wrk
from .people import Person
from .results import Results, middle
from .server import Server, reference, whimbrel
from .store import Refused, Store
from .wrk import Work

READS = {
    "home": "/api/v1/timelines/home?limit=20",
    "public": "/api/v1/timelines/public?local=true&limit=20",
    "account": "/api/v1/accounts/{id}/statuses?limit=20",
    "notifications": "/api/v1/notifications?limit=20",
    "grouped": "/api/v2/notifications?limit=20",
    "search": "/api/v2/search?type=statuses&limit=20&q=Seed",
    "thread": "/api/v1/statuses/{thread}/context",
    "filtered": "/api/v1/timelines/home?limit=20",
}
PAGES = ("page", "front")  # as HTML
SCENARIOS = (*READS, *PAGES, "post", "start", "return")
KEYWORDS = 20  # in the filter of everybody for `filtered`
ENOUGH = 600  # requests of one person, of 1,500, after which a fresh server forgets them
LEAST = 500  # bytes of an answer that says something
PAGES_OF_EACH = 10


class Size:
    """How much is done."""

    def __init__(self, quick: bool) -> None:
        self.people = 8 if quick else 50
        self.posts = 40 if quick else 2000
        # To the first post of `thread`, each to one of those before it.
        self.answers = 20 if quick else 499
        self.rounds = 1 if quick else 3
        self.seconds = 1 if quick else 2
        self.starts = 1 if quick else 5
        # Whether one server and one look at the reference do for all: no number is believed.
        self.once = quick


def measure(
    folder: Path,
    store: Store,
    wanted: Sequence[str],
    size: Size,
    results: Results,
    say: Callable[[str], None],
) -> None:
    """Run the wanted scenarios of this server into `results`."""
    core = process.cores()[0]
    say(f"{size.people} people, {people.TOKENS} tokens each")
    everybody = people.imported(
        store, [f"person{number}" for number in range(size.people)], people.TOKENS
    )
    with whimbrel(store, [core]) as server:
        people.seed(server, everybody, size.posts, say)
    asked = [name for name in wanted if name not in ("start", "return", "post", "thread")]
    # What writes comes last: its posts would lie on top of every timeline that is measured.
    last = [name for name in ("post", "thread") if name in wanted]
    stages = [[*asked, *last]] if size.once else [asked, *([name] for name in last)]
    for turn, names in [(n, names) for names in stages if names for n in range(size.rounds)]:
        waiting = list(names)
        while waiting:
            with (
                whimbrel(store, [core]) as server,
                reference(folder / "reference", [core]) as fixed,
            ):
                bench = Bench(server, fixed, everybody, size)
                while waiting and (size.once or bench.spent < size.people * ENOUGH):
                    say(f"{waiting[0]}, round {turn + 1} of {size.rounds}")
                    bench.run(waiting.pop(0), results)
                results.figures["memory"] = process.resident_mb(server.pids[:1])
    if "start" in wanted:
        say(f"{size.starts} starts, the first home after each")
        after_start(store, everybody, size.starts, results)
    if "return" in wanted:
        say("homes made anew after an absence")
        after_absence(store, everybody, results)


class Bench:
    """A server with the reference beside it, asked in turn."""

    def __init__(self, server: Server, fixed: Server, everybody: list[Person], size: Size) -> None:
        self.server, self.fixed, self.size = server, fixed, size
        self.people = everybody
        self.thread: list[str] = []
        self.spent = 0  # requests so far, from the budgets this server keeps
        self._beside: wrk.Load | None = None  # what the reference last needed

    def run(self, name: str, results: Results) -> None:
        """One run of a scenario, the reference just before it."""
        accept = "text/html" if name in PAGES else "application/json"
        work = self.work(name)
        if name != "post":
            self._warm(work, accept)
        filters = self._filter() if name == "filtered" else []
        if self._beside is None or not self.size.once:
            self._beside = wrk.run(self.fixed, [Work("/")], self.size.seconds)
        seconds = 1 if name == "page" else self.size.seconds  # strangers share a budget of 30,000
        load = wrk.run(self.server, work, seconds, writes=name == "post", accept=accept)
        for one, filter_id in filters:
            self.server.call("DELETE", f"/api/v2/filters/{filter_id}", one.tokens[0])
        self.spent += load.requests + len(work)
        results.add(name, load, None if name == "post" else self._beside)

    def work(self, name: str) -> list[Work]:
        """What a scenario asks for: every person in turn, with every token."""
        if name == "page":
            return self._pages()
        turns = [(one, which) for which in range(people.TOKENS) for one in self.people]
        if name == "front":
            return [Work("/home", cookie=one.sessions[which]) for one, which in turns]
        if name == "post":
            return [Work("/api/v1/statuses", one.tokens[which]) for one, which in turns]
        others = [*self.people[1:], self.people[0]] * people.TOKENS
        thread = self._thread() if name == "thread" else ""
        return [
            Work(READS[name].format(id=other.id, thread=thread), one.tokens[which])
            for (one, which), other in zip(turns, others, strict=True)
        ]

    def _filter(self) -> list[tuple[Person, str]]:
        """A filter of keywords for everybody, one of which is in many posts."""
        words = [*(f"nobody writes this {number}" for number in range(KEYWORDS - 1)), "ferry"]
        wanted = {
            "title": "Measured",
            "context": ["home"],
            "keywords_attributes": [{"keyword": word, "whole_word": True} for word in words],
        }
        made = [
            (one, self.server.json("POST", "/api/v2/filters", one.tokens[0], wanted)["id"])
            for one in self.people
        ]
        for one in self.people:
            self.server.call("GET", READS["filtered"], one.tokens[0])
        return made

    def _thread(self) -> str:
        """The id of a post that many answered, and one another; written when first asked for."""
        if not self.thread:
            dice = random.Random(3)
            self.thread = [people.answer(self.server, self.people[0], "A long talk begins", None)]
            for number in range(self.size.answers):
                one, to = self.people[number % len(self.people)], dice.choice(self.thread)
                self.thread.append(people.answer(self.server, one, f"Answer {number}", to))
        return self.thread[0]

    def _pages(self) -> list[Work]:
        """Post pages, as strangers from 200 networks see them through a proxy."""
        found = []
        for one in self.people[:20]:
            path = f"/api/v1/accounts/{one.id}/statuses?limit={PAGES_OF_EACH}"
            statuses = self.server.json("GET", path, one.tokens[0])
            found += [urlsplit(status["url"]).path for status in statuses]
        random.Random(2).shuffle(found)
        return [Work(path, network=f"10.0.{at % 200}.1") for at, path in enumerate(found)]

    def _warm(self, work: list[Work], accept: str) -> None:
        """Ask for everything once: a server in use is warm, and an empty answer proves nothing."""
        for one in work:
            headers = {"Accept": accept}
            if one.network != "-":
                headers["X-Forwarded-For"] = one.network
            if one.cookie != "-":
                headers["Cookie"] = f"whimbrel={one.cookie}"
            token = None if one.token == "-" else one.token
            if len(self.server.call("GET", one.path, token, **headers)) < LEAST:
                raise Refused(f"{one.path} answers next to nothing")


def after_start(store: Store, everybody: list[Person], starts: int, results: Results) -> None:
    """Milliseconds that the first home after a start takes, nothing having been asked before."""
    took = []
    for number in range(starts):
        with whimbrel(store, [process.cores()[0]]) as server:
            server.settle()
            took.append(_home_ms(server, everybody[number % len(everybody)].tokens[0]))
    _note("start", took, results)


def after_absence(store: Store, everybody: list[Person], results: Results) -> None:
    """Milliseconds until somebody whose home was dropped for being away too long has it back."""
    with whimbrel(store, [process.cores()[0]]) as server:
        _home_ms(server, everybody[0].tokens[0])
        with store.opened() as db:
            db.write_sync(_close_homes, [one.id for one in everybody])
        server.settle()
        took = [_home_ms(server, one.tokens[1]) for one in everybody]
    _note("return", took, results)


def _close_homes(tx: Tx, readers: list[int]) -> None:
    for reader in readers:
        close_home(tx, reader)


def _note(name: str, took: list[float], results: Results) -> None:
    results.figures[name] = middle(took)
    results.notes[name] = f"median of {len(took)}, worst {max(took):.1f}"


def _home_ms(server: Server, token: str) -> float:
    with _connection(server) as connection:
        begun = time.perf_counter()
        connection.request("GET", READS["home"], headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        body = answer.read()
        took = 1000 * (time.perf_counter() - begun)
    if answer.status != 200 or len(body) < LEAST:
        raise Refused(f"home: {answer.status} {body[:200]!r}")
    return took


@contextmanager
def _connection(server: Server) -> Iterator[http.client.HTTPConnection]:
    place = urlsplit(server.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
    connection.connect()
    try:
        yield connection
    finally:
        connection.close()
