"""The JSON that strict apps decode, and the bounded memory behind it."""

import asyncio

import pytest
from conversations import shown, uploaded

import people
from whimbrel.accounts.tables import emojis
from whimbrel.core.engines import Query, insert
from whimbrel.core.errors import Conflict
from whimbrel.core.ids import new_id
from whimbrel.posts import serialize
from whimbrel.posts.boost import boost
from whimbrel.posts.edit import edit
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft
from whimbrel.posts.serialize import Cache

ADD_EMOJI = Query(insert(emojis, ("id", "shortcode", "media", "category")))
KEYS = {
    *("id", "created_at", "in_reply_to_id", "in_reply_to_account_id", "sensitive", "spoiler_text"),
    *("visibility", "language", "uri", "url", "replies_count", "reblogs_count", "edited_at"),
    *(
        "favourites_count",
        "content",
        "reblog",
        "account",
        "media_attachments",
        "mentions",
        "tagged_collections",
        "tags",
    ),
    *("emojis", "card", "poll", "quote", "application", "favourited", "reblogged", "muted"),
    *("bookmarked", "filtered", "quotes_count", "quote_approval"),
}


def test_every_key_is_there(tx, ada, bob):
    """Tusky, Swift and Dart decode strictly: a key that is left out is a crash."""
    post = publish(tx, ada, Draft(text="x"))
    status = shown(tx, bob, post.id)
    assert set(status) == KEYS
    nulls = {key for key, value in status.items() if value is None}
    assert nulls == {
        *("in_reply_to_id", "in_reply_to_account_id", "edited_at", "reblog"),
        *("card", "poll", "quote"),
    }
    around = shown(tx, bob, boost(tx, bob, post.id))
    assert set(around) == KEYS - {"application"}
    assert set(around["reblog"]) == KEYS


def test_own_emojis_come_with_the_post(tx, ada):
    """Apps draw `:wader:` only when told where the picture is."""
    picture = uploaded(tx, ada)
    tx.run(ADD_EMOJI, id=new_id(tx.now), shortcode="wader", media=picture, category=None)
    post = publish(tx, ada, Draft(text="a :wader: and a :nothing:"))
    (emoji,) = shown(tx, ada, post.id)["emojis"]
    assert emoji["shortcode"] == "wader"
    assert emoji["url"].startswith("https://social.example/media/")


def test_the_cache_is_bounded_and_keeps_what_is_asked_for():
    """A busy server must not fill its memory, nor forget what everybody reads."""
    cache = Cache(200_000, len)
    made = b"x" * 1000
    for n in range(2000):
        cache.put((n, 1, 1, 1), made)
        assert cache.get((0, 1, 1, 1)) is made
    assert cache.get((1, 1, 1, 1)) is None
    assert len(cache._young) + len(cache._old) < 130


def test_an_edit_that_is_rolled_back_leaves_no_bytes(db):
    """Its revision will be another's: whoever reads then must not get words nobody published."""

    def prepared(tx):
        ada = people.make(tx, "ada")
        return ada, publish(tx, ada, Draft(text="first")).id

    def given_up(tx, text):
        edit(tx, ada, post, Draft(text=text))
        serialize.one(tx, ada, post)
        raise Conflict

    ada, post = db.write_sync(prepared)
    with pytest.raises(Conflict):
        db.write_sync(given_up, "never published")
    db.write_sync(edit, ada, post, Draft(text="second"))
    assert "second" in db.write_sync(shown, ada, post)["content"]


def test_what_is_read_is_rendered_once(db):
    """The second reader costs one statement, as does everybody after."""

    def written(tx):
        ada = people.make(tx, "ada")
        return ada, publish(tx, ada, Draft(text="x")).id

    def statements(tx):
        serialize.one(tx, ada, post)
        return tx.queries

    async def twice():
        return [await db.read(statements) for _ in range(2)]

    ada, post = db.write_sync(written)
    assert asyncio.run(twice()) == [2, 1]
