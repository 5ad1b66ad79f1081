"""Single statuses and conversations: as public timelines show them, so that a link is no way round
what somebody filtered out."""

import asyncio

import msgspec
import pytest
import stories

import people
from app import Client
from whimbrel.accounts.rules import STRANGER
from whimbrel.core.errors import NotFound
from whimbrel.timelines import api, filters, serialize
from whimbrel.timelines.api import HOT_AROUND
from whimbrel.timelines.filters import FilterForm, KeywordForm


def form(word="butler", context=("thread",), action="warn"):
    return FilterForm(
        title="spoilers",
        context=list(context),
        filter_action=action,
        keywords_attributes=[KeywordForm(keyword=word, whole_word=True)],
    )


def titles(status):
    return [each["filter"]["title"] for each in status["filtered"]]


def test_a_thread_is_filtered_where_the_filter_says_so(db, tmp_path):
    """Who warned themselves of an ending would read it by opening the conversation."""
    with Client(db, tmp_path, api.ROUTES, "ada", "bob") as client:
        ada, bob = client.people["ada"], client.people["bob"]
        root = client.do(stories.write, ada, "who did it?")
        answer = client.do(stories.write, ada, "the butler", reply_to=root, thread=root)
        own = client.do(stories.write, bob, "the butler!", reply_to=answer, thread=root)
        client.do(filters.create, bob, form(context=["home"]))
        one = f"/api/v1/statuses/{answer}"
        assert titles(client.get(one, "bob")) == []
        client.do(filters.create, bob, form())
        found = client.get(one, "bob")
        assert titles(found) == ["spoilers"]
        assert found["filtered"][0]["keyword_matches"] == ["butler"]
        assert titles(client.get(f"/api/v1/statuses/{own}", "bob")) == []
        around = client.get(f"/api/v1/statuses/{root}/context", "bob")["descendants"]
        assert [titles(each) for each in around] == [["spoilers"], []]
        above = client.get(f"/api/v1/statuses/{own}/context", "bob")["ancestors"]
        assert [titles(each) for each in above] == [[], ["spoilers"]]
        many = client.get("/api/v1/statuses", "bob", params={"id[]": [own, answer, 5]})
        assert [titles(each) for each in many] == [[], ["spoilers"]]
        assert titles(client.get(one, "ada")) == []
        assert "filtered" not in client.get(one)
        hot = client.hot(HOT_AROUND["/api/v1/statuses/", ""](str(answer)), one, "bob")
        assert msgspec.json.decode(hot["body"]) == found


def test_a_boost_is_filtered_as_what_it_repeats(tx, ada, bob, eve):
    """And nothing that is not there can be told from what may not be seen."""
    boost = stories.write(tx, eve, boost_of=stories.write(tx, ada, "the butler"))
    filters.create(tx, bob, form())
    told = msgspec.json.decode(serialize.one(tx, bob, boost))
    assert titles(told) == titles(told["reblog"]) == ["spoilers"]
    stories.block(tx, ada, bob)
    for viewer, post in ((bob, boost), (bob, 7), (STRANGER, 7)):
        with pytest.raises(NotFound):
            serialize.one(tx, viewer, post)


def test_filters_of_nobody_cost_nothing(db):
    """Most people have none: a status is one statement for them, as before there were filters."""
    ada, bob = (db.write_sync(people.make, name) for name in ("ada", "bob"))
    post = db.write_sync(lambda tx: stories.write(tx, ada, "the butler"))

    def cost(tx):
        serialize.one(tx, bob, post)
        return tx.queries

    async def asked():
        return [await db.read(cost) for _ in range(2)]

    assert asyncio.run(asked())[1] == 1
    db.write_sync(lambda tx: filters.create(tx, bob, form()))
    assert asyncio.run(asked())[1] == 1
