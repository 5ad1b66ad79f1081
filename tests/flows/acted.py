"""A few people who act through the actions of the house, and what the queries behind every page
then give each of them. What they did is recorded for the oracle; each act is refused where it says.

There is no server here: an act, and all that follows from it, takes a few milliseconds."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from oracle import OPEN, Post, Record, Viewer

import people
from whimbrel.accounts import block, follow, mute
from whimbrel.accounts import queries as accounts
from whimbrel.accounts.rules import STRANGER
from whimbrel.accounts.rules import Viewer as Reader
from whimbrel.core.db import Db
from whimbrel.core.errors import Forbidden, NotFound
from whimbrel.core.ids import MAX_ID, millis
from whimbrel.core.outbox import LANES
from whimbrel.core.tx import Tx
from whimbrel.core.worker import anything_due, done, work_through
from whimbrel.posts import boost, delete, edit, marks, publish, thread
from whimbrel.posts.rules import VISIBILITY, Draft, Mark
from whimbrel.timelines import homes, policy, reads
from whimbrel.timelines import serialize as telling
from whimbrel.timelines.queries import single
from whimbrel.timelines.rules import AccountFilter, Wanted, Window

LOCKED = "ivy"
NAMES = ("ada", "bob", "eve", LOCKED)
LEVELS = ("public", "unlisted", "private", "direct")
ALL = 1000  # more than anybody writes here

_numbers = count()
_TAG = re.compile("<[^>]+>")
_BETWEEN: dict[str, Callable[..., None]] = {
    "follow": follow.follow,
    "unfollow": follow.unfollow,
    "authorize": follow.authorize,
    "reject": follow.reject,
    "block": block.block,
    "unblock": block.unblock,
    "mute": mute.mute,
    "unmute": mute.unmute,
}


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Actors:
    """Four people whom nobody knew before, in a database that others may have used."""

    def __init__(self, db: Db, runner: asyncio.Runner, clock: Clock) -> None:
        self._db, self._runner, self._clock = db, runner, clock
        self.number = next(_numbers)
        self.record = Record(locked=frozenset({LOCKED}), people=NAMES)
        self.record.homes = {name: set() for name in NAMES}
        self.record.lists = {name: set() for name in NAMES}
        self._words = count()
        self.known: dict[str, Reader] = self.write(self._made)
        self.names = {each.account: name for name, each in self.known.items()}
        self.since = self.last = millis(clock.now) << 16  # no post of theirs is older

    def _made(self, tx: Tx) -> dict[str, Reader]:
        made = {}
        for name in NAMES:
            made[name] = people.make(tx, f"{name}{self.number}", locked=name == LOCKED)
            homes.rebuild(tx, made[name])
            # What a policy holds back is a question of its own: tests/timelines/test_policy.py
            policy.change(tx, made[name], {"for_private_mentions": "accept"})
        return made

    # ------------------------------------------------------------------ acting

    def write(self, fn: Callable[..., Any], *args: Any) -> Any:
        """One action, two milliseconds after the last."""
        self._clock.now += timedelta(milliseconds=2)
        return self._runner.run(self._db.write(fn, *args))

    def settle(self) -> None:
        """All that follows here. Nobody is outside, so an effect is done when it is due."""
        self._runner.run(self._settle())

    async def _settle(self) -> None:
        busy = True
        while busy:
            busy = False
            for lane in LANES:
                while await self._db.read(anything_due, lane):
                    busy = True
                    _, effects = await self._db.write(work_through, self._db.env.routes, lane)
                    for job in effects:
                        await self._db.write(done, job)

    def text(self, named: frozenset[str]) -> str:
        """Like no other's."""
        callees = [f"@{name}{self.number}" for name in sorted(named)]
        return " ".join((f"word{self.number}x{next(self._words)}x", *callees))

    def publish(self, who: str, level: str, named: frozenset[str], parent: Post | None) -> None:
        text = self.text(named)
        draft = Draft(
            text=text, visibility=VISIBILITY[level], reply_to=parent.id if parent else None
        )
        if parent is not None and not self.record.sees(who, parent):
            self.refused(NotFound, who, publish.publish, draft)
            return
        made = self.write(publish.publish, self.known[who], draft)
        answers = parent.subject if parent else None
        post = Post(made.id, who, level, text, named, answers=answers)
        post.answered = answers.author if answers else None
        self.published(post)

    def published(self, post: Post) -> None:
        """Ids are handed out once, and later ones are greater."""
        assert post.id > self.last, (post, self.last)
        self.last = post.id
        self.record.posts.append(post)
        self.record.deliver(post)
        self.record.tell_of(post)

    def edit(self, who: str, post: Post, named: frozenset[str]) -> None:
        draft = Draft(text=self.text(named))
        if post.gone or post.author != who:
            self.refused(NotFound, who, edit.edit, post.id, draft)
        elif post.boost_of is None:
            self.write(edit.edit, self.known[who], post.id, draft)
            post.words, post.named = draft.text, named
            self.record.tell_of_edit(post, next(self._words))

    def delete(self, who: str, post: Post) -> None:
        if post.gone or post.author != who:
            self.refused(NotFound, who, delete.delete, post.id)
        elif post.boost_of is None or self.record.sees(who, post):
            self.write(delete.delete, self.known[who], post.id)
            self.record.forget(post)

    def boost(self, who: str, post: Post, level: str) -> None:
        record, subject = self.record, post.subject
        if not record.sees(who, post):
            self.refused(NotFound, who, boost.boost, post.id, VISIBILITY[level])
        elif subject.visibility not in OPEN and (
            subject.author != who or subject.visibility == "direct"
        ):
            self.refused(Forbidden, who, boost.boost, post.id, VISIBILITY[level])
        else:
            made = self.write(boost.boost, self.known[who], post.id, VISIBILITY[level])
            mine = [p for p in record.posts if p.boost_of is subject and p.author == who]
            if all(each.gone for each in mine):
                level = "private" if subject.visibility == "private" else level
                self.published(Post(made, who, level, boost_of=subject))
            else:
                assert [made] == [each.id for each in mine if not each.gone]

    def unboost(self, who: str, post: Post) -> None:
        if not self.record.sees(who, post):
            self.refused(NotFound, who, boost.unboost, post.id)
            return
        self.write(boost.unboost, self.known[who], post.id)
        for each in self.record.posts:
            if each.boost_of is post.subject and each.author == who and not each.gone:
                self.record.forget(each)

    def favourite(self, who: str, post: Post, *, begins: bool) -> None:
        action, mine = marks.mark if begins else marks.unmark, (who, post.subject)
        if not self.record.sees(who, post):
            self.refused(NotFound, who, action, post.id, Mark.FAVOURITE)
            return
        self.write(action, self.known[who], post.id, Mark.FAVOURITE)
        if begins and mine not in self.record.favourites:
            self.record.favourites.append(mine)
            self.record.tell(post.subject.author, "favourite", who, post.subject)
        elif not begins and mine in self.record.favourites:
            self.record.favourites.remove(mine)
            self.record.untell(post.subject.author, who, "favourite", post=post.subject)

    def between(self, who: str, verb: str, whom: str) -> None:
        """Follow, block, mute and the rest; who asked nothing is neither let in nor refused."""
        record, pair, back = self.record, (who, whom), (whom, who)
        if who == whom or (verb in ("authorize", "reject") and back not in record.asked):
            return
        if verb == "follow" and {pair, back} & record.blocks:
            self.refused(Forbidden, who, follow.follow, self.known[whom].id)
            return
        self.write(_BETWEEN[verb], self.known[who], self.known[whom].id)
        match verb:
            case "follow" if pair not in record.follows and whom == LOCKED:
                if pair not in record.asked:
                    record.tell(whom, "follow_request", who, None)
                record.asked[pair] = True
            case "follow" if pair not in record.follows:
                record.begin(*pair, boosts=True)
            case "unfollow":
                record.end(*pair)
            case "authorize":
                record.begin(*back, boosts=record.asked.pop(back))
            case "reject":
                record.end(*back)
            case "block":
                record.end(*pair)
                record.end(*back)
                record.blocks.add(pair)
                record.untell(*pair)
            case "unblock":
                record.blocks.discard(pair)
            case "mute":
                record.mutes[pair] = True
            case "unmute":
                record.mutes.pop(pair, None)

    def refused(self, why: type[Exception], who: str, action: Any, *args: Any) -> None:
        """The act is none of theirs, and changes nothing."""
        with pytest.raises(why):
            self.write(action, self.known[who], *args)

    # ------------------------------------------------------------------ looking

    def look(self) -> None:
        """What each of them and a stranger is given is what the oracle says, and nothing else."""
        self._runner.run(self._db.read(self._look))

    def _look(self, tx: Tx) -> None:
        for viewer in (*NAMES, None):
            reader = self.known[viewer] if viewer else STRANGER
            self._posts(tx, viewer, reader)
            self._lists(tx, viewer, reader)
        for name, each in self.known.items():
            shown = accounts.by_id(tx, each.id)
            found = shown.followers, shown.following, shown.statuses
            assert found == self.record.counts(name), (name, found, self)

    def _posts(self, tx: Tx, viewer: Viewer, reader: Reader) -> None:
        """Each post, its words and numbers, and what is around it."""
        record = self.record
        cards = single.cards_of(tx, reader, [post.id for post in record.posts])
        seen = [post for post in record.posts if record.sees(viewer, post)]
        told = json.loads(telling.shown(tx, reader, cards, "thread").body)
        self._same([int(each["id"]) for each in told], seen, viewer, "each post")
        for status, post in zip(told, seen, strict=True):
            numbers = [status[f"{n}_count"] for n in ("replies", "reblogs", "favourites", "quotes")]
            assert tuple(numbers) == record.numbers(post), (viewer, post, numbers)
            assert status["visibility"] == post.visibility
            said = _TAG.sub("", (status["reblog"] or status)["content"])
            assert said == post.subject.words, (viewer, post, said)
            if viewer is not None:
                mine = (viewer, post.subject)
                assert status["favourited"] == (mine in record.favourites), (viewer, post)
            around = thread.conversation(tx, reader, post.id)
            above, below = ([row[0] for row in rows] for rows in around[1:3])
            self._same(above, record.ancestors(viewer, post), viewer, f"above {post}")
            self._same(below, record.descendants(viewer, post), viewer, f"below {post}")
        for post in record.posts:
            if post not in seen:
                with pytest.raises(NotFound):
                    telling.one(tx, reader, post.id)

    def _lists(self, tx: Tx, viewer: Viewer, reader: Reader) -> None:
        """Timelines, profiles, and what they were told."""
        record, window = self.record, Window(low=self.since, most=ALL)
        rows = reads.public(tx, reader, window)
        self._same([row[0] for row in rows], record.public(viewer), viewer, "public")
        for name, author in self.known.items():
            rows = reads.account(tx, reader, author.id, Window(most=ALL), AccountFilter())
            wanted = record.account(viewer, name)
            self._same([row[0] for row in rows], wanted, viewer, f"the profile of {name}")
        if viewer is None:
            return
        rows = homes.page(tx, reader, 0, MAX_ID, ALL, ascending=False) or []
        self._same([row[0] for row in rows], record.home(viewer), viewer, "home")
        rows = reads.marked(tx, reader, Mark.FAVOURITE, Window(most=ALL))
        liked = record.marked(viewer, record.favourites)
        self._same([row[0] for row in rows], liked, viewer, "favourites")
        told = telling.told_in(tx, reader, Window(most=ALL), Wanted())
        found = Counter((self.names[row[2]], row[1], row[4]) for row in told)
        wanted_ = Counter(
            (n.actor, n.kind, n.post.id if n.post else None) for n in record.notifications(viewer)
        )
        assert found == wanted_, (viewer, found - wanted_, wanted_ - found, self)

    def _same(self, found: list[int], wanted: list[Post], viewer: Viewer, where: str) -> None:
        """The same posts in the same order."""
        assert found == [post.id for post in wanted], (
            f"{viewer} at {where}: {found}, not {wanted}\n{self!r}"
        )

    def __repr__(self) -> str:
        return "\n".join((*map(repr, self.record.posts), self.record.summary()))
