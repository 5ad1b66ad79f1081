"""The demo: what a newcomer finds, and what is left once it has gone."""

import asyncio
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from msgspec.structs import replace
from PIL import Image
from sqlalchemy import func, select
from typer.testing import CliRunner

from server import Server
from whimbrel.accounts import emails, leave, signup
from whimbrel.accounts.queries import users
from whimbrel.accounts.rules import BROWSER, Viewer
from whimbrel.app.cli import app as commands
from whimbrel.app.opening import opened
from whimbrel.core.app import App
from whimbrel.core.errors import Forbidden, Invalid, NotFound
from whimbrel.core.ids import millis
from whimbrel.core.settings import Settings
from whimbrel.core.tables import jobs, metadata
from whimbrel.core.tx import Tx
from whimbrel.core.worker import work_through
from whimbrel.demo import pictures, queries, rules
from whimbrel.demo.clock import Clock
from whimbrel.demo.fill import Progress, fill
from whimbrel.demo.remove import remove
from whimbrel.discovery import trends
from whimbrel.posts.publish import publish
from whimbrel.posts.queries import own_post
from whimbrel.posts.rules import Draft
from whimbrel.posts.tables import posts
from whimbrel.timelines.tables import notifications

SILENT = Progress(lambda steps: None, lambda: None)
# What keeps a trace of everything that ever happened, and must.
REMAINS = {"jobs", "counters", "shredded"}


def settings(data: Path, url: str = "", **more: Any) -> Settings:
    return Settings(data=data, database=url, domain="social.example", **more)


def hamlet() -> rules.Town:
    """Four people of the town and a little of all that is done in it."""
    whole = rules.town()
    names = {"marten", "oystercatcher", "samira", "visitor"}
    talks = (
        rules.Talk(
            ago=60,
            posts=(
                rules.Said(by="marten", text="Tea? #Harbour", likes=2, boosts=("samira",)),
                rules.Said(by="samira", text="Always. :kettle:", likes=1),
            ),
        ),
        rules.Talk(
            ago=20,
            posts=(
                rules.Said(
                    by="samira",
                    text="What colour? #Harbour",
                    called="colour",
                    pinned=True,
                    kept=True,
                    pictures=(("thing kettle", "A kettle."),),
                ),
                rules.Said(
                    by="visitor",
                    text="Shall we ask?",
                    to=0,
                    poll=rules.Asked(options=("red", "blue"), hours=5, votes=(1, 0)),
                ),
            ),
        ),
        rules.Talk(
            ago=2,
            posts=(
                rules.Said(by="visitor", text="Red. #Harbour", quotes="colour", likes=2),
                rules.Said(by="samira", text="It is red. #Harbour", after=0.1),
                rules.Said(
                    by="marten",
                    text="Blu. #Harbour",
                    after=0.1,
                    became="Blue. #Harbour",
                    boosts=("visitor",),
                ),
            ),
        ),
    )
    return replace(
        whole,
        emojis=("kettle",),
        people=tuple(each for each in whole.people if each.name in names),
        talks=talks,
    )


def counts(tx: Tx) -> dict[str, int]:
    """How many rows each table has."""
    return {
        table.name: tx.value(select(func.count()).select_from(table))
        for table in metadata.tables.values()
        if table.name not in REMAINS
    }


def files(data: Path) -> set[str]:
    """What the object store holds."""
    return {str(path) for path in (data / "objects").rglob("*") if path.is_file()}


def within(data: Path, url: str, act: Callable[[App, Clock], Any]) -> Any:
    """Run `act` with everything open, as a command has it."""

    async def go() -> Any:
        clock = Clock()
        async with opened(settings(data, url), clock=clock) as app:
            return await act(app, clock)

    return asyncio.run(go())


def test_the_whole_town_comes_and_goes_and_leaves_nothing(database, tmp_path):
    """A row or a file that stayed would be somebody's who never was, for good."""

    async def story(app: App, clock: Clock) -> None:
        before, stored = await app.db.read(counts), files(tmp_path)
        await fill(app, clock, SILENT, place=hamlet())
        full = await app.db.read(counts)
        assert full["accounts"] == 4
        assert len(files(tmp_path)) > len(stored) + 8
        assert await remove(app) == 4
        after = await app.db.read(counts)
        assert {name: rows for name, rows in after.items() if rows != before[name]} == {}
        assert files(tmp_path) == stored
        assert await app.db.read(queries.remembered) == {}
        await fill(app, clock, SILENT, place=hamlet())  # the names are free again
        assert await app.db.read(counts) == full

    within(tmp_path, database, story)


