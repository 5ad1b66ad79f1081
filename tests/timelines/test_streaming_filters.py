"""Filters in streams: what a page would say of a status, its stream says, and to nobody else."""

import asyncio
import json

import httpx
import msgspec
import pytest
import stories
from air import frames, next_frame, on_air, subscribe

import people
from whimbrel.core.engines import Query, insert
from whimbrel.core.ids import new_id
from whimbrel.posts.publish import publish
from whimbrel.posts.queries import card_for_all, tags
from whimbrel.posts.rules import Draft, Visibility
from whimbrel.posts.serialize import for_stream, subject
from whimbrel.timelines import conversations, filters, live, reads, serialize
from whimbrel.timelines.filters import FilterForm, KeywordForm
from whimbrel.timelines.rules import Window
from whimbrel.timelines.streaming import filtered
from whimbrel.timelines.tables import list_members, lists, notifications

EVERYWHERE = ("home", "public", "thread", "notifications")


def look_for(tx, viewer, word, *context, **more):
    """A filter of `viewer`, called by its word; its id."""
    keywords = [KeywordForm(keyword=word, whole_word=True)]
    form = FilterForm(title=word, context=list(context), keywords_attributes=keywords, **more)
    return int(filters.create(tx, viewer, form).id)


def titles(status):
    return [each["filter"]["title"] for each in status.get("filtered", ())]


@pytest.fixture
def cast(db):
    """Ada writes; Bob and Eve follow her, and Bob has a filter for each place."""

    def make(tx):
        ada, bob, eve = (people.make(tx, name) for name in ("ada", "bob", "eve"))
        stories.settle_in(tx, ada, bob, eve)
        for reader in (bob, eve):
            stories.follow(tx, reader, ada)
        for place in EVERYWHERE:
            look_for(tx, bob, f"no{place}", place)
        return ada, bob, eve

    return db.write_sync(make)


ALL = " ".join(f"no{place}" for place in EVERYWHERE)


def played(db, tmp_path, act):
    async def go():
        async with on_air(db, tmp_path) as air:
            await act(air)

    asyncio.run(go())


def test_every_stream_applies_the_filters_of_its_place(db, tmp_path, cast):
    """A word that somebody cannot bear is let through by a stream that knows nothing of filters;
    and a filter for one place must not hide things in another."""
    ada, bob, eve = cast

    def make(tx):
        row = {"id": new_id(tx.now), "account": bob.id, "title": "birds", "exclusive": False}
        tx.run(Query(insert(lists)), replies_policy="none", **row)
        tx.run(Query(insert(list_members)), list=row["id"], account=ada.id)
        return row["id"]

    def tagged(tx):
        post = stories.write(tx, ada, ALL)
        tags.put(tx, post, ["birds"])
        live.say(tx, live.PostAdded(post=post, author=ada.id))

    async def act(air):
        async with (
            air.connect(await air.token(bob), "/") as socket,
            air.connect(await air.token(eve), "/") as other,
        ):
            for each in (socket, other):
                for stream in ("user", "public", "public:local", "direct"):
                    await subscribe(each, stream)
            await subscribe(socket, "list", list=str(await db.write(make)))
            await subscribe(socket, "hashtag", tag="birds")
            post = await air.post(ada, ALL)
            await air.say(live.PostChanged(post=post, author=ada.id))
            await db.write(tagged)
            await air.post(ada, ALL, visibility=Visibility.DIRECT, named=(bob, eve))
            heard = await frames(socket)
            found = {
                (frame["stream"][0], frame["event"], *titles(json.loads(frame["payload"])))
                for frame in heard
            }
            assert found == {
                ("user", "update", "nohome"),
                ("user", "status.update", "nohome"),
                ("list", "update", "nohome"),
                ("list", "status.update", "nohome"),
                ("public", "update", "nopublic"),
                ("public", "status.update", "nopublic"),
                ("public:local", "update", "nopublic"),
                ("public:local", "status.update", "nopublic"),
                ("hashtag", "update", "nopublic"),
                ("direct", "update", "nothread"),
            }
            theirs = [json.loads(frame["payload"]) for frame in await frames(other)]
            assert len(theirs) >= 5
            assert all("filtered" not in status for status in theirs)

    played(db, tmp_path, act)


