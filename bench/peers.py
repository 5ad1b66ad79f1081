"""A server among a thousand others: what arrives from one of them, and what goes out to all.

The others are one process that listens on the whole loopback, each address being a server of its
own (`bench.elsewhere`), without TLS: what a handshake costs is the same for everybody."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from whimbrel.accounts.queries import count, graph
from whimbrel.accounts.queries.graph import Wish
from whimbrel.accounts.rules import Distance
from whimbrel.core.tx import Tx
from whimbrel.federation import pairs
from whimbrel.federation import people as far
from whimbrel.federation.handles import Handle
from whimbrel.federation.incoming import read_actor
from whimbrel.federation.queries import follows
from whimbrel.federation.reading import AS, PUBLIC
from whimbrel.federation.rules import Pair
from whimbrel.federation.signatures import PrivateKeys, Request, sign_draft, sign_rfc9421

from . import people, process, wrk
from .elsewhere import actor_of, person
from .people import Person
from .results import Results, middle, percentile
from .server import Server, elsewhere, whimbrel
from .store import Refused, Store
from .wrk import Work

SCENARIOS = ("inbox", "stranger", "inboxes", "peers")
DOMAIN = "bench.example"
TYPE = "application/activity+json"
HOSTS = 1000
LOCAL = 50  # people here, all of whom follow Eve
WIDTH = 8  # requests on their way at once
AT_ONCE = 20  # people in one transaction: more would meet in an id too often
PATIENCE = 60  # seconds until all must be told
READS = "/api/v1/timelines/home?limit=20"
SETTINGS = {
    "WHIMBREL_RATE_LIMITS": "off",  # homes are read for longer than anybody has a budget for
    "WHIMBREL_DOMAIN": DOMAIN,
    "WHIMBREL_ALLOW_PRIVATE": ",".join(
        f"127.1.{at >> 8}.{(at & 255)}" for at in range(1, HOSTS + 1)
    ),
}


class Size:
    """How much is done."""

    def __init__(self, quick: bool) -> None:
        self.local = 10 if quick else LOCAL
        self.creates = 30 if quick else 1000  # of each kind, in each round
        self.rounds = 1 if quick else 3
        self.inboxes = 30 if quick else HOSTS
        self.peers = 20 if quick else 500
        self.followers = 40 if quick else 10_000  # on those
        self.posts = 1 if quick else 9
        self.seconds = 1 if quick else 3


def measure(
    folder: Path,
    store: Store,
    wanted: Sequence[str],
    size: Size,
    results: Results,
    say: Callable[[str], None],
) -> None:
    """Run the wanted scenarios of this server into `results`."""
    core, other = process.cores()
    say(f"{size.local} people here, {size.inboxes + size.followers} followers elsewhere")
    names = [f"local{number}" for number in range(size.local)]
    *locals_, first, second = people.imported(store, [*names, "spread", "famous"], people.TOKENS)
    pair = pairs.make()
    with elsewhere(folder / "elsewhere", pair.public.rsa, [other]) as (port, url):
        eve = f"127.1.0.1:{port}"
        _settle_followers(store, size, port, first, second)
        _follow_eve(store, eve, pair, locals_)
        with whimbrel(store, [core]) as server:
            server.settle()
            for name, one in (("inbox", "eve"), ("stranger", "nobody")):
                if name in wanted:
                    say(f"{size.rounds} times {size.creates} posts of {one} arrive")
                    arriving(server, name, Writer(eve, one, pair), size, results)
            if "inboxes" in wanted:
                say(f"a post to {size.inboxes} inboxes, {size.posts} times")
                leaving(server, url, first, size, results)
            if "peers" in wanted:
                say(f"a post to {size.followers} followers on {size.peers} slow servers")
                while_read(server, url, second, locals_, size, results)


# ------------------------------------------------------------------------------ what arrives


class Writer:
    """Somebody elsewhere who writes, and signs what they send."""

    def __init__(self, host: str, name: str, pair: Pair) -> None:
        self.actor = actor_of(host, name)
        self._keys = PrivateKeys.open(pair.private.rsa, pair.private.ed25519)

    def create(self, mark: str, number: int) -> tuple[dict[str, str], bytes]:
        """Headers and body of a post on its way to us; half of them signed in the old way."""
        note = f"{self.actor}/notes/{mark}-{number}"
        to, cc = [PUBLIC], [f"{self.actor}/followers"]
        content = f"<p>Measured {number}: low water at the ferry, geese over the bay, fog</p>"
        said = {
            "@context": [AS, {"sensitive": "as:sensitive", "Hashtag": "as:Hashtag"}],
            "id": f"{note}/activity",
            "type": "Create",
            "actor": self.actor,
            "to": to,
            "cc": cc,
            "object": {
                "id": note,
                "type": "Note",
                "attributedTo": self.actor,
                "published": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "url": note,
                "to": to,
                "cc": cc,
                "sensitive": False,
                "summary": None,
                "inReplyTo": None,
                "content": content,
                "contentMap": {"en": content},
                "attachment": [],
                "tag": [{"type": "Hashtag", "name": "#fog", "href": f"{note}/fog"}],
                "replies": {"id": f"{note}/replies", "type": "Collection"},
            },
        }
        body = json.dumps(said).encode()
        sign = sign_draft if number % 2 else sign_rfc9421
        request = Request("POST", f"https://{DOMAIN}", "/inbox", {"content-type": TYPE}, body)
        headers = sign(request, self._keys, f"{self.actor}#main-key", time.time())
        network = f"10.{1 + number % 200}.{mark[-1]}.1"  # a budget has 3,000 of one network
        return {**headers, "host": DOMAIN, "x-forwarded-for": network}, body


def arriving(server: Server, name: str, writer: Writer, size: Size, results: Results) -> None:
    """CPU-ms of a Create: signature, acceptance, and all that follows from it."""
    took, rates = [], []
    _send(server, [writer.create("w0", number) for number in range(WIDTH)])
    for turn in range(size.rounds):
        requests = [writer.create(f"r{turn}", number) for number in range(size.creates)]
        server.settle()
        before, begun = server.cpu_seconds(), time.monotonic()
        _send(server, requests)
        rates.append(size.creates / (time.monotonic() - begun))
        server.settle()
        took.append(1000 * (server.cpu_seconds() - before) / size.creates)
    results.figures[name] = middle(took)
    results.notes[name] = f"{size.rounds} times {size.creates}, {middle(rates):.0f} taken a second"


def _send(server: Server, requests: list[tuple[dict[str, str], bytes]]) -> None:
    """Over some connections, as servers do. Raises Refused: one was not taken."""
    place = urlsplit(server.url)

    def some(mine: list[tuple[dict[str, str], bytes]]) -> None:
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        for headers, body in mine:
            connection.request("POST", "/inbox", body, headers)
            answer = connection.getresponse()
            said = answer.read()
            if answer.status != 202:
                raise Refused(f"inbox: {answer.status} {said[:300]!r}")
        connection.close()

    with ThreadPoolExecutor(WIDTH) as pool:
        list(pool.map(some, [requests[at::WIDTH] for at in range(WIDTH)]))


# ------------------------------------------------------------------------------- what leaves


def leaving(server: Server, url: str, author: Person, size: Size, results: Results) -> None:
    """CPU-ms of one inbox that gets a post, its server's connection included."""
    took, seconds = [], []
    for number in range(size.posts + 1):
        server.settle()
        before = server.cpu_seconds()
        seconds.append(_tell(server, url, author, size.inboxes, number))
        server.settle()
        took.append(1000 * (server.cpu_seconds() - before) / size.inboxes)
    results.figures["inboxes"] = middle(took[1:])  # the first asks how each takes signatures
    results.notes["inboxes"] = f"{size.posts} posts, {middle(seconds[1:]):.1f} s each"


