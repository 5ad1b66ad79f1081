"""Two servers at the ends of a line that fails: in the end they agree, nothing is lost or there
twice, and who has nothing to do with it notices nothing."""

import contextlib
import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import psycopg
import pytest
from hurried import MOMENT
from line import Line, line_to

import services
from server import PATIENCE, Server

LONG = bool(os.environ.get("WHIMBREL_LONG"))
ROUNDS = 120 if LONG else 2
MOST = 20  # posts: all that are compared are on one page
WAITING = """
SELECT (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM jobs WHERE due <= {})
"""

Said = dict[str, Any]


class Hurried(Server):
    """It waits for others as all do, only not for long."""

    program = "tests/net/hurried.py"

    def waiting(self) -> int:
        """Letters that are not out, and jobs that are due."""
        asked, url = WAITING.format(int(time.time() * 1000)), self.env["WHIMBREL_DATABASE"]
        if url:
            with psycopg.connect(url) as there:
                row = there.execute(asked.encode()).fetchone()
        else:
            path = self.data / "whimbrel.db"
            with contextlib.closing(sqlite3.connect(path, timeout=PATIENCE)) as here:
                row = here.execute(asked).fetchone()
        assert row is not None
        return int(row[0])


class Person:
    """Somebody on one of the servers."""

    def __init__(self, server: Hurried, name: str) -> None:
        self.server, self._token = server, server.people(by_app=[name])[name]
        me = self.call("GET", "/api/v1/accounts/verify_credentials")
        self.uri: str = self.call("GET", f"/api/v1/accounts/{me['id']}")["uri"]
        self.handle = f"@{name}@{self.uri.split('/')[2]}"
        self._known = {self.handle: me["id"]}

    def call(self, method: str, path: str, **values: Any) -> Any:
        return self.server.call(self._token, method, path, **values)

    def finds(self, what: str, kind: str = "accounts") -> Any:
        """Whom or what they find by a handle or an address."""
        found = self.call("GET", "/api/v2/search", q=what, resolve="true")[kind]
        return found[0] if found else None

    def knows(self, whom: "Person") -> str:
        """The id that somebody has on this server."""
        while whom.handle not in self._known:  # a busy machine does not answer in time
            if found := self.finds(whom.handle):
                self._known[whom.handle] = found["id"]
        return self._known[whom.handle]

    def write(self, text: str, **more: Any) -> Said:
        written: Said = self.call("POST", "/api/v1/statuses", status=text, **more)
        return written

    def edit(self, post: Said, text: str) -> None:
        self.call("PUT", f"/api/v1/statuses/{post['id']}", status=text)

    def delete(self, post: Said) -> None:
        self.call("DELETE", f"/api/v1/statuses/{post['id']}")

    def does(self, what: str, whom: "Person") -> None:
        """Follow or unfollow."""
        self.call("POST", f"/api/v1/accounts/{self.knows(whom)}/{what}")

    def posts_of(self, whom: "Person") -> list[tuple[str, str]]:
        """What they see of somebody's posts: address and words of each, and how many they are."""
        of = f"/api/v1/accounts/{self.knows(whom)}"
        found = self.call("GET", f"{of}/statuses", limit=40)
        counted = self.call("GET", of)["statuses_count"]
        return [("posts", str(counted)), *sorted((p["uri"], p["content"]) for p in found)]

    def followers_of(self, whom: "Person") -> set[str]:
        """Addresses of who follows somebody, as far as their server knows."""
        of = f"/api/v1/accounts/{self.knows(whom)}/followers"
        return {each["uri"] for each in self.call("GET", of, limit=80)}

    def stands(self, whom: "Person") -> tuple[bool, bool]:
        """Whether they follow somebody, and whether that waits for an answer."""
        (how,) = self.call("GET", "/api/v1/accounts/relationships", **{"id[]": self.knows(whom)})
        return how["following"], how["requested"]


