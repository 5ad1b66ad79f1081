"""A few people who write, boost, follow, block and change their minds, through the routes that apps
use; what they did is recorded for the oracle.

Each act is checked by itself: it works where the oracle says that its subject is to be seen, and
where not it is answered in the words of something that never existed."""

import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Iterable
from itertools import count
from typing import Any, NamedTuple

from hypothesis import strategies as st
from oracle import Post, Record
from town import Ear, Person, Town

NAMES = ("ada", "bob", "eve", "ivy", "joe")
LOCKED, UNINDEXED = frozenset({"ivy"}), frozenset({"joe"})
LEVELS = ("public", "unlisted", "private", "direct")
ABSENT = 1 << 50  # an id that nothing has

_numbers = count()


# ------------------------------------------------------------------------------ what may be done


class Write(NamedTuple):
    who: str
    level: str
    named: frozenset[str]
    tagged: bool
    answers: int | None
    extra: str  # "", "media", "poll"


class Edit(NamedTuple):
    at: int
    named: frozenset[str]
    tagged: bool


class OnPost(NamedTuple):
    who: str
    verb: str
    at: int


class Boost(NamedTuple):
    who: str
    at: int
    level: str


class Quote(NamedTuple):
    who: str
    at: int
    level: str
    named: frozenset[str]


class Delete(NamedTuple):
    at: int


class Between(NamedTuple):
    who: str
    verb: str
    whom: str


class Seek(NamedTuple):
    who: str
    begins: bool


_who, _level = st.sampled_from(NAMES), st.sampled_from(LEVELS)
_at = st.integers(0, 9)
_named = st.frozensets(_who, max_size=2)
_extra = st.sampled_from(("", "", "", "media", "poll"))
_on_post = ("favourite", "unfavourite", "bookmark", "unbookmark", "unreblog", "vote", "pin")
_between = (
    *("follow", "follow", "follow_quietly", "ring", "unfollow", "remove_from_followers"),
    *("authorize", "reject", "block", "unblock", "mute", "mute_posts", "unmute", "list"),
)

ACTS = st.one_of(
    st.builds(Write, _who, _level, _named, st.booleans(), st.none(), _extra),
    st.builds(Write, _who, _level, _named, st.booleans(), _at, _extra),
    st.builds(Boost, _who, _at, st.sampled_from(LEVELS[:3])),
    st.builds(Quote, _who, _at, _level, _named),
    st.builds(OnPost, _who, st.sampled_from(_on_post), _at),
    st.builds(Between, _who, st.sampled_from(_between), _who),
    st.builds(Between, _who, st.sampled_from(_between), _who),
    st.one_of(
        st.builds(Delete, _at),
        st.builds(Edit, _at, _named, st.booleans()),
        st.builds(Seek, _who, st.booleans()),
    ),
)
Act = Seek | Write | Edit | OnPost | Boost | Quote | Delete | Between

# What a world begins with, so that there is something to see from the first act on.
FOLLOWS = st.frozensets(st.tuples(_who, _who).filter(lambda pair: pair[0] != pair[1]), min_size=4)
LEAST = 1 if os.environ.get("WHIMBREL_WORLDS") else 25  # small ones are for finding the smallest
SETTING = st.tuples(FOLLOWS, st.lists(ACTS, min_size=LEAST, max_size=45))


# ------------------------------------------------------------------------------ doing it


Told = tuple[str, str, int, str]  # who hears, which event, of which post, on which stream


