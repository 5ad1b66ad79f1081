"""What is not for somebody's eyes is answered like what never was, on every route there is.

The routes are taken from the server itself: each that has an id in its path is asked for every kind
of thing that the asker may not know of, and for an id next to it that nothing has."""

import asyncio
import difflib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # `import town`: importmode=importlib adds none

from town import Ear, Person, Town, town

import services
from raw_asgi import Answer
from whimbrel.accounts import leave
from whimbrel.accounts.rules import BROWSER, Viewer
from whimbrel.app import rooms
from whimbrel.core.settings import Settings
from whimbrel.timelines.streaming import hub

_PASSING = {"date", "x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset", "content-length"}
_ONCE = re.compile(r'name="once" value="[^"]+"')  # in a form, so that it is sent once
_ID = re.compile(r"{(?:(?:quoting_)?id_?|post):str}")
_HOLE = re.compile(r"{(\w+):str}")
# The staff's, and those of servers that sign who they are.
_CLOSED = (
    *("/api/v1/admin/", "/api/v2/admin/", "/api/whimbrel/v1/admin/"),
    *("/ap/users/ID/", "/ap/threads/"),
)
# What an id in a path stands for, where that is no post.
_THINGS = {
    "polls": "poll",
    "media": "media",
    "lists": "list",
    "list": "list",
    "filters": "filter",
    "notifications": "notice",
}


class Hidden(NamedTuple):
    """What eve may not know of: a post, or what else there is by that id."""

    kind: str
    id: int
    author: str


class Street:
    """Ada and others have secrets; eve and a stranger come by."""

    def __init__(self, here: Town, people: dict[str, Person]) -> None:
        self.town, self.people, self.eve = here, people, people["eve"]
        self.hidden: list[Hidden] = []
        self.things: dict[str, int] = {}
        self.words = f"secret{uuid4().hex}"

    async def fill(self) -> None:
        """Everything of which eve may know nothing."""
        ada, bob = self.people["ada"], self.people["bob"]
        media = await self.town.upload(ada)
        private = await self._write(ada, "private", media_ids=[media])
        asked = await self._write(
            ada, "private", poll={"options": ["yes", "no"], "expires_in": 86_400}
        )
        self.things = {"media": int(media), "poll": int(asked["poll"]["id"])}
        made = await self.town.do(ada, "POST", "/api/v1/lists", title="mine")
        self.things["list"] = int(made["id"])
        made = await self.town.do(ada, "POST", "/api/v2/filters", title="mine", context=["home"])
        self.things["filter"] = int(made["id"])
        open_ = {"for_private_mentions": "accept"}
        await self.town.do(bob, "PATCH", "/api/v2/notifications/policy", **open_)
        direct = await self._write(ada, "direct", f"@{bob.name}")
        self.things["notice"] = int((await self.town.get(bob, "/api/v1/notifications"))[0]["id"])
        blocked = await self._write(bob, "public")
        deleted = await self._write(ada, "public")
        own = await self.town.do(ada, "POST", f"/api/v1/statuses/{private['id']}/reblog")
        await self.town.do(bob, "POST", f"/api/v1/accounts/{self.eve.id}/block")
        await self.town.do(ada, "DELETE", f"/api/v1/statuses/{deleted['id']}")
        await self.town.settle()
        for kind, post, author in (
            ("private", private, ada),
            ("with a poll", asked, ada),
            ("direct", direct, ada),
            ("of a blocker", blocked, bob),
            ("deleted", deleted, ada),
            ("a boost for followers", own, ada),
        ):
            self.hidden.append(Hidden(kind, int(post["id"]), author.name))

    async def _write(self, who: Person, level: str, more: str = "", **values: Any) -> Any:
        text = f"{self.words} {more}"
        made = await self.town.do(
            who, "POST", "/api/v1/statuses", status=text, visibility=level, **values
        )
        await self.town.settle()
        return made

    async def both(self, who: Person | None, method: str, path: str, of: Hidden) -> None:
        """Ask for it and for what is not there; the two answers are one."""
        answers = []
        for id_ in (of.id, of.id ^ 5):
            page = not path.startswith("/api/")
            values = {} if method == "GET" else {"status": "x", "choices": [0], "title": "x"}
            asked = path.replace("ID", str(id_))
            answer = await self.town.ask(who, method, asked, page=page, **values)
            answers.append(_told(answer, id_))
            shut = answer.status in (401, 403)
            # Doors that are shut whatever is behind them; a browser is led on from a post's.
            closed = path.startswith(_CLOSED) and not path.endswith("/statuses/ID")
            assert shut if closed else who is None or not shut, (method, path, answer.body)
        assert answers[0] == answers[1], (method, path, of, _difference(*answers))
        assert self.words not in str(answers[0]), (method, path, of)


