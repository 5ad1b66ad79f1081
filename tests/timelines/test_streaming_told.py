"""What one is told of oneself while an app is open: of lost follows, and of collections."""

import asyncio

import pytest
import stories
from air import frames, next_frame, on_air

import people
from whimbrel.accounts import domains
from whimbrel.accounts.events import DomainBlocked, TiesSevered
from whimbrel.accounts.queries import graph
from whimbrel.accounts.queries.graph import Wish
from whimbrel.collections import collect
from whimbrel.collections.collect import Form
from whimbrel.collections.events import AddedToCollection, CollectionRenamed
from whimbrel.timelines import collected, notify

HANDLERS = {
    TiesSevered: notify.tell_of_severed,
    AddedToCollection: collected.tell_of_adding,
    CollectionRenamed: collected.tell_of_change,
}


def lose(tx, who):
    """Somebody blocks a server, and with it whom they follow there."""
    graph.add_follow(tx, who.id, people.elsewhere(tx, "kit").id, Wish())
    domains.part(tx, DomainBlocked(account=who.id, domain="far.example"))
    settle(tx)


def add(tx, owner, who):
    made = collect.create(tx, owner, Form(name="Birders", account_ids=[str(who.id)]))
    settle(tx)
    return made.id


def rename(tx, owner, collection):
    collect.update(tx, owner, collection, Form(name="Waders"))
    settle(tx)


def settle(tx):
    for event in list(tx.emitted):
        if type(event) in HANDLERS:
            HANDLERS[type(event)](tx, event)


@pytest.fixture
def cast(db):
    """Ada, whom it is about; Bob, who collects people; Eve, a stranger. All have homes."""

    def make(tx):
        found = [people.make(tx, name) for name in ("ada", "bob", "eve")]
        stories.settle_in(tx, *found)
        return found

    return db.write_sync(make)


def test_who_it_is_about_hears_of_it_and_nobody_else(db, tmp_path, cast):
    """Whole, so that the app need not ask again. Whom somebody lost is nobody else's business, and
    who collects people is not told of what they did themselves."""
    ada, bob, eve = cast

    async def heard(socket):
        frame = await next_frame(socket)
        assert (frame["stream"], frame["event"]) == (["user"], "notification")
        return frame["payload"]

    async def act(air):
        query = "?stream=user"
        async with (
            air.connect(await air.token(ada), query) as concerned,
            air.connect(await air.token(bob), query) as collector,
            air.connect(await air.token(eve), query) as stranger,
            air.connect(await air.token(ada, "read:statuses"), query) as narrow,
        ):
            await asyncio.sleep(0.05)
            await db.write(lose, ada)
            told = await heard(concerned)
            assert (told["type"], told["account"]["id"]) == ("severed_relationships", str(ada.id))
            lost = told["event"]
            assert (lost["target_name"], lost["following_count"]) == ("far.example", 1)
            collection = await db.write(add, bob, ada)
            told = await heard(concerned)
            assert (told["type"], told["account"]["id"]) == ("added_to_collection", str(bob.id))
            assert told["collection"]["name"] == "Birders"
            await db.write(rename, bob, collection)
            told = await heard(concerned)
            assert (told["type"], told["account"]["id"]) == ("collection_update", str(bob.id))
            assert told["collection"]["name"] == "Waders"
            silent = (frames(each) for each in (concerned, collector, stranger, narrow))
            assert await asyncio.gather(*silent) == [[], [], [], []]

    async def go():
        async with on_air(db, tmp_path) as air:
            await act(air)

    asyncio.run(go())
