"""Whatever people do, everybody is shown exactly what is theirs to see, by every way to look.

Random small worlds are acted out through the real doors; then each person, and a stranger, reads
every route that can carry a post or a number, and hears every stream. All of it must equal what
`oracle.py` says. A larger run: WHIMBREL_WORLDS=500 (worlds for each engine)."""

import asyncio
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings

sys.path.insert(0, str(Path(__file__).parent))  # `import oracle`: importmode=importlib adds none

from oracle import Post, Viewer
from town import Town, town
from world import NAMES, SETTING, Between, Boost, Delete, Edit, Quote, Seek, Told, World, Write

import services
from whimbrel.core.settings import Settings
from whimbrel.timelines.streaming import hub

WORLDS = int(os.environ.get("WHIMBREL_WORLDS", "0"))
CI_WORLDS = 5
PAGE = 20  # posts of an HTML page
_SHOWN = re.compile(r'<article class="[^"]*" id="p-(\d+)"')
_ENTRY = re.compile(r"<id>[^<]*/(\d+)</id>")
TAG_TAKEN_OUT = [  # a post comes with a tag, loses it in an edit, and is deleted
    Seek("bob", True),
    Write("eve", "public", frozenset(), True, None, ""),
    Edit(0, frozenset(), False),
    Delete(0),
]
TAG_LEFT = [  # what came with a tag goes with it, what came from a friend stays; and the reverse
    Write("eve", "public", frozenset(), True, None, ""),
    Write("joe", "public", frozenset(), True, None, ""),
    Seek("bob", True),
    Between("bob", "follow", "eve"),
    Seek("bob", False),
    Seek("bob", True),
    Between("bob", "unfollow", "eve"),
]
# Leaks there once were: words told to somebody an edit had left out, and a boost for followers told
# to the author of what it repeats. (The third, below: a badge that counted whom one mutes.)
NAMED_NO_MORE = [
    Write("eve", "direct", frozenset({"joe"}), False, None, ""),
    Edit(0, frozenset(), False),
]
BOOSTED_FOR_FRIENDS = [
    Write("joe", "unlisted", frozenset(), False, None, ""),
    Boost("bob", 0, "private"),
]
QUOTED = [  # whom the quoted author blocks, who mutes them; a quote in a quote; what is deleted
    Write("ada", "public", frozenset(), False, None, ""),
    Quote("bob", 0, "public", frozenset()),
    Quote("eve", 0, "public", frozenset({"joe"})),
    Between("ada", "block", "joe"),
    Between("ivy", "mute", "ada"),
    Quote("ada", 2, "private", frozenset()),
    Edit(3, frozenset(), False),
    Boost("eve", 2, "public"),
    Delete(4),
]


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Town, asyncio.Runner]]:
    """One server for all worlds of an engine: they share nothing but the public timeline."""
    database = services.database(request, request.param)
    given_ = Settings(
        data=tmp_path_factory.mktemp("isolation"),
        domain="social.example",
        database=database,
        rate_limits=False,
        public_reading="open",  # for strangers are to be shown all that is theirs
    )
    patch = pytest.MonkeyPatch()
    patch.setattr(hub, "MERGE", 0.0)  # what is told is sent at once: nobody waits for company
    with asyncio.Runner() as runner:
        context = town(given_)
        yield runner.run(context.__aenter__()), runner
        runner.run(context.__aexit__(None, None, None))
    patch.undo()


@settings(
    max_examples=WORLDS or CI_WORLDS,
    derandomize=not WORLDS,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate, *([Phase.shrink] if WORLDS else ())),
    suppress_health_check=list(HealthCheck),
)
@given(setting=SETTING)
@example(setting=(frozenset({("joe", "eve")}), NAMED_NO_MORE))
@example(setting=(frozenset(), BOOSTED_FOR_FRIENDS))
@example(setting=(frozenset({("eve", "joe")}), [Between("joe", "mute", "eve")]))
@example(setting=(frozenset(), TAG_TAKEN_OUT))
@example(setting=(frozenset(), TAG_LEFT))
@example(setting=(frozenset({("joe", "bob"), ("ivy", "bob"), ("joe", "eve")}), QUOTED))
def test_everybody_is_shown_exactly_what_is_theirs(
    place: tuple[Town, asyncio.Runner], setting: Any
) -> None:
    """One wrong condition in one statement shows a stranger what was meant for friends."""
    here, runner = place
    runner.run(_live_through(here, *setting))