class World(NamedTuple):
    """Ada here; Bob and Dan there, at the end of the line; Cat somewhere else. Bob and Cat follow
    Ada."""

    line: Line
    ada: Person
    bob: Person
    cat: Person
    dan: Person

    def agree(self) -> None:
        """Wait until all servers know the same, and nothing is on its way."""
        self.line.flows()
        for server in (self.ada.server, self.bob.server, self.cat.server):
            until(lambda server=server: server.waiting() == 0)
        until(lambda: self.differences() == [], self.differences)

    def differences(self) -> list[Any]:
        ada, bob, cat, dan = self.ada, self.bob, self.cat, self.dan
        follows, asked = ada.stands(dan)
        written, fans = {*ada.posts_of(ada)}, {ada.uri} if follows else set()
        return [
            *(written ^ {*bob.posts_of(ada)}),
            *(written ^ {*cat.posts_of(ada)}),
            *(dan.followers_of(dan) ^ fans),
            *("asked" for _ in range(asked)),
        ]


def until(true: Callable[[], bool], why: Callable[[], Any] = lambda: "") -> None:
    """It may take a moment."""
    late = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < late, why()
        time.sleep(0.05)


@contextmanager
def served(server: Hurried) -> Iterator[None]:
    server.start()
    try:
        yield
    except BaseException as error:
        error.add_note(server.tail())
        server.kill()
        raise
    assert server.stop() == 0, server.tail()  # nobody is held


@pytest.fixture(scope="module")
def world(request, tmp_path_factory, postgres, postgres_template) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    database = services.database(request, "postgresql")
    servers = [
        Hurried(folder / name, url, WHIMBREL_ALLOW_PRIVATE="127.0.0.1")
        for name, url in (("here", ""), ("there", database), ("elsewhere", ""))
    ]
    here, there, elsewhere = servers
    with ExitStack() as stack:
        line, _ = stack.enter_context(line_to(f"http://127.0.0.1:{there.port}"))
        for server in servers:
            port = line.port if server is there else server.port
            server.env["WHIMBREL_DOMAIN"] = f"127.0.0.1:{port}"
            stack.enter_context(served(server))
        ada, cat = Person(here, "ada"), Person(elsewhere, "cat")
        bob, dan = Person(there, "bob"), Person(there, "dan")
        for fan in (bob, cat):
            fan.does("follow", ada)
        until(lambda: ada.followers_of(ada) == {bob.uri, cat.uri})
        made = World(line, ada, bob, cat, dan)
        made.agree()
        yield made


BEFALLS = (Line.cuts, Line.hangs, Line.trickles, Line.swallows)


@pytest.mark.parametrize("befalls", BEFALLS)
def test_what_was_done_meanwhile_is_known_there_in_the_end(world: World, befalls) -> None:
    """A follower would miss a post, read twice what was said once, or keep what was deleted."""
    line, ada, bob, cat, dan = world
    edited, deleted = ada.write("to be edited"), ada.write("to be deleted")
    world.agree()
    befalls(line)
    came = line.came
    ada.write(f"while it {befalls.__name__}")
    ada.edit(edited, "edited")
    ada.delete(deleted)
    brief = ada.write("soon gone")
    ada.does("unfollow" if ada.stands(dan)[0] else "follow", dan)
    # Whoever is not at the end of this line has it at once, and so is whoever asks here.
    until(lambda: ada.posts_of(ada) == cat.posts_of(ada))
    ada.delete(brief)
    until(lambda: ada.posts_of(ada) == cat.posts_of(ada))
    # It was given up and tried again: nothing waits there for ever.
    until(lambda: line.came >= came + 2)
    world.agree()
    assert bob.finds(deleted["uri"], "statuses") is None
    assert bob.finds(brief["uri"], "statuses") is None


def test_what_was_taken_and_not_acknowledged_is_done_once(world: World) -> None:
    """The answer is lost, and all of it comes again: one reply or like would count for two, and Bob
    would be told of it twice."""
    line, ada, bob, _, _ = world
    asked = bob.write("who is there?")
    there = ada.finds(asked["uri"], "statuses")
    world.agree()
    line.snaps()
    line.swallows()
    came = line.came
    ada.write("I am", in_reply_to_id=there["id"])
    ada.call("POST", f"/api/v1/statuses/{there['id']}/favourite")
    ada.call("POST", f"/api/v1/statuses/{there['id']}/reblog")
    until(lambda: line.came >= came + 4)
    world.agree()
    now = bob.call("GET", f"/api/v1/statuses/{asked['id']}")
    counted = [now[f"{name}_count"] for name in ("replies", "favourites", "reblogs")]
    assert counted == [1, 1, 1]
    told = [
        each["type"]
        for each in bob.call("GET", "/api/v1/notifications", limit=80)
        if (each.get("status") or {}).get("id") == asked["id"]
    ]
    assert sorted(told) == ["favourite", "reblog"]


