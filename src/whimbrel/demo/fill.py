"""Moving in: the town's people sign up, put their pictures up, and say all they have to say.

Everything is done by the actions that people use, each at its own moment: the clock is set to it,
and what follows in the same instant (homes, notifications) is worked through before the next."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from whimbrel.accounts import passwords, profile, signup
from whimbrel.accounts.follow import follow
from whimbrel.accounts.profile import Changes, FieldDraft
from whimbrel.accounts.queries import emojis as pictographs
from whimbrel.accounts.queries import users
from whimbrel.accounts.rules import BROWSER, Viewer
from whimbrel.accounts.signup import New
from whimbrel.core.app import App
from whimbrel.core.errors import Forbidden, Invalid, NotFound
from whimbrel.core.http.uploads import Folder, Upload
from whimbrel.core.ids import millis
from whimbrel.core.tx import Tx, utc_now
from whimbrel.core.worker import work_through
from whimbrel.discovery import trends
from whimbrel.discovery.events import TrendsDue
from whimbrel.discovery.queries import counting
from whimbrel.instance import announcements, emojis, texts
from whimbrel.media import upload
from whimbrel.posts import edit, marks, poll, publish
from whimbrel.posts.boost import boost
from whimbrel.posts.rules import VISIBILITY, Draft, Mark, PollDraft
from whimbrel.timelines import markers

from . import pictures, queries
from .clock import Clock
from .rules import VISITOR, Act, Person, Said, Town, acts, follows, town, voters, written

T = TypeVar("T")
Key = tuple[int, int]

FILLED, BEGUN = "filled", "begun"
AT_ONCE = 4  # pictures drawn and on their way
TRENDS = 100  # looked at
UNREAD_HOURS = 4
TREND_HOURS = 30  # for so long before now trends are counted, once an hour
_TAG = re.compile(r"#(\w+)")

LEFT_HALF = "A demo was begun here and not finished. Remove it first: whimbrel demo remove"
PEOPLE_HERE = (
    "There are people on this server already, and the demo would stand among them. "
    "If that is what you want, say --yes."
)


class Progress:
    """How far it is, for whoever waits.

    Args:
        expect: told how many steps there are.
        step: called after each.
    """

    def __init__(self, expect: Callable[[int], object], step: Callable[[], object]) -> None:
        self.expect, self.step = expect, step


async def fill(
    app: App,
    clock: Clock,
    progress: Progress,
    *,
    place: Town | None = None,
    among_people: bool = False,
) -> str:
    """Let the town move in; if it lives here already, only make a new password for the visitor.

    Args:
        clock: the one that `app.db` was opened with.
        place: the town; None = ours.
        among_people: true allows a server on which somebody has signed up.
    Returns:
        The visitor's password. It is not stored.
    Raises:
        Forbidden: there are people.
        Invalid: an earlier try was not finished; a name is taken.
    """
    there = await app.db.read(queries.remembered)
    if there and FILLED not in there:
        raise Invalid(LEFT_HALF)
    password = passwords.make()
    hashed = await passwords.hash(app.db.keyring, password)
    if there:
        await app.db.write(_renew, there[f"@{VISITOR}"], hashed)
        return password
    await _Move(app, clock, progress, place or town()).all(hashed, among_people)
    return password


def _renew(tx: Tx, account: int, hashed: str) -> None:
    if users.by_account(tx, account) is None:
        raise NotFound("The visitor of this demo has left. Begin anew: whimbrel demo remove")
    users.change(tx, account, password=hashed)


class _Move:
    """One move: who has which account, which post has which id."""

    def __init__(self, app: App, clock: Clock, progress: Progress, place: Town) -> None:
        self.app, self.clock, self.progress = app, clock, progress
        self.town = place
        self.now = utc_now()
        self.viewers: dict[str, Viewer] = {}
        self.slots: dict[str, int] = {}
        self.posts: dict[Key, int] = {}
        self.called: dict[str, int] = {}
        self.media: dict[tuple[str, str], int] = {}
        self.told = acts(place, self.now)

    async def all(self, hashed: str, among_people: bool) -> None:
        """Everything, in the order in which it would have come about."""
        sights = [
            (said, sight)
            for talk in self.town.talks
            for said in talk.posts
            for sight in said.pictures
        ]
        people = self.town.people
        self.progress.expect(3 * len(people) + len(self.town.emojis) + len(sights) + len(self.told))
        await self.at(self.now, _begin, self.town, among_people)
        for person in sorted(people, key=lambda each: -each.joined):
            await self._join(person, hashed if person.name == VISITOR else None)
        self.clock.at = None
        await self._draw(sights)
        await self._know_each_other()
        await self._say()
        await self.at(self.now, self._trend)
        await self.at(self.now, self._read_so_far)
        self.clock.at = None
        await self.app.db.write(trends.start)
        await self.app.db.write(queries.remember, FILLED, 1)

    async def at(self, moment: datetime, fn: Callable[..., T], *args: object) -> T:
        """Do it at that moment, with all that follows from it at once."""
        self.clock.at = moment
        return await self.app.db.write(self._and_all_after, fn, *args)

    def _and_all_after(self, tx: Tx, fn: Callable[..., T], *args: object) -> T:
        done = fn(tx, *args)
        while work_through(tx, self.app.db.env.routes, "timelines")[0]:
            pass
        return done

    # --- people -------------------------------------------------------------------------------

    async def _join(self, person: Person, hashed: str | None) -> None:
        moment = self.now - timedelta(days=person.joined)
        viewer, slot = await self.at(moment, _sign_up, person, hashed)
        self.viewers[person.name], self.slots[person.name] = viewer, slot
        self.progress.step()

    async def _know_each_other(self) -> None:
        """Who was there first is followed as soon as somebody comes."""
        joined = {person.name: person.joined for person in self.town.people}
        pairs: dict[str, list[tuple[Viewer, int]]] = {}
        for one, other in follows(self.town):
            later = min((one, other), key=joined.__getitem__)
            pairs.setdefault(later, []).append((self.viewers[one], self.viewers[other].id))
        for name, found in sorted(pairs.items(), key=lambda each: -joined[each[0]]):
            moment = self.now - timedelta(days=joined[name]) + timedelta(minutes=20)
            await self.at(moment, _follow_all, found)

    # --- pictures -----------------------------------------------------------------------------

    async def _draw(self, sights: list[tuple[Said, tuple[str, str]]]) -> None:
        """Every picture, a few at a time; they are uploads like anybody's."""
        self.app.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)  # a command finds none
        gate = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for code in self.town.emojis:
                group.create_task(self._through(gate, self._emoji, code))
            for person in self.town.people:
                group.create_task(self._through(gate, self._wear, person))
            for said, sight in sights:
                group.create_task(self._through(gate, self._photograph, said, *sight))

    async def _through(
        self, gate: asyncio.Semaphore, work: Callable[..., Awaitable[None]], *args: object
    ) -> None:
        async with gate:
            await work(*args)
        self.progress.step()

    async def _emoji(self, code: str) -> None:
        """One of the town's own; where the server has one of that name, that one serves."""
        if not await self.app.db.write(_announce_emoji, code):
            return
        folder, file = await self._drawn(f"emoji {code}", pictures.SMALL)
        try:
            await emojis.take_in(self.app, code, file, "Ternhaven")
        finally:
            folder.remove()

    async def _wear(self, person: Person) -> None:
        """Avatar and header."""
        viewer, slot = self.viewers[person.name], self.slots[person.name]
        face = await self._sent(person.avatar, pictures.SQUARE)
        avatar = await upload.picture(self.app, viewer.id, slot, face, "avatar")
        view = await self._sent(person.header, pictures.BANNER)
        header = await upload.picture(self.app, viewer.id, slot, view, "header")
        worn = Changes(avatar=avatar, header=header)
        await self.app.db.write(profile.update, viewer, worn)
        self.progress.step()

    async def _photograph(self, said: Said, name: str, description: str) -> None:
        sent = await self._sent(name, pictures.WIDE)
        self.media[said.by, name] = await upload.receive(
            self.app,
            self.viewers[said.by].id,
            self.slots[said.by],
            sent,
            description=description,
            patience=upload.LONG_PATIENCE,
        )

    async def _drawn(self, name: str, size: tuple[int, int]) -> tuple[Folder, Path]:
        folder = Folder(self.app.scratch)
        file = folder.path / "drawing"
        await asyncio.to_thread(pictures.draw, name, file, size)
        return folder, file

    async def _sent(self, name: str, size: tuple[int, int]) -> Upload:
        folder, file = await self._drawn(name, size)
        return Upload(file, file.stat().st_size, "drawing", "", folder)

    # --- talk ---------------------------------------------------------------------------------

    async def _say(self) -> None:
        hour = self.now.replace(minute=0, second=0, microsecond=0)
        counted = hour - timedelta(
            hours=TREND_HOURS, seconds=1
        )  # so that each day is counted whole
        for act in self.told:
            while act.at > counted:
                await self.at(counted, _count_trends)
                counted += timedelta(hours=1)
            await self.at(act.at, partial(self._do, act=act))
            self.progress.step()

    def _do(self, tx: Tx, act: Act) -> None:
        if act.kind == "post":
            self._post(tx, act)
            return
        post = self.posts[act.key]
        for name in act.who:
            viewer = self.viewers[name]
            if act.kind == "boost":
                boost(tx, viewer, post)
            elif act.kind == "keep":
                marks.mark(tx, viewer, post, Mark.BOOKMARK)
            else:
                marks.mark(tx, viewer, post, Mark.FAVOURITE)
        if act.kind == "edit":
            edit.edit(tx, self.viewers[act.said.by], post, _edited(act.said))

    def _post(self, tx: Tx, act: Act) -> None:
        said, viewer = act.said, self.viewers[act.said.by]
        talk, turn = act.key
        parent: Key | None = None
        if turn:
            parent = (talk, turn - 1 if said.to is None else said.to)
        answered = self.town.talks[talk].posts[parent[1]] if parent else None
        asked = said.poll
        post = publish.publish(
            tx,
            viewer,
            Draft(
                text=written(said, answered),
                spoiler=said.warning,
                sensitive=said.sensitive,
                language=said.language or self._language(said.by),
                visibility=VISIBILITY[said.visibility],
                reply_to=self.posts[parent] if parent else None,
                media=tuple(self.media[said.by, name] for name, _ in said.pictures),
                poll=PollDraft(
                    options=asked.options,
                    expires_in=int(asked.hours * 3600),
                    multiple=asked.multiple,
                )
                if asked
                else None,
                quoted=self.called[said.quotes] if said.quotes else None,
            ),
        )
        self.posts[act.key] = post.id
        if said.called:
            self.called[said.called] = post.id
        if said.pinned:
            marks.pin(tx, viewer, post.id)
        if asked and post.poll is not None:
            for name, choice in voters(self.town, said, asked):
                poll.vote(tx, self.viewers[name], post.poll, [choice])

    def _trend(self, tx: Tx) -> None:
        """What the town talks about may be shown to everybody: a moderator has looked at it."""
        _count_trends(tx)
        moderator, mine = Viewer(role="moderator"), set(self.posts.values())
        words = {tag.lower() for act in self.told for tag in _TAG.findall(act.said.text)}
        for tag, *_ in trends.tags_to_review(tx, moderator, 0, TRENDS):
            if tag.name.lower() in words:
                trends.review_tag(tx, moderator, tag.name, shown=True)
        for post in trends.posts_to_review(tx, moderator, 0, TRENDS):
            if post in mine:
                trends.review_post(tx, moderator, post, shown=True)

    def _read_so_far(self, tx: Tx) -> None:
        """The visitor has seen all but the latest notifications."""
        moment = millis(self.now - timedelta(hours=UNREAD_HOURS))
        markers.move(tx, self.viewers[VISITOR], {"notifications": moment << 16})

    def _language(self, name: str) -> str:
        return next(person.language for person in self.town.people if person.name == name)