async def _live_through(here: Town, follows: Any, acts: Any) -> None:
    world = await World.made(here)
    try:
        await world.begin(follows)
        for at, act in enumerate(acts):
            await world.act(act)
            if at == len(acts) // 2 and here.app.db.env.engine == "sqlite":  # once is dear enough
                await _look(world)
        await _look(world)
        _listen(world)
    finally:
        await world.close()


# ------------------------------------------------------------------------------ reading


async def _look(world: World) -> None:
    for viewer in (*NAMES, None):
        eyes = Eyes(world, viewer)
        await eyes.each_post()
        await eyes.around_posts()
        await eyes.timelines()
        await eyes.people()
        await eyes.pages()
        if viewer is not None:
            await eyes.own()
            await eyes.search()


class Eyes:
    """What one viewer is shown, held against the oracle."""

    def __init__(self, world: World, viewer: Viewer) -> None:
        self.world, self.viewer, self.record = world, viewer, world.record
        self.who = world.people[viewer] if viewer else None
        self.town = world.town
        self.posts = {post.id: post for post in world.record.posts}

    def same(self, found: list[int], wanted: list[Post], where: str) -> None:
        """The same posts in the same order."""
        known = [id_ for id_ in found if id_ in self.posts]  # other worlds are public, too
        assert known == [post.id for post in wanted], self.say(where, known, wanted)

    def say(self, where: str, found: Any, wanted: Any) -> str:
        """What a reader of a failure needs to know."""
        told = "\n".join(map(repr, self.record.posts))
        return f"{self.viewer} at {where}: {found}, not {wanted}\n{told}\n{self.record.summary()}"

    async def each_post(self) -> None:
        """By its id, alone and among others; the numbers and the viewer's own marks on it."""
        for at in range(0, len(self.record.posts), 40):
            some = self.record.posts[at : at + 40]
            found = await self.town.get(
                self.who, "/api/v1/statuses", **{"id[]": [p.id for p in some]}
            )
            wanted = [post for post in some if self.record.sees(self.viewer, post)]
            self.same([int(each["id"]) for each in found], wanted, "statuses?id[]")
            for each in found:
                self.right(each)
        for post in self.record.posts:
            answer = await self.town.ask(self.who, "GET", f"/api/v1/statuses/{post.id}")
            seen = self.record.sees(self.viewer, post)
            assert (answer.status == 200) == seen, self.say("status", answer.body, post)
            self.right(json.loads(answer.body)) if seen else self.absent(answer)

    def absent(self, answer: Any) -> None:
        assert (answer.status, answer.body) == (404, b'{"error":"Record not found"}'), answer.body

    def right(self, status: dict[str, Any]) -> None:
        """A status as it is shown tells the truth and no more."""
        post = self.posts[int(status["id"])]
        names = ("replies", "reblogs", "favourites", "quotes")
        numbers = (status[f"{name}_count"] for name in names)
        assert tuple(numbers) == self.record.numbers(post), self.say("numbers", status, post)
        assert status["visibility"] == post.visibility
        assert status["account"]["id"] == str(self.world.people[post.author].id)
        if post.boost_of is not None:
            self.right(status["reblog"])
            assert int(status["reblog"]["id"]) == post.boost_of.id
            return
        self.quote(status["quote"], post)
        assert status["reblog"] is None
        shown = re.sub("<[^>]+>", "", status["content"])
        assert shown.split()[0] == post.words.split()[0], self.say("words", shown, post)
        parent = int(status["in_reply_to_id"]) if status["in_reply_to_id"] else None
        assert parent == (post.answers.id if post.answers else None)
        if self.viewer is None:
            assert not {"favourited", "reblogged", "bookmarked", "pinned"} & status.keys()
            return
        mine = (self.viewer, post)
        assert status["favourited"] == (mine in self.record.favourites)
        assert status["bookmarked"] == (mine in self.record.bookmarks)
        boosted = any(p.boost_of is post and p.author == self.viewer for p in self.alive())
        assert status["reblogged"] == boosted, self.say("reblogged", status, post)

    def quote(self, told: dict[str, Any] | None, post: Post) -> None:
        """What a post quotes is shown as far as it is theirs to see, and once inside another."""
        if post.quotes is None:
            assert told is None, self.say("quote", told, post)
            return
        state, other = self.record.quoted(self.viewer, post)
        assert told is not None and told["state"] == state, self.say("quote", told, (state, other))
        if "quoted_status_id" in told:
            assert told["quoted_status_id"] == (str(other.id) if other else None)
        elif other is None:
            assert told["quoted_status"] is None, self.say("quote", told, state)
        else:
            assert int(told["quoted_status"]["id"]) == other.id
            self.right(told["quoted_status"])

    def alive(self) -> list[Post]:
        return [post for post in self.record.posts if not post.gone]

    async def around_posts(self) -> None:
        """Conversations, who liked and boosted, polls; nothing of all that where the post is not
        theirs to see."""
        for post in self.record.posts:
            path, seen = f"/api/v1/statuses/{post.id}", self.record.sees(self.viewer, post)
            for part in ("context", "favourited_by", "reblogged_by", "source"):
                if part == "source" and self.viewer is None:
                    continue
                answer = await self.town.ask(self.who, "GET", f"{path}/{part}")
                if not seen:
                    self.absent(answer)
                    continue
                assert answer.status == 200, (part, answer.body)
                self._part(part, post, json.loads(answer.body))
            if post.poll:
                answer = await self.town.ask(self.who, "GET", f"/api/v1/polls/{post.poll}")
                if seen:
                    assert json.loads(answer.body)["votes_count"] == len(post.votes)
                else:
                    self.absent(answer)

    def _part(self, part: str, post: Post, shown: Any) -> None:
        record = self.record
        if part == "context":
            above, below = (
                [int(each["id"]) for each in shown[name]] for name in ("ancestors", "descendants")
            )
            self.same(above, record.ancestors(self.viewer, post), f"ancestors of {post}")
            self.same(below, record.descendants(self.viewer, post), f"descendants of {post}")
            for each in (*shown["ancestors"], *shown["descendants"]):
                self.right(each)
        elif part in ("favourited_by", "reblogged_by"):
            ask = record.likers if part == "favourited_by" else record.boosters
            names = [self.world.names[each["id"]] for each in shown]
            assert names == ask(self.viewer, post), self.say(part, names, post)

    async def timelines(self) -> None:
        """Public, tag, and each account by every choice of what is wanted of it."""
        record, since = self.record, self.world.since
        for local in ({}, {"local": "true"}):
            found = await self.ids("/api/v1/timelines/public", since_id=since, **local)
            self.same(found, record.public(self.viewer), "public")
        found = await self.ids(f"/api/v1/timelines/tag/{self.world.tag}")
        self.same(found, record.tag(self.viewer), "tag")
        for name, person in self.world.people.items():
            path, all_ = f"/api/v1/accounts/{person.id}/statuses", record.account(self.viewer, name)
            for flag, keep in _WANTED.items():
                found = await self.ids(path, **{flag: "true"})
                self.same(found, [post for post in all_ if keep(post)], f"{name}?{flag}")
            found = await self.ids(path, tagged=self.world.tag)
            self.same(found, [post for post in all_ if post.tagged], f"{name}?tagged")
            pins = await self.ids(path, pinned="true")
            assert set(pins) == {post.id for post in record.pins(self.viewer, name)}

    async def ids(self, path: str, **values: Any) -> list[int]:
        """The ids of all pages; every status on them tells the truth."""
        found = await self.town.walk(self.who, path, limit=7, **values)
        for each in found:
            if int(each["id"]) in self.posts:
                self.right(each)
        return [int(each["id"]) for each in found]

    async def people(self) -> None:
        """The numbers on profiles: the same for everybody."""
        for name, person in self.world.people.items():
            account = await self.town.get(self.who, f"/api/v1/accounts/{person.id}")
            shown = (account[f"{each}_count"] for each in ("followers", "following", "statuses"))
            assert tuple(shown) == self.record.counts(name), self.say("counts", account, name)

    async def own(self) -> None:
        """What only a person with an account has."""
        viewer, record, world = self.viewer, self.record, self.world
        assert viewer is not None
        self.same(await self.ids("/api/v1/timelines/home"), record.home(viewer), "home")
        sought = await self.town.get(self.who, "/api/v1/followed_tags")
        mine = [world.tag] if viewer in record.seekers else []
        assert [each["name"] for each in sought] == mine
        lists = await self.ids(f"/api/v1/timelines/list/{world.list_ids[viewer]}")
        self.same(lists, record.listed(viewer), f"list of {record.lists[viewer]}")
        liked = await self.ids("/api/v1/favourites")
        kept = await self.ids("/api/v1/bookmarks")
        self.same(liked, record.marked(viewer, record.favourites), "favourites")
        self.same(kept, record.marked(viewer, record.bookmarks), "bookmarks")
        for name, id_ in world.list_ids.items():
            if name != viewer:
                self.absent(await self.town.ask(self.who, "GET", f"/api/v1/timelines/list/{id_}"))
        told = await self.town.walk(self.who, "/api/v1/notifications", limit=7)
        found = Counter(
            (
                world.names[n["account"]["id"]],
                n["type"],
                int(n["status"]["id"]) if "status" in n else 0,
            )
            for n in told
        )
        for each in told:
            if "status" in each:
                self.right(each["status"])
        wanted = Counter(
            (n.actor, n.kind, n.post.id if n.post else 0) for n in record.notifications(viewer)
        )
        assert found == wanted, self.say("notifications", found - wanted, wanted - found)
        unread = await self.town.get(self.who, "/api/v1/notifications/unread_count")
        if viewer not in self.world.readers:
            assert unread["count"] == wanted.total(), self.say("unread", unread, wanted)
        self.world.readers.add(viewer)
        # Whoever has seen the page has read what is on it. It only quotes posts.
        await self.page("/notifications", {n.post for n in record.notifications(viewer) if n.post})

    async def search(self) -> None:
        """By the word that all posts have, by each post's own, and by its address."""
        ask = f"/api/v2/search?limit=40&type=statuses&q={self.world.common}"
        found = [int(each["id"]) for each in (await self.town.get(self.who, ask))["statuses"]]
        self.same(found, self.record.found(self.viewer, self.world.common)[:40], "search")
        for post in self.record.posts:
            if post.words:
                word = post.words.split()[0]
                answer = await self.town.get(self.who, f"/api/v2/search?type=statuses&q={word}")
                found = [int(each["id"]) for each in answer["statuses"]]
                self.same(found, self.record.found(self.viewer, word), f"search for {word}")
        tags = await self.town.get(self.who, f"/api/v2/search?type=hashtags&q={self.world.tag}")
        public = any(p.tagged and p.visibility == "public" for p in self.alive())
        assert bool(tags["hashtags"]) == public

    # -------------------------------------------------------------------------- pages for people

    async def pages(self) -> None:
        """The same in HTML and in feeds."""
        record = self.record
        for name, person in self.world.people.items():
            account = record.account(self.viewer, name)
            pins = record.pins(self.viewer, name)
            here = f"/@{person.name}"
            plain = [p for p in account if p.boost_of or not p.answers_another]
            found = await self.page(here)
            assert set(found[: len(pins)]) == {post.id for post in pins}, self.say(
                here, found, pins
            )
            rest = [post for post in plain if post not in pins]
            self.same(found[len(pins) :], rest, here)
            self.same(await self.page(f"{here}/with_replies"), account, here)
            media = [post for post in account if post.media]
            self.same(await self.page(f"{here}/media"), media, f"{here}/media")
            feed = await self.town.ask(self.who, "GET", f"{here}.atom", page=True)
            assert feed.status == 200, feed.body[:300]
            found = [int(each) for each in _ENTRY.findall(feed.body.decode())]
            self.same(found, record.feed(name)[:PAGE], f"{here}.atom")
        for post in record.posts:
            answer = await self.town.ask(self.who, "GET", self.world.page_of(post), page=True)
            self._post_page(post, answer)
        tagged = record.tag(self.viewer)
        self.same(await self.page(f"/tags/{self.world.tag}"), tagged, "/tags")
        if self.viewer is not None:
            self.same(await self.page("/home"), record.home(self.viewer), "/home")
            kept = record.marked(self.viewer, record.bookmarks)
            self.same(await self.page("/bookmarks"), kept, "/bookmarks")
            found = record.found(self.viewer, self.world.common)
            self.same(await self.page(f"/search?q={self.world.common}"), found, "/search")

    def _post_page(self, post: Post, answer: Any) -> None:
        record = self.record
        if not record.sees(self.viewer, post):
            assert answer.status == 404, self.say("page", answer.status, post)
            for each in record.posts:
                assert not each.words or each.words.split()[0] not in answer.body.decode()
        elif post.boost_of is not None:
            assert answer.status in (302, 303), answer.status
        else:
            assert answer.status == 200, self.say("page", answer.status, post)
            found = [int(each) for each in _SHOWN.findall(answer.body.decode())]
            above, below = (
                record.ancestors(self.viewer, post),
                record.descendants(self.viewer, post),
            )
            self.same(found, [*above, post, *below], f"page of {post}")
            self._words_of(answer.body.decode(), {*above, post, *below})

    def _words_of(self, body: str, shown: set[Post]) -> None:
        """No word of any other post stands anywhere on a page, not even in what nobody sees."""
        quoted = {p.subject.quotes for p in shown if p.subject.quotes}
        seen = {q for q in quoted if self.record.shows(self.viewer, q)}
        for post in self.record.posts:
            if post.words and post not in shown | seen:
                assert post.words.split()[0] not in body, self.say("words", post, shown)

    async def page(self, path: str, quoted: Iterable[Post] = ()) -> list[int]:
        """The posts of a page and of the older ones it leads to. No other words stand there."""
        found: list[int] = []
        while path:
            answer = await self.town.ask(self.who, "GET", path, page=True)
            assert answer.status == 200, (path, answer.status, answer.body[:300])
            body = answer.body.decode()
            here = [int(each) for each in _SHOWN.findall(body)]
            shown = {self.posts[i].subject for i in here if i in self.posts}
            self._words_of(body, shown.union(quoted))
            found += here
            older = re.search(r'id="older" href="([^"]+)"', body)
            path = older[1].replace("&amp;", "&") if older else ""
        return found