def test_everything_has_the_time_at_which_it_is_said_to_have_happened(database, tmp_path):
    """A town in which all was posted and liked a second ago is no living place."""
    began = millis(datetime.now(UTC))

    def look(tx: Tx) -> tuple[list[Any], list[Any], int]:
        said = tx.rows(select(posts.c.id, posts.c.at).order_by(posts.c.id))
        told = tx.rows(select(notifications.c.id, notifications.c.kind))
        failed = tx.value(select(func.count()).select_from(jobs).where(jobs.c.tries > 0))
        return said, told, failed

    async def story(app: App, clock: Clock) -> None:
        await fill(app, clock, SILENT, place=hamlet())
        said, told, failed = await app.db.read(look)
        hours = [(began - at) / 3_600_000 for _, at in said]
        assert hours[0] == pytest.approx(60, abs=0.1)
        assert all(id_ >> 16 == at for id_, at in said)
        assert hours == sorted(hours, reverse=True)
        assert hours[-1] >= 0
        assert {began - (id_ >> 16) > 30_000 for id_, _ in told} == {True}
        assert {kind for _, kind in told} >= {"mention", "favourite", "reblog", "poll", "follow"}
        assert failed == 0
        assert clock.at is None
        shown = await app.db.read(trends.of_tags, Viewer(), 0, 10)
        assert [tag.name for tag in shown] == ["Harbour"]

    within(tmp_path, database, story)


def test_where_people_are_it_asks_first(tmp_path):
    """Somebody's community must not wake up among strangers who do not exist."""

    async def story(app: App, clock: Clock) -> None:
        new = signup.New(username="ada", email="ada@example.org", confirmed=True, approved=True)
        ada = Viewer(account=await app.db.write(signup.create, new), scopes=BROWSER)
        hello = await app.db.write(publish, ada, Draft(text="It is quiet here."))
        await app.db.write(work_through, app.db.env.routes, "timelines")
        before = await app.db.read(counts)
        with pytest.raises(Forbidden):
            await fill(app, clock, SILENT, place=hamlet())
        assert await app.db.read(counts) == before
        await fill(app, clock, SILENT, place=hamlet(), among_people=True)
        await remove(app)
        assert await app.db.read(counts) == before
        assert (await app.db.read(_own, ada, hello.id)).text == "It is quiet here."

    within(tmp_path, "", story)


def fetch(live: Server, path: str) -> Any:
    """What a stranger is shown."""
    with urlopen(live.url + path) as answer:
        return json.load(answer)


def _own(tx: Tx, viewer: Viewer, post: int) -> Any:
    return own_post(tx, viewer, post).content


def test_asked_again_it_only_makes_a_new_password(tmp_path):
    """`script/server --demo` is typed every day: one town is enough."""

    async def story(app: App, clock: Clock) -> None:
        first = await fill(app, clock, SILENT, place=hamlet())
        before = await app.db.read(counts)
        assert await fill(app, clock, SILENT, place=hamlet()) != first
        assert await app.db.read(counts) == before

    within(tmp_path, "", story)


def test_half_a_town_is_not_taken_for_a_whole_one(tmp_path):
    """Whoever pressed Ctrl-C is told what to do, and can do it."""

    async def story(app: App, clock: Clock) -> None:
        strange = replace(hamlet(), emojis=("nothing",))
        before = await app.db.read(counts)
        with pytest.raises(ExceptionGroup):
            await fill(app, clock, SILENT, place=strange)
        with pytest.raises(Invalid, match="whimbrel demo remove"):
            await fill(app, clock, SILENT, place=hamlet())
        await remove(app)
        assert await app.db.read(counts) == before

    within(tmp_path, "", story)


def test_there_is_nothing_to_remove_where_nothing_is(tmp_path):
    """And a visitor who erased their own account is no obstacle."""

    async def story(app: App, clock: Clock) -> None:
        with pytest.raises(NotFound):
            await remove(app)
        await fill(app, clock, SILENT, place=hamlet())
        visitor = (await app.db.read(queries.remembered))["@visitor"]
        user = await app.db.read(users.by_account, visitor)
        assert await app.db.read(emails.of, user) == ""  # no letter about it went anywhere
        await app.db.write(leave.erase, visitor)
        with pytest.raises(NotFound):
            await fill(app, clock, SILENT, place=hamlet())
        assert await remove(app) == 4
        assert await app.db.read(users.none_yet)

    within(tmp_path, "", story)