def while_read(
    server: Server, url: str, author: Person, readers: list[Person], size: Size, results: Results
) -> None:
    """Seconds until every server has a post, while homes are read as fast as they come; and what
    the slowest hundredth of those reads takes, of what it takes otherwise."""
    work = [Work(READS, token) for one in readers for token in one.tokens]
    _tell(server, url, author, size.peers, 0)
    took, quiet, busy = [], [], []
    for number in range(1, size.posts + 1):
        quiet.append(wrk.run(server, work, size.seconds).p99)
        told: list[float] = []
        posting = threading.Thread(
            target=lambda n=number, t=told: t.append(_tell(server, url, author, size.peers, n))
        )
        posting.start()
        busy.append(wrk.run(server, work, size.seconds).p99)
        posting.join()
        took += told
    if len(took) < size.posts:
        raise Refused("a post did not reach every server")
    results.figures["peers"] = percentile(took, 0.99)
    results.notes["peers"] = f"{size.posts} posts, median {middle(took):.2f}"
    results.figures["while read"] = middle(busy) / middle(quiet)
    results.notes["while read"] = f"{middle(busy):.1f} ms, otherwise {middle(quiet):.1f}"


def _tell(server: Server, url: str, author: Person, servers: int, number: int) -> float:
    """Post, and wait until that many inboxes have it; the seconds it took."""
    _taken(url)
    begun = time.monotonic()
    body = {"status": f"To everybody elsewhere, {number}", "visibility": "public"}
    headers = {"Host": DOMAIN, "X-Forwarded-Proto": "https"}
    token = author.tokens[number % len(author.tokens)]
    server.call("POST", "/api/v1/statuses", token, body, **headers)
    while _taken(url, keep=True) < servers:
        if time.monotonic() - begun > PATIENCE:
            raise Refused(f"only {_taken(url, keep=True)} of {servers} inboxes got a post")
        time.sleep(0.02)
    return time.monotonic() - begun


