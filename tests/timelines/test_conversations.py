"""Conversations: direct posts by who takes part, each as one of them may see it."""

import asyncio

import msgspec
import pytest
import stories
from air import next_frame, on_air
from sqlalchemy import delete, select

import people
from app import Client
from whimbrel.accounts import tokens
from whimbrel.accounts.events import Blocked
from whimbrel.accounts.tables import accounts
from whimbrel.core.errors import NotFound
from whimbrel.posts.events import PostDeleted, PostEdited, PostPublished
from whimbrel.posts.queries import writing
from whimbrel.posts.rules import Visibility
from whimbrel.posts.tables import posts
from whimbrel.timelines import api, conversations, live, notify
from whimbrel.timelines.queries import conversations as queries
from whimbrel.timelines.rules import Window
from whimbrel.timelines.tables import conversation_posts
from whimbrel.timelines.tables import conversations as table


@pytest.fixture
def cast(tx):
    return friends(tx)


def friends(tx):
    """Three who follow each other, so that nothing is held back."""
    cast = [people.make(tx, name) for name in ("ada", "bob", "eve")]
    for one in cast:
        for other in cast:
            if one is not other:
                stories.follow(tx, one, other)
    return cast


def say(tx, author, *named, **facts):
    """A direct post, with the handler run twice."""
    facts = {"visibility": Visibility.DIRECT, **facts}
    post = stories.write(tx, author, named=named, **facts)
    for _ in range(2):
        notify.tell_of_post(tx, PostPublished(post=post, author=author.id))
    return post


def erase(tx, author, post):
    tx.run(delete(posts).where(posts.c.id == post))
    event = PostDeleted(post=post, author=author.id, uri="", visibility=3, local=True)
    for _ in range(2):
        conversations.forget_post(tx, event)


def shown(tx, viewer, **window):
    return msgspec.json.decode(conversations.page(tx, viewer, Window(**window)).body)


def brief(tx, viewer):
    """(who else, last status, unread) of each."""
    return [
        (
            sorted(each["acct"] for each in one["accounts"]),
            one["last_status"] and int(one["last_status"]["id"]),
            one["unread"],
        )
        for one in shown(tx, viewer)
    ]


def test_each_has_it_with_the_others(tx, cast):
    """One thread among the same people is one line; other people make another."""
    ada, bob, eve = cast
    first = say(tx, ada, bob)
    assert brief(tx, ada) == [(["bob"], first, False)]
    assert brief(tx, bob) == [(["ada"], first, True)]
    answer = say(tx, bob, ada, reply_to=first, reply_to_author=ada.id)
    assert brief(tx, ada) == [(["bob"], answer, True)]
    assert brief(tx, bob) == [(["ada"], answer, False)]
    wider = say(tx, bob, ada, eve, reply_to=first, reply_to_author=ada.id)
    assert brief(tx, ada) == [(["bob", "eve"], wider, True), (["bob"], answer, True)]
    assert brief(tx, eve) == [(["ada", "bob"], wider, True)]
    other = say(tx, ada, bob)
    assert [last for _, last, _ in brief(tx, bob)] == [other, wider, answer]
    say(tx, ada, bob, visibility=Visibility.PRIVATE)
    assert len(shown(tx, bob)) == 3


def test_a_note_to_oneself(tx, cast):
    """Nobody else is in it, so apps are shown oneself."""
    ada, *_ = cast
    post = say(tx, ada)
    assert brief(tx, ada) == [(["ada"], post, False)]


def test_read_and_unread_and_removed(tx, cast):
    """Only one's own; the next post brings a removed one back with itself alone."""
    ada, bob, eve = cast
    first = say(tx, ada, bob)
    (one,) = shown(tx, bob)
    id_ = int(one["id"])
    assert set(one) == {"id", "unread", "accounts", "last_status"}
    assert msgspec.json.decode(conversations.read(tx, bob, id_))["unread"] is False
    assert msgspec.json.decode(conversations.unread(tx, bob, id_)) == one
    for act in (conversations.read, conversations.unread, conversations.remove):
        for which in (id_, 1):
            with pytest.raises(NotFound):
                act(tx, eve, which)
    assert shown(tx, bob) == [one]
    conversations.remove(tx, bob, id_)
    assert shown(tx, bob) == []
    assert len(shown(tx, ada)) == 1
    again = say(tx, ada, bob, reply_to=first, reply_to_author=ada.id)
    assert brief(tx, bob) == [(["ada"], again, True)]


def test_a_deleted_post_gives_way_to_the_one_before(tx, cast):
    """And with the last of them the conversation ends, for everybody."""
    ada, bob, _ = cast
    first = say(tx, ada, bob)
    second = say(tx, ada, bob, reply_to=first, reply_to_author=ada.id)
    erase(tx, ada, second)
    assert [last for _, last, _ in brief(tx, bob)] == [first]
    tx.run(delete(posts).where(posts.c.id == first))
    assert brief(tx, bob) == [(["ada"], None, True)], "before the handler has run"
    erase(tx, ada, first)
    assert brief(tx, ada) == brief(tx, bob) == []
    assert tx.rows(select(table.c.id)) == []