def test_a_running_server_shows_it_at_once_and_then_no_more(live):
    """The operator does not stop the server for it."""

    def run(act: Callable[[App, Clock], Any]) -> Any:
        async def go() -> Any:
            clock = Clock()
            plain = Settings(
                data=live.data,
                database=live.env["WHIMBREL_DATABASE"],
                bind="127.0.0.1:3000",  # it cannot know where the server listens
            )
            async with opened(plain, clock=clock) as app:
                return await act(app, clock)

        return asyncio.run(go())

    async def come(app: App, clock: Clock) -> str:
        return await fill(app, clock, SILENT, place=hamlet(), among_people=True)

    async def go(app: App, clock: Clock) -> int:
        return await remove(app)

    run(come)
    shown = fetch(live, "/api/v1/timelines/public?local=true")
    assert "Red." in shown[0]["content"]
    assert [each["shortcode"] for each in fetch(live, "/api/v1/custom_emojis")]
    # On a page they are found by whatever name the server is called.
    with urlopen(f"{live.url}/@samira") as answer:
        page = answer.read().decode()
    shown = set(re.findall(r'<(?:img|a)[^>]* (?:src|href)="([^"]*/media/[^"]*)"', page))
    assert {each.rpartition("/")[2] for each in shown} >= {"avatar", "header", "original.jpg"}
    for each in shown:
        with urlopen(live.url + each) as answer:
            assert answer.headers["Content-Type"].startswith("image/")
    # So are people and tags that a post names.
    with urlopen(f"{live.url}/local") as answer:
        page = answer.read().decode()
    assert re.search(r'<a href="/(@\w+|tags/\w+)" class="', page) and ":3000" not in page
    run(go)
    assert fetch(live, "/api/v1/timelines/public?local=true") == []


# --- the tale -----------------------------------------------------------------------------------


def test_the_tale_is_whole():
    """Everybody who speaks exists, whoever is answered spoke before, every picture can be drawn."""
    town = rules.town()
    names = {person.name for person in town.people}
    assert len(names) == len(town.people) == 21
    assert sum(len(talk.posts) for talk in town.talks) >= 300
    called = {said.called for talk in town.talks for said in talk.posts} - {""}
    for talk in town.talks:
        for turn, said in enumerate(talk.posts):
            assert {said.by, *said.boosts} <= names
            assert said.by not in said.boosts
            assert said.to is None or said.to < turn
            assert not said.quotes or said.quotes in called
            assert all(description for _, description in said.pictures)
            assert set(rules._NAMED.findall(said.text)) <= names
    assert {said.language for talk in town.talks for said in talk.posts} >= {"ar", "fr", "ja", "de"}


def test_nothing_happens_before_the_visitor_came_or_after_now():
    """A like from tomorrow, or from before its author joined, gives the game away."""
    town, now = rules.town(), datetime.now(UTC)
    told = rules.acts(town, now)
    assert all(act.at < now for act in told)
    assert [act.at for act in told] == sorted(act.at for act in told)
    joined = {person.name: now - timedelta(days=person.joined) for person in town.people}
    for act in told:
        assert all(act.at > joined[name] for name in (act.said.by, *act.who))
    at = {act.key: act.at for act in told if act.kind == "post"}
    assert all(act.at > at[act.key] for act in told if act.kind != "post")


def test_every_picture_of_the_tale_can_be_drawn(tmp_path):
    """A name without a drawing would stop the demo in the middle."""
    town = rules.town()
    sights = {name for talk in town.talks for said in talk.posts for name, _ in said.pictures}
    worn = {name for person in town.people for name in (person.avatar, person.header)}
    emojis = {f"emoji {code}" for code in town.emojis}
    for name in sights | worn | emojis:
        pictures.draw(name, tmp_path / "drawn", (60, 40))
        with Image.open(tmp_path / "drawn") as drawn:
            assert drawn.size == (60, 40)
            assert len(drawn.convert("RGB").getcolors(2400) or ()) > 1


def test_the_command_fills_and_empties(tmp_path, monkeypatch):
    """Scripts read two lines: a name, a password; words go elsewhere."""
    monkeypatch.setattr("whimbrel.demo.fill.town", hamlet)
    runner = CliRunner()
    where = ["--data", str(tmp_path), "--bind", "127.0.0.1:4321"]
    done = runner.invoke(commands, ["demo", *where])
    assert done.exit_code == 0, done.output
    name, password = done.stdout.split()
    assert name == "visitor"
    assert len(password) >= 10
    gone = runner.invoke(commands, ["demo", "remove", "--data", str(tmp_path)])
    assert gone.exit_code == 0, gone.output
    assert gone.stdout == ""
