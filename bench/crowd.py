"""The crowd: ten thousand readers, and how soon what is written reaches them."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from typing import IO

from . import people, process, wrk
from .people import Person
from .results import Results, percentile
from .server import Server, whimbrel
from .store import Refused, Store
from .wrk import Work

SCENARIOS = ("deliveries", "fanout", "websockets", "events")
AUTHORS = 20
FOLLOWERS = 403  # of each of the authors; the famous one has everybody
LAST = 500  # readers of the last slice
ASKED = 10  # readers who are asked, beside the last one
PAUSE = 0.004  # seconds between two looks at a home
PATIENCE = 60  # seconds until a post must be readable by all


class Size:
    """How much is done."""

    def __init__(self, quick: bool) -> None:
        self.readers = 60 if quick else 10_000
        self.followers = 20 if quick else FOLLOWERS
        self.seconds = 1 if quick else 5
        self.posts = 3 if quick else 100
        self.streams = 40 if quick else 9_500
        self.hold = 2 if quick else 45  # seconds that they are kept: two heartbeats


def measure(
    store: Store,
    wanted: Sequence[str],
    size: Size,
    results: Results,
    say: Callable[[str], None],
) -> None:
    """Run the wanted scenarios of this server into `results`."""
    one, other = process.cores()
    readers, authors, famous = _settlers(store, size, say)
    if "deliveries" in wanted:
        with whimbrel(store, [one, other]) as server:
            server.settle()
            say(f"posts of {AUTHORS} authors to {size.followers} followers each, two cores")
            deliveries(server, authors, size, results)
    if "fanout" in wanted:
        with whimbrel(store, [one]) as server:
            server.settle()
            say(f"{size.posts} posts to {size.readers} followers")
            fan_out(server, famous, readers, size.posts, results)
    for name in ("websockets", "events"):
        if name in wanted:
            with whimbrel(store, [one]) as server:  # afresh: memory once used would be used again
                say(f"{size.streams} open {name}")
                idle(server, name, readers[: size.streams], size.hold, results)


def _settlers(
    store: Store, size: Size, say: Callable[[str], None]
) -> tuple[list[Person], list[Person], Person]:
    """(readers, authors with some of them as followers, one whom all of them follow)."""
    names = [f"reader{number}" for number in range(size.readers)]
    names += [f"author{number}" for number in range(AUTHORS)]
    say(f"{len(names)} people")
    begun = time.monotonic()
    found = people.imported(store, [*names, "famous"])
    say(f"imported in {time.monotonic() - begun:.1f} s")
    readers, authors, famous = found[: size.readers], found[size.readers : -1], found[-1]
    with whimbrel(store, process.cores()) as server:
        server.settle()  # newcomers get their homes
    say(f"{size.readers + AUTHORS * size.followers} follows")
    people.followed(store, [famous], readers)
    people.followed(store, authors, readers[: size.followers])
    return readers, authors, famous


def deliveries(server: Server, authors: list[Person], size: Size, results: Results) -> None:
    """Posts through the API, as fast as they are taken, until the last one is in the last home."""
    work = [Work("/api/v1/statuses", one.tokens[0]) for one in authors]
    load = wrk.run(server, work, size.seconds, writes=True)
    results.add("crowd post", load)
    made = load.requests * size.followers
    results.figures["deliveries"] = made / load.drained
    results.notes["deliveries"] = (
        f"{load.requests} posts to {size.followers} in {load.drained:.1f} s, "
        f"{1000 * load.cpu_ms / size.followers:.1f} CPU-us each"
    )


def fan_out(
    server: Server, famous: Person, readers: list[Person], posts: int, results: Results
) -> None:
    """Seconds from sending a post until every follower's home shows it.

    Followers are served in the order of their ids, so the last ones are asked, over and over and in
    turn (one alone would soon be refused), then now and then some others; how many homes have it at
    the end is counted in the database."""
    last = cycle(sorted(readers, key=lambda one: one.id)[-LAST:])
    some = random.Random(3).sample(readers, min(ASKED, len(readers)))
    took, ids = [], []
    for number in range(posts):
        begun = time.perf_counter()
        body = {"status": f"To everybody, {number}", "visibility": "public"}
        written = server.json("POST", "/api/v1/statuses", famous.tokens[0], body)
        ids.append(int(written["id"]))
        _until_shown(server, last, written["id"])
        if number % ASKED == 0:
            for reader in some:
                _until_shown(server, iter((reader,)), written["id"])
        took.append(time.perf_counter() - begun)
    server.settle()
    assert server.store is not None
    for written_id in (ids[0], ids[-1]):
        homes = server.store.ask("SELECT count(*) FROM homes WHERE post = ?", written_id)
        if homes != len(readers) + 1:
            raise Refused(f"{homes} homes have a post that {len(readers) + 1} should have")
    results.figures["fanout"] = percentile(took, 0.99)
    results.notes["fanout"] = (
        f"{posts} posts to {len(readers)}, median {percentile(took, 0.5):.3f}, "
        f"worst {max(took):.3f}"
    )


def _until_shown(server: Server, readers: Iterator[Person], status: str) -> None:
    end = time.monotonic() + PATIENCE
    path = "/api/v1/timelines/home?limit=1"
    for reader in readers:
        if status in [one["id"] for one in server.json("GET", path, reader.tokens[0])]:
            return
        if time.monotonic() > end:
            break
        time.sleep(PAUSE)
    raise Refused("a post did not come into a home")


def idle(server: Server, kind: str, readers: list[Person], hold: float, results: Results) -> None:
    """Megabytes that open streams add to the server, one for each reader, with nothing to say."""
    server.settle()
    before = process.memory_mb(server.pids)
    client = subprocess.Popen(
        [sys.executable, "-m", "bench.streams", kind, server.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=process.pinned(process.cores()[1]),
    )
    assert client.stdin is not None
    assert client.stdout is not None
    try:
        begun = time.monotonic()
        client.stdin.write(json.dumps([one.tokens[0] for one in readers]) + "\n")
        client.stdin.flush()
        opened = _told(client.stdout)
        took, cpu = time.monotonic() - begun, server.cpu_seconds()
        time.sleep(hold)
        cpu = server.cpu_seconds() - cpu
        more = process.memory_mb(server.pids) - before
        client.stdin.write("\n")  # how many are still open?
        client.stdin.flush()
        left = _told(client.stdout)
    finally:
        client.stdin.close()
        client.wait(60)
    if left != len(readers):
        raise Refused(f"{kind}: {opened} of {len(readers)} opened, {left} stayed open")
    results.figures[kind] = more
    results.notes[kind] = (
        f"{left} streams, {1024 * more / left:.0f} KB each, opened in {took:.1f} s, "
        f"{100 * cpu / hold:.0f} % of a core to keep"
    )


def _told(out: IO[str]) -> int:
    line = out.readline()
    if not line.strip().isdigit():
        raise Refused("the client that holds the streams ended")
    return int(line)