def _begin(tx: Tx, place: Town, among_people: bool) -> None:
    """Rules, words and an announcement, unless the server has its own."""
    if not among_people and not users.none_yet(tx):
        raise Forbidden(PEOPLE_HERE)
    queries.remember(tx, BEGUN, tx.ms)
    for number, rule in enumerate(place.rules, 1):
        queries.remember(tx, f"rule {number}", texts.add_rule(tx, rule.text, rule.hint))
    if texts.one(tx, "description") is None:
        written_at = texts.write(tx, "description", place.description.strip()).at
        queries.remember(tx, "description", written_at)
    queries.remember(tx, "announcement", announcements.publish(tx, place.announcement).id)


def _announce_emoji(tx: Tx, code: str) -> bool:
    """Remembered before it is made: a move that breaks off must leave nothing unknown."""
    if pictographs.one(tx, code) is not None:
        return False
    queries.remember(tx, f":{code}:", tx.ms)
    return True


def _sign_up(tx: Tx, person: Person, hashed: str | None) -> tuple[Viewer, int]:
    account = signup.create(
        tx,
        New(
            username=person.name,
            email="",  # no letter can be sent to who is nowhere
            password=hashed,
            confirmed=True,
            approved=True,
        ),
    )
    queries.remember(tx, f"@{person.name}", account)
    viewer = Viewer(account=account, scopes=BROWSER)
    profile.update(
        tx,
        viewer,
        Changes(
            display_name=person.shown,
            note=person.note,
            fields=tuple(FieldDraft(name=name, value=value) for name, value in person.fields),
            bot=person.bot,
            discoverable=True,
            indexable=True,
            language=person.language,
        ),
    )
    user = users.by_account(tx, account)
    if user is None:
        raise NotFound
    return viewer, user.slot


def _follow_all(tx: Tx, pairs: list[tuple[Viewer, int]]) -> None:
    for viewer, other in pairs:
        follow(tx, viewer, other)


def _count_trends(tx: Tx) -> None:
    """What the clock of trends would have done at this hour. It is started anew each time, so that
    the jobs it leaves behind are over."""
    trends.start(tx)
    trends.tick(tx, TrendsDue(turn=counting.counter(tx, trends.TURN)))


def _edited(said: Said) -> Draft:
    return Draft(text=said.became, spoiler=said.warning, language=said.language or None)