def _taken(url: str, *, keep: bool = False) -> int:
    """How many inboxes got anything; without `keep` they are counted anew from now on."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
    connection.request("GET", "/taken?keep" if keep else "/taken")
    found = int(connection.getresponse().read())
    connection.close()
    return found


# --------------------------------------------------------------------------- who lives where


def _hosts(many: int, port: int) -> list[str]:
    return [f"127.1.{at >> 8}.{at & 255}:{port}" for at in range(1, many + 1)]


def _settle_followers(store: Store, size: Size, port: int, first: Person, second: Person) -> None:
    """Followers of the first, one on each server with an inbox of their own; of the second, many on
    each of some servers that take their time."""
    alone = [(host, "one", False) for host in _hosts(size.inboxes, port)]
    hosts = _hosts(size.peers, port)
    crowd = [(hosts[at % len(hosts)], f"f{at}", True) for at in range(size.followers)]
    with store.opened() as db:
        for whom, everybody in ((first, alone), (second, crowd)):
            for some in _some(everybody):
                db.write_sync(_add_followers, whom.id, some)


def _some(everybody: list[Any]) -> Iterator[list[Any]]:
    for at in range(0, len(everybody), AT_ONCE):
        yield everybody[at : at + AT_ONCE]


def _met(tx: Tx, host: str, name: str, pem: str, *, shared: bool) -> int:
    said = person(host, name, pem)
    if not shared:
        del said["endpoints"]
    return far.keep(tx, read_actor(said), Handle(name, host), Distance()).id


def _add_followers(tx: Tx, whom: int, some: list[tuple[str, str, bool]]) -> None:
    for host, name, shared in some:
        id_ = _met(tx, host, name, "-", shared=shared)
        graph.add_follow(tx, id_, whom, Wish())
        count(tx, whom, followers=1)
        follows.note(tx, id_, whom, f"{actor_of(host, name)}/follows/1")


def _follow_eve(store: Store, host: str, pair: Pair, locals_: list[Person]) -> None:
    with store.opened() as db:
        db.write_sync(_add_eve, host, pair.public.rsa, locals_)


def _add_eve(tx: Tx, host: str, pem: str, locals_: list[Person]) -> None:
    eve = _met(tx, host, "eve", pem, shared=True)
    for one in locals_:
        graph.add_follow(tx, one.id, eve, Wish())
    count(tx, eve, followers=len(locals_))