class World:
    """Some people of one town, and the record of what they did."""

    def __init__(self, town: Town, number: int, people: list[Person]) -> None:
        self.town, self.number = town, number
        self.people = dict(zip(NAMES, people, strict=True))
        self.names = {str(person.id): name for name, person in self.people.items()}
        self.record = Record(locked=LOCKED, unindexed=UNINDEXED, people=NAMES)
        self.record.homes = {name: set() for name in NAMES}
        self.record.lists = {name: set() for name in NAMES}
        self.list_ids: dict[str, str] = {}
        self.media: dict[str, str] = {}
        self.ears: dict[str, Ear] = {}
        self.must: Counter[Told] = Counter()  # what was to be heard over streams
        self.may: Counter[Told] = Counter()  # and what more could be, for all we mind
        self.tag = f"tag{self.number}x"
        self.common = f"common{self.number}x"
        self.readers: set[str] = set()  # who has looked at the page of notifications
        self.since = int(time.time() * 1000) << 16  # nothing of this world is older
        self._words = count()

    @classmethod
    async def made(cls, town: Town) -> "World":
        """Five new people, each with a list and an open stream; one has a picture to post."""
        number = next(_numbers)
        world = cls(town, number, await town.people(*(f"{name}{number}" for name in NAMES)))
        for name, person in world.people.items():
            flags = {"locked": name in LOCKED, "indexable": name not in UNINDEXED}
            await town.do(person, "PATCH", "/api/v1/accounts/update_credentials", **flags)
            # What a policy holds back is a question of its own: tests/timelines/test_policy.py
            open_ = {"for_private_mentions": "accept"}
            await town.do(person, "PATCH", "/api/v2/notifications/policy", **open_)
            made = await town.do(person, "POST", "/api/v1/lists", title="some")
            world.list_ids[name] = made["id"]
            ear = world.ears[name] = Ear(town, person)
            await ear.open(
                *({"stream": each} for each in ("user", "public", "public:local", "direct")),
                {"stream": "hashtag", "tag": world.tag},
                {"stream": "list", "list": made["id"]},
            )
        world.media["ada"] = await town.upload(world.people["ada"])
        return world

    async def begin(self, follows: Iterable[tuple[str, str]]) -> None:
        """These follow each other; who asks first lets everybody in."""
        for who, whom in sorted(follows):
            await self.act(Between(who, "follow", whom))
            await self.act(Between(whom, "authorize", who))

    def page_of(self, post: Post) -> str:
        """Where people read it."""
        return f"/@{self.people[post.author].name}/{post.id}"

    async def close(self) -> None:
        for ear in self.ears.values():
            await ear.close()

    async def act(self, act: Act) -> None:
        """Do it and everything that follows from it. What makes no sense is passed over."""
        await asyncio.sleep(0.0015)  # ids of one millisecond have no order
        record = self.record
        match act:
            case Write():
                await self._write(act)
            case Seek():
                await self._seek(act)
            case Between() if act.who != act.whom:
                await self._between(act)
            case Edit() | Delete() | OnPost() | Boost() | Quote() if record.posts:
                post = record.posts[-1 - act.at % len(record.posts)]
                match act:
                    case Edit():
                        await self._edit(act, post)
                    case Delete():
                        await self._delete(post)
                    case OnPost():
                        await self._on_post(act, post)
                    case Boost():
                        await self._boost(act, post)
                    case Quote():
                        await self._quote(act, post)
        await self.town.settle()

    def _text(self, named: frozenset[str], *, tagged: bool) -> str:
        word = f"word{self.number}x{next(self._words)}x"
        names = " ".join(f"@{self.people[name].name}" for name in sorted(named))
        return " ".join(filter(None, (word, self.common, names, f"#{self.tag}" if tagged else "")))

    async def _seek(self, act: Seek) -> None:
        verb = "follow" if act.begins else "unfollow"
        made = await self.town.do(self.people[act.who], "POST", f"/api/v1/tags/{self.tag}/{verb}")
        assert made["following"] is act.begins
        if act.begins:
            self.record.seek(act.who)
        else:
            self.record.seek_no_more(act.who)

    async def _write(self, act: Write) -> None:
        record, me = self.record, self.people[act.who]
        text = self._text(act.named, tagged=act.tagged)
        body: dict[str, Any] = {"status": text, "visibility": act.level}
        parent = None
        if act.answers is not None and record.posts:
            parent = record.posts[-1 - act.answers % len(record.posts)]
            body["in_reply_to_id"] = str(parent.id)
        if parent and not record.sees(act.who, parent):
            await self._refused(me, "POST", "/api/v1/statuses", body | {"in_reply_to_id": ABSENT})
            await self._refused(me, "POST", "/api/v1/statuses", body)
            return
        media = self.media.pop(act.who, None) if act.extra == "media" else None
        if media:
            body["media_ids"] = [media]
        if act.extra == "poll":
            body["poll"] = {"options": ["yes", "no"], "expires_in": 86_400}
        made = await self.town.do(me, "POST", "/api/v1/statuses", **body)
        post = Post(
            id=int(made["id"]),
            author=act.who,
            visibility=act.level,
            words=text,
            named=act.named,
            tagged=act.tagged,
            media=media is not None,
            answers=parent.subject if parent else None,
            answered=parent.subject.author if parent else None,
            poll=made["poll"]["id"] if made["poll"] else None,
        )
        self._published(post)

    def _published(self, post: Post) -> None:
        self.record.posts.append(post)
        self._tell("update", post, self.record.deliver(post))
        self.record.tell_of(post)

    def _tell(self, event: str, post: Post, homes: set[str]) -> None:
        """Note who is to hear of this over which stream, at this moment."""
        record, people = self.record, {post.author, post.subject.author, *post.named}
        public = post.visibility == "public" and not post.boost_of
        for name in NAMES:
            if not record.sees(name, post):
                continue
            if event != "delete" and self._spared(name, post.subject.quotes):
                continue
            wants = not any(record.hides(name, each) for each in people)
            streams = {
                "user": name in homes and (wants or event == "update"),
                "public": public and not post.answers_another and wants,
                "public:local": public and not post.answers_another and wants,
                "hashtag": public and post.tagged and wants,
                "direct": post.visibility == "direct" and wants,
            }
            self.must.update((name, event, post.id, each) for each, on in streams.items() if on)
            if post.author in record.lists[name] and post.visibility != "direct" and wants:
                self.may[name, event, post.id, "list"] += 1
            if (
                event == "status.update"
                and name in homes
                and record.shows(name, post)
                and not wants
            ):
                self.may[name, event, post.id, "user"] += 1  # names somebody who is hidden since
            if event == "delete":  # what is not shown may be told to be gone, to whom may see it
                self.may.update((name, event, post.id, each) for each in ("user", "public"))
                self.may[name, event, post.id, "public:local"] += 1

    def _spared(self, name: str, quoted: Post | None) -> bool:
        """Whether streams tell somebody nothing of a post, for they would tell what it quotes, as
        strangers see it."""
        if quoted is None or not self.record.sees(None, quoted):
            return False
        return self.record.hides(name, quoted.author) or (
            (quoted.author, name) in self.record.blocks
        )

    async def _edit(self, act: Edit, post: Post) -> None:
        me, path = self.people[post.author], f"/api/v1/statuses/{post.id}"
        if post.gone or post.boost_of:
            return
        text = self._text(act.named, tagged=act.tagged)
        body: dict[str, Any] = {"status": text}
        stored = await self.town.get(me, path)
        body["media_ids"] = [each["id"] for each in stored["media_attachments"]]
        if post.poll:
            body["poll"] = {"options": ["yes", "no"], "expires_in": 86_400}
        await self.town.do(me, "PUT", path, **body)
        post.words, post.named, post.tagged = text, act.named, act.tagged
        self._tell("status.update", post, {n for n in NAMES if post in self.record.homes[n]})
        self.record.tell_of_edit(post, next(self._words))

    async def _delete(self, post: Post) -> None:
        me, path = self.people[post.author], f"/api/v1/statuses/{post.id}"
        if not self.record.sees(post.author, post):
            await self._refused(me, "DELETE", path)
            return
        self._forget(post)
        await self.town.do(me, "DELETE", path)

    def _forget(self, post: Post) -> None:
        self._tell("delete", post, {n for n in NAMES if post in self.record.homes[n]})
        self.record.forget(post)

    async def _on_post(self, act: OnPost, post: Post) -> None:
        record, me = self.record, self.people[act.who]
        path, subject = f"/api/v1/statuses/{post.id}/{act.verb}", post.subject
        if act.verb == "vote":
            if post.poll is None or post.author == act.who or act.who in post.votes:
                return
            path = f"/api/v1/polls/{post.poll}/votes"
            if not record.sees(act.who, post):
                await self._refused(me, "POST", path, {"choices": [0]})
            else:
                await self.town.do(me, "POST", path, choices=[0])
                post.votes[act.who] = 0
            return
        if not record.sees(act.who, post):
            await self._refused(me, "POST", path)
            return
        if act.verb == "pin":
            pins = sum(each.pinned and each.author == act.who for each in record.posts)
            if post.author != act.who or post.boost_of or post.visibility == "direct" or pins > 4:
                return
            post.pinned = True
        await self.town.do(me, "POST", path)
        mine = (act.who, subject)
        for verb, marks in (("favourite", record.favourites), ("bookmark", record.bookmarks)):
            if act.verb == verb and mine not in marks:
                marks.append(mine)
            if act.verb == f"un{verb}" and mine in marks:
                marks.remove(mine)
        if act.verb == "favourite":
            record.tell(subject.author, "favourite", act.who, subject)
        if act.verb == "unfavourite":
            record.untell(subject.author, act.who, "favourite", post=subject)
        if act.verb == "unreblog":
            boosts = (each for each in record.posts if each.boost_of is subject and not each.gone)
            for each in [each for each in boosts if each.author == act.who]:
                self._forget(each)

    async def _boost(self, act: Boost, post: Post) -> None:
        record, me, subject = self.record, self.people[act.who], post.subject
        path = f"/api/v1/statuses/{post.id}/reblog"
        if not record.sees(act.who, post):
            await self._refused(me, "POST", path)
            return
        own = subject.author == act.who
        if subject.visibility == "direct" or (subject.visibility == "private" and not own):
            answer = await self.town.ask(me, "POST", path, visibility=act.level)
            assert answer.status in (403, 422), answer.body
            return
        made = await self.town.do(me, "POST", path, visibility=act.level)
        if all(each.id != int(made["id"]) for each in record.posts):
            level = "private" if subject.visibility == "private" else act.level
            boost = Post(id=int(made["id"]), author=act.who, visibility=level, boost_of=subject)
            self._published(boost)

    async def _quote(self, act: Quote, post: Post) -> None:
        record, me, subject = self.record, self.people[act.who], post.subject
        text = self._text(act.named, tagged=False)
        body = {"status": text, "visibility": act.level, "quoted_status_id": str(post.id)}
        if not (record.sees(act.who, post) and record.may_quote(act.who, subject)):
            await self._refused(me, "POST", "/api/v1/statuses", body)
            return
        made = await self.town.do(me, "POST", "/api/v1/statuses", **body)
        narrow = subject.visibility == "private" and act.level in ("public", "unlisted")
        self._published(
            Post(
                id=int(made["id"]),
                author=act.who,
                visibility="private" if narrow else act.level,
                words=text,
                named=act.named,
                quotes=subject,
            )
        )

    async def _between(self, act: Between) -> None:
        record, me, other = self.record, self.people[act.who], self.people[act.whom]
        pair, back = (act.who, act.whom), (act.whom, act.who)
        path, verb = f"/api/v1/accounts/{other.id}/{act.verb}", act.verb
        if verb in ("follow", "follow_quietly", "ring"):
            quiet = verb == "follow_quietly"
            wish = {"reblogs": False} if quiet else {"notify": True} if verb == "ring" else {}
            path = f"/api/v1/accounts/{other.id}/follow"
            if {pair, back} & record.blocks:
                answer = await self.town.ask(me, "POST", path)
                assert answer.status == 403, answer.body
                return
            await self.town.do(me, "POST", path, **wish)
            self._followed(pair, quiet=quiet)
            if verb == "ring":
                record.bells.add(pair)
        elif verb in ("authorize", "reject"):
            path = f"/api/v1/follow_requests/{other.id}/{verb}"
            if back not in record.asked:
                return
            await self.town.do(me, "POST", path)
            if verb == "authorize":
                record.begin(*back, boosts=record.asked.pop(back))
            else:
                record.end(*back)
        elif verb == "list":
            if pair in record.follows:
                list_path = f"/api/v1/lists/{self.list_ids[act.who]}/accounts"
                if act.whom not in record.lists[act.who]:
                    await self.town.do(me, "POST", list_path, account_ids=[str(other.id)])
                    record.lists[act.who].add(act.whom)
        else:
            silent = {"notifications": False} if verb == "mute_posts" else {}
            await self.town.do(me, "POST", path.replace("mute_posts", "mute"), **silent)
            self._related(verb, pair, back)

    def _followed(self, pair: tuple[str, str], *, quiet: bool) -> None:
        record = self.record
        if pair in record.follows:
            record.follows[pair] = not quiet and record.follows[pair]
        elif pair[1] in LOCKED:
            if pair not in record.asked:
                record.tell(pair[1], "follow_request", pair[0], None)
            record.asked[pair] = not quiet and record.asked.get(pair, True)
        else:
            record.begin(*pair, boosts=not quiet)

    def _related(self, verb: str, pair: tuple[str, str], back: tuple[str, str]) -> None:
        record = self.record
        match verb:
            case "unfollow":
                record.end(*pair)
            case "remove_from_followers":
                if back in record.follows:
                    record.end(*back)
            case "block":
                record.end(*pair)
                record.end(*back)
                record.blocks.add(pair)
                record.untell(*pair)
            case "unblock":
                record.blocks.discard(pair)
            case "mute" | "mute_posts":
                record.mutes[pair] = verb == "mute"
            case "unmute":
                record.mutes.pop(pair, None)

    async def _refused(
        self, who: Person, method: str, path: str, body: dict[str, Any] | None = None
    ) -> None:
        """Answered like something that never was."""
        answer = await self.town.ask(who, method, path, **(body or {}))
        assert answer.status == 404, (method, path, answer.status, answer.body)
        assert json.loads(answer.body) == {"error": "Record not found"}