@pytest.fixture
def late(world: World) -> Iterator[Callable[[], None]]:
    """The next thing that Ada says is on its way until this is called, however long she waits."""
    world.line.snaps()
    world.line.keeps(1)
    came = world.line.came

    def comes() -> None:
        until(lambda: world.ada.server.waiting() == 0)
        assert world.line.came > came + 1, "nothing was overtaken"
        world.line.flows()
        time.sleep(0.3)  # whatever it does, it does now

    yield comes
    world.agree()


def test_a_post_that_comes_after_its_deletion_stays_deleted(world: World, late) -> None:
    """It would be there for good: nobody would ever delete it again."""
    post = world.ada.write("overtaken")
    time.sleep(MOMENT / 3)  # it is on its way
    world.ada.delete(post)
    late()
    assert world.bob.finds(post["uri"], "statuses") is None


def test_an_old_version_that_comes_late_changes_nothing(world: World, late) -> None:
    """What was corrected would be read in its first words."""
    post = world.ada.write("frist")
    time.sleep(MOMENT / 3)
    world.ada.edit(post, "first")
    late()
    assert world.bob.finds(post["uri"], "statuses")["content"] == "<p>first</p>"


def test_who_no_longer_follows_does_not_when_the_wish_comes_late(world: World) -> None:
    """Dan would be followed by somebody who never sees what he writes."""
    line, ada, _, _, dan = world
    if ada.stands(dan)[0]:
        ada.does("unfollow", dan)
        world.agree()
    line.snaps()
    line.keeps(1)
    ada.does("follow", dan)
    time.sleep(MOMENT / 3)
    ada.does("unfollow", dan)
    until(lambda: ada.server.waiting() == 0)
    world.line.flows()
    world.agree()
    time.sleep(0.3)
    assert dan.followers_of(dan) == set()
    assert ada.stands(dan) == (False, False)


@pytest.mark.parametrize("befalls", BEFALLS if LONG else [Line.hangs])
def test_who_looks_for_somebody_over_there_is_told_in_time(world: World, befalls) -> None:
    """A page that never comes; and every other one, if it held the server."""
    line, ada, *_ = world
    stranger = Person(world.bob.server, f"eve_{befalls.__name__}")
    line.snaps()
    befalls(line)
    found: list[Any] = []
    began = time.monotonic()
    asks = threading.Thread(target=lambda: found.append(ada.finds(stranger.handle)))
    asks.start()
    answered = 0
    while asks.is_alive():
        ada.call("GET", "/api/v1/timelines/home")
        assert time.monotonic() < began + PATIENCE
        answered += 1
    assert found == [None] and answered
    line.flows()
    time.sleep(MOMENT / 3)
    until(lambda: ada.finds(stranger.handle) is not None)


def test_whatever_the_line_does_they_agree(world: World) -> None:
    """All of it in turn: 2 changes of the weather here, 120 in the long form."""
    line, ada, _, _, dan = world
    chance, over = random.Random(7), threading.Event()

    def weather() -> None:
        kinds = (*BEFALLS, Line.snaps, lambda line: line.keeps(2), lambda line: line.delays(0.1))
        for _ in range(ROUNDS):
            chance.choice(kinds)(line)
            time.sleep(chance.uniform(0.2, 1.5 * MOMENT))
            line.flows()
            time.sleep(chance.uniform(0.1, 0.6))
        over.set()

    outside = threading.Thread(target=weather)
    outside.start()
    mine, wish = [ada.write("first")], random.Random(3)
    while not over.is_set():
        what = wish.choice(("write", "edit", "delete", "follow"))
        if what == "follow":
            ada.does("unfollow" if any(ada.stands(dan)) else "follow", dan)
        elif what == "edit":
            ada.edit(mine[-1], f"edited {wish.random()}")
        elif what == "write" or len(mine) == 1:
            mine.append(ada.write(f"post {wish.random()}"))
        else:
            ada.delete(mine.pop())
        if len(mine) > MOST:
            ada.delete(mine.pop(0))
        time.sleep(0.05)
    outside.join()
    world.agree()