def _told(answer: Answer, id_: int) -> tuple[int, list[tuple[str, str]], str]:
    """All that an answer says, but for its time, its numbers and the id that was asked for."""
    headers = [(k, v.replace(str(id_), "ID")) for k, v in answer.pairs if k not in _PASSING]
    body = _ONCE.sub("", answer.body.decode(errors="replace"))
    return answer.status, headers, body.replace(str(id_), "ID")


def _difference(one: Any, other: Any) -> list[str]:
    lines = [str(each).replace("\\n", "\n").splitlines() for each in (one, other)]
    return list(difflib.unified_diff(*lines, lineterm="", n=0))[:20]


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def street(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Street, asyncio.Runner]]:
    database = services.database(request, request.param)
    settings = Settings(
        data=tmp_path_factory.mktemp("silence"),
        domain="social.example",
        database=database,
        rate_limits=False,
        public_reading="open",  # what is not shown is not there, not for members
    )
    patch = pytest.MonkeyPatch()
    patch.setattr(hub, "MERGE", 0.0)

    async def filled(here: Town) -> Street:
        names = ("ada", "bob", "eve", "tom")
        people = dict(zip(names, await here.people(*names), strict=True))
        made = Street(here, people)
        await made.fill()
        return made

    with asyncio.Runner() as runner:
        context = town(settings)
        here = runner.run(context.__aenter__())
        yield runner.run(filled(here)), runner
        runner.run(context.__aexit__(None, None, None))
    patch.undo()


def _doors() -> list[tuple[str, str]]:
    """(method, path) of every route that has an id in its path."""
    found = [
        (method, path)
        for handler in rooms.ROUTES
        for path in handler.paths
        for method in getattr(handler, "http_methods", ())
        if "{id_:str}" in path
    ]
    assert len(found) > 50
    return sorted(found)


def test_every_route_tells_nothing_of_what_is_not_for_the_asker(street) -> None:
    """One "forbidden" in place of "not found" tells a stranger that there is something."""
    place, runner = street

    async def ask_everywhere() -> None:
        for method, path in _doors():
            thing = _THINGS.get(path.split("/")[3] if path.startswith("/api/") else "")
            if thing is None and "/timelines/list/" in path:
                thing = "list"
            secrets = place.hidden
            if thing is not None:
                secrets = [*secrets, Hidden(thing, place.things[thing], "ada")]
            for secret in secrets:
                filled = _ID.sub("ID", path).replace("{name:str}", secret.author)
                filled = filled.replace("{handle:str}", f"@{secret.author}")
                filled = filled.replace("{item:str}", "1").replace("{number:str}", "1")
                filled = filled.replace("{file:str}", "1.txt")
                assert not _HOLE.search(filled), f"what stands in {path}?"
                # Whoever is not signed in is not blocked; a frame shows all what they are shown.
                open_ = secret.kind == "of a blocker"
                if not (open_ and path.endswith("/embed")):
                    await place.both(place.eve, method, filled, secret)
                if not open_:
                    await place.both(None, method, filled, secret)

    runner.run(ask_everywhere())