def test_a_changed_filter_and_server_sent_events(db, tmp_path, cast):
    """What was just forbidden must not come through a stream that was open before. What is to be
    hidden is marked so, as on a page: hiding is the app's part."""
    ada, bob, _ = cast

    def hide(tx):
        return look_for(tx, bob, "crossword", "home", filter_action="hide")

    async def act(air):
        headers = {"Authorization": f"Bearer {await air.token(bob)}"}
        async with (
            httpx.AsyncClient(headers=headers) as client,
            client.stream("GET", f"{air.url}/user") as answer,
        ):
            lines = (line async for line in answer.aiter_lines() if line.startswith("data: {"))

            async def heard(text):
                await air.post(ada, text)
                return titles(json.loads((await anext(lines)).removeprefix("data: ")))

            assert await heard("crossword") == []
            number = await db.write(hide)
            assert await heard("A CROSSWORD!") == ["crossword"]
            assert await heard("crosswords") == []
            await db.write(filters.delete, bob, number)
            assert await heard("crossword") == []

    played(db, tmp_path, act)


def test_notifications_and_conversations_carry_filters(db, tmp_path, cast):
    """A message with the word in it is a message that the reader did not want to see unasked."""
    ada, bob, _ = cast

    def tell(tx):
        post = stories.write(tx, ada, ALL, visibility=Visibility.DIRECT, named=(bob,))
        row = {"id": new_id(tx.now), "account": bob.id, "kind": "mention", "actor": ada.id}
        tx.run(Query(insert(notifications)), post=post, key="x", subject=None, **row)
        live.say(tx, live.NotificationAdded(account=bob.id, notification=row["id"]))
        conversations.add(tx, post)

    async def act(air):
        async with air.connect(await air.token(bob), "?stream=user:notification") as socket:
            await subscribe(socket, "direct")
            await db.write(tell)
            found = {}
            for _ in range(2):
                frame = await next_frame(socket)
                found[frame["event"]] = frame["payload"]
            assert titles(found["notification"]["status"]) == ["nonotifications"]
            assert titles(found["conversation"]["last_status"]) == ["nothread"]

    played(db, tmp_path, act)


def test_a_stream_says_of_a_status_what_the_page_says(tx, ada, bob, eve):
    """The bytes are put together by hand: one inside another, with quotes and words like ours."""
    stories.follow(tx, bob, ada)
    stories.settle_in(tx, bob)
    quoted = publish(tx, eve, Draft(text='quoted ,"quote_approval":{ fish'))
    plain = publish(tx, ada, Draft(text='fish ,"quote_approval":{', quoted=quoted.id))
    look_for(tx, bob, "fish", "home")
    look_for(tx, ada, "fish", "home")
    boost = stories.publish(tx, eve, boost_of=plain.id)
    listening = {who.id: {"home"} for who in (ada, bob, eve)}
    for post in (plain.id, boost):
        shared = for_stream(tx, post)
        own = filtered.marked(tx, post, shared, listening)
        assert set(own) == {(bob.id, "home")}  # not to who wrote it
        told = msgspec.json.decode(own[bob.id, "home"])
        about = subject(card_for_all(tx, post))
        rows = [row for row in reads.public(tx, bob, Window()) if row[0] == about]
        (page,) = msgspec.json.decode(serialize.shown(tx, bob, rows, "home").body)
        assert told["filtered"] == page["filtered"]
        assert titles(told) == ["fish"]
        if told["reblog"]:
            assert told["reblog"].pop("filtered") == told["filtered"]
        del told["filtered"]
        assert told == msgspec.json.decode(shared)


def test_who_has_no_filters_costs_one_statement(tx, ada, bob):
    """Thousands listen, and an event comes many times a second."""
    post = stories.write(tx, ada, "fish")
    shared = for_stream(tx, post)
    asked = tx.queries
    assert filtered.marked(tx, post, shared, {bob.id: {"home"}, ada.id: {"home"}}) == {}
    assert tx.queries - asked == 1
    assert filtered.marked(tx, post + 1, shared, {bob.id: {"home"}}) == {}