_WANTED: dict[str, Callable[[Post], bool]] = {
    "anything": lambda post: True,
    "only_media": lambda post: post.media,
    "exclude_replies": lambda post: bool(post.boost_of) or not post.answers_another,
    "exclude_reblogs": lambda post: not post.boost_of,
}


# ------------------------------------------------------------------------------ hearing


def _listen(world: World) -> None:
    """Streams: homes hear what came into them, public streams what everybody may read, and nobody
    hears of what was not theirs to see at that moment, not even that it is gone."""
    heard: Counter[Told] = Counter()
    notices: Counter[tuple[str, str, str, int]] = Counter()
    for name, ear in world.ears.items():
        for frame in ear.frames:
            stream, event, payload = frame["stream"][0], frame["event"], frame["payload"]
            if event == "notification" and stream == "user":
                told = json.loads(payload)
                actor, post = world.names[told["account"]["id"]], told.get("status", {"id": 0})
                notices[name, told["type"], actor, int(post["id"])] += 1
            elif event in ("update", "status.update", "delete"):
                heard[name, event, _id(frame), stream] += 1
    ours = {post.id for post in world.record.posts}
    heard = Counter({told: n for told, n in heard.items() if told[2] in ours})
    state = "\n".join(map(repr, world.record.posts))
    assert heard <= world.must + world.may, f"{heard - world.must - world.may} is heard\n{state}"
    assert heard >= world.must, f"{world.must - heard} is not heard\n{state}"
    announced = Counter(
        (n.to, n.kind, n.actor, n.post.id if n.post else 0) for n in world.record.announced
    )
    assert notices == announced, (notices - announced, announced - notices)


def _id(frame: dict[str, Any]) -> int:
    payload = frame["payload"]
    return int(payload if frame["event"] == "delete" else json.loads(payload)["id"])