OTHERWISE = (  # ids that are no part of a path
    ("GET", "/api/v1/statuses?id[]=ID"),
    ("GET", "/api/v2/search?q=https%3A%2F%2Fsocial.example%2F%40AUTHOR%2FID"),
    ("GET", "/compose?in_reply_to_id=ID"),
    ("GET", "/search?q=https%3A%2F%2Fsocial.example%2F%40AUTHOR%2FID"),
    ("GET", "/home?posted=ID"),
)


def test_an_id_in_a_query_or_a_body_tells_nothing_either(street) -> None:
    """A reply to a hidden post, a report of it or a search for its address asks the same thing."""
    place, runner = street

    async def ask() -> None:
        for secret in place.hidden:
            for method, path in OTHERWISE:
                filled = path.replace("AUTHOR", secret.author)
                await place.both(place.eve, method, filled, secret)
            for path in ("/api/v1/statuses", "/compose"):
                answers = []
                for id_ in (secret.id, secret.id ^ 5):
                    values = {"status": "well", "in_reply_to_id": str(id_)}
                    answer = await place.town.ask(
                        place.eve, "POST", path, page=path == "/compose", **values
                    )
                    # The form comes back with what was typed, in either case.
                    assert answer.status == (422 if path == "/compose" else 404), answer.body
                    answers.append(_told(answer, id_))
                assert answers[0] == answers[1]
            ada = place.people[secret.author].id
            reports = [
                await place.town.ask(
                    place.eve,
                    "POST",
                    "/api/v1/reports",
                    account_id=str(ada),
                    status_ids=[str(id_)],
                )
                for id_ in (secret.id, secret.id ^ 5)
            ]
            assert reports[0].status == reports[1].status
            assert (str(secret.id) in reports[0].body.decode()) == (
                str(secret.id ^ 5) in reports[1].body.decode()
            )

    runner.run(ask())


def test_search_finds_no_secret_by_its_words(street) -> None:
    """The index knows every post; who asks must not."""
    place, runner = street

    async def ask() -> None:
        for who in (place.eve, None):
            found = await place.town.get(who, "/api/v2/search", q=place.words)
            assert found["statuses"] == []
        page = await place.town.ask(place.eve, "GET", f"/search?q={place.words}", page=True)
        assert "<article" not in page.body.decode()

    runner.run(ask())


def test_a_strangers_streams_hear_nothing_of_a_private_post(street) -> None:
    """Not its words, not its new ones, not its end: a "delete" tells that there was one."""
    place, runner = street

    async def listen() -> None:
        ear = Ear(place.town, place.eve)
        names = ("user", "public", "public:local", "direct", "user:notification")
        await ear.open(*({"stream": name} for name in names), {"stream": "hashtag", "tag": "hush"})
        ada = place.people["ada"]
        for level in ("private", "direct"):
            made = await place._write(ada, level, "#hush")
            path = f"/api/v1/statuses/{made['id']}"
            await place.town.do(ada, "PUT", path, status="something else #hush")
            await place.town.settle()
            await place.town.do(ada, "DELETE", path)
            await place.town.settle()
        assert ear.frames == []
        await ear.close()

    runner.run(listen())


def test_what_somebody_wrote_who_has_left_is_as_if_never_there(street) -> None:
    """At once, not when the last of it is cleared away. (That somebody left may be told.)"""
    place, runner = street

    async def leave_and_ask() -> None:
        tom = place.people["tom"]
        post = await place._write(tom, "public")
        viewer = Viewer(account=tom.id, scopes=BROWSER)
        await place.town.app.db.write(leave.erase_account, viewer)
        gone = Hidden("of somebody gone", int(post["id"]), "tom")
        for _ in ("at once", "when all is cleared"):
            for method, path in _doors():
                filled = _ID.sub("ID", path).replace("{name:str}", "tom")
                filled = filled.replace("{handle:str}", "@tom")
                for who in (place.eve, None):
                    await place.both(who, method, filled, gone)
            await place.town.settle()

    runner.run(leave_and_ask())