def test_whom_one_blocks_or_mutes(tx, cast):
    """A block ends it; a mute lets nothing new in and shows what others said."""
    ada, bob, eve = cast
    first = say(tx, ada, bob, eve)
    said = say(tx, eve, bob, ada, reply_to=first, reply_to_author=ada.id)
    assert [last for _, last, _ in brief(tx, bob)] == [said]
    stories.mute(tx, bob, eve)
    assert [last for _, last, _ in brief(tx, bob)] == [first]
    say(tx, eve, bob, ada, reply_to=first, reply_to_author=ada.id)
    assert [last for _, last, _ in brief(tx, bob)] == [first]
    stories.block(tx, eve, bob)
    conversations.forget_blocked(tx, Blocked(account=bob.id, target=ada.id))
    assert brief(tx, bob) == []
    assert len(shown(tx, ada)) == 1


def test_what_is_not_to_be_seen_any_more_is_not_shown(tx, cast):
    """Ada blocked Bob: he has lost what she wrote, not the fact that they spoke."""
    ada, bob, _ = cast
    say(tx, ada, bob)
    stories.block(tx, ada, bob)
    assert brief(tx, bob) == [(["ada"], None, True)]


def test_strangers_wait_outside(tx, cast):
    """A direct post of a stranger is held back, and so is the conversation; the author has it."""
    ada, *_ = cast
    stranger = people.make(tx, "stranger")
    post = say(tx, stranger, ada)
    assert brief(tx, ada) == []
    assert brief(tx, stranger) == [(["ada"], post, False)]


def test_who_is_named_later_joins(tx, cast):
    """An edit that names somebody more; who had it already has it once."""
    ada, bob, eve = cast
    post = say(tx, ada, bob)
    writing.mention(tx, post, [bob.id, eve.id])
    for _ in range(2):
        notify.tell_of_edit(tx, PostEdited(post=post, author=ada.id))
    assert brief(tx, eve) == [(["ada", "bob"], post, True)]
    assert brief(tx, bob) == [(["ada"], post, True)]


def test_pages(tx, cast):
    """By the newest post of each, down and back up."""
    ada, bob, _ = cast
    made = [say(tx, ada, bob) for _ in range(5)]

    def lasts(**window):
        return [int(each["last_status"]["id"]) for each in shown(tx, bob, **window)]

    assert lasts(most=2) == made[:2:-1]
    assert lasts(most=2, high=made[3]) == [made[2], made[1]]
    assert lasts(most=2, low=made[0], ascending=True) == [made[2], made[1]]
    assert lasts(low=made[4]) == []


def test_nothing_is_left_of_who_leaves(tx, cast):
    """The row of an erased account takes its conversations along; those of others stay."""
    ada, bob, eve = cast
    say(tx, ada, bob, eve)
    tx.run(delete(posts).where(posts.c.author == bob.id))
    tx.run(delete(accounts).where(accounts.c.id == bob.id))
    assert {row[0] for row in tx.rows(select(table.c.account))} == {ada.id, eve.id}
    assert [names for names, *_ in brief(tx, ada)] == [["eve"]]


def test_over_http(db, tmp_path):
    """As an app calls it: a trailing slash, Link, and what strangers get."""
    with Client(db, tmp_path, api.ROUTES) as client:
        ada, bob, _ = client.do(friends)
        for name, viewer in (("ada", ada), ("bob", bob)):
            client.tokens[name] = client.do(tokens.issue, viewer.id, "read write")
        first = client.do(say, ada, bob)
        second = client.do(say, ada, bob)
        answer = client.ask("GET", "/api/v1/conversations?limit=1", "bob")
        assert [each["last_status"]["id"] for each in answer.json()] == [str(second)]
        assert f"max_id={second}" in answer.headers["link"]
        (older,) = client.get(f"/api/v1/conversations?max_id={second}", "bob")
        assert older["last_status"]["id"] == str(first)
        path = f"/api/v1/conversations/{older['id']}"
        assert client.ask("POST", f"{path}/read", "bob").json()["unread"] is False
        assert client.ask("POST", f"{path}/unread", "bob").json()["unread"] is True
        assert client.ask("DELETE", path, "ada").status_code == 404
        assert client.ask("DELETE", path, "bob").json() == {}
        assert client.ask("POST", f"{path}/read", "bob").status_code == 404
        assert client.ask("GET", "/api/v1/conversations").status_code == 401


def test_it_is_told_on_the_stream(db, tmp_path):
    """Who has the list open sees it move, and nobody else's."""
    ada, bob, eve = db.write_sync(friends)

    async def go():
        async with on_air(db, tmp_path) as air:
            hers = air.connect(await air.token(eve), "?stream=direct")
            his = air.connect(await air.token(bob), "?stream=direct")
            async with his as socket, hers as other:
                await asyncio.sleep(0.05)
                post = await db.write(say, ada, bob)
                frame = await next_frame(socket)
                assert (frame["stream"], frame["event"]) == (["direct"], "conversation")
                assert frame["payload"]["last_status"]["id"] == str(post)
                await air.say(live.NotificationsMerged(account=bob.id))
                await db.write(say, ada, eve)
                assert (await next_frame(other))["payload"]["accounts"][0]["acct"] == "ada"

    asyncio.run(go())


def test_it_is_told_once(tx, cast):
    """A handler that runs again after a crash says nothing new."""
    ada, bob, _ = cast
    tx.said.clear()
    post = say(tx, ada, bob)
    said = [live.heard(raw) for _, raw in tx.said]
    changed = [each.account for each in said if isinstance(each, live.ConversationChanged)]
    assert sorted(changed) == sorted([ada.id, bob.id])
    assert queries.has_post(tx, bob.id, post)
    assert len(tx.rows(select(conversation_posts.c.post))) == 2
