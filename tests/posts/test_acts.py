"""What people do with posts: boosts, marks, pins, votes, edits, erasure. Events are named."""

import asyncio
import json

import pytest
from conversations import befriend, block, shown
from sqlalchemy import func, select

import people
from whimbrel.accounts import queries as accounts
from whimbrel.accounts.events import AccountErased
from whimbrel.core.errors import Forbidden, Invalid, NotFound
from whimbrel.posts import marks, poll, queries, serialize
from whimbrel.posts.boost import boost, unboost
from whimbrel.posts.delete import delete, erase_all_of, erase_more
from whimbrel.posts.edit import edit
from whimbrel.posts.events import (
    Favourited,
    PollEnds,
    PostDeleted,
    PostEdited,
    PostPublished,
    PostsLeft,
    PostTouched,
    Unfavourited,
)
from whimbrel.posts.publish import publish
from whimbrel.posts.queries import tags
from whimbrel.posts.rules import Draft, Mark, PollDraft, Visibility
from whimbrel.posts.tables import posts

TEA = PollDraft(options=("tea", "coffee", "milk"), expires_in=600)


# ----------------------------------------------------------------------------- boosts


def test_a_boost_is_a_post_around_a_post(tx, ada, bob):
    """Apps show `reblog` and act on it."""
    post = publish(tx, ada, Draft(text="hello"))
    again = boost(tx, bob, post.id)
    assert tx.emitted[-1] == PostPublished(post=again, author=bob.account, boost_of=post.id)
    status = shown(tx, bob, again)
    assert status["account"]["acct"] == "bob"
    assert status["reblogged"] is status["reblog"]["reblogged"] is True
    assert (status["reblog"]["id"], status["reblog"]["reblogs_count"]) == (str(post.id), 1)
    assert accounts.by_id(tx, bob.account).statuses == 1


def test_boosting_twice_is_boosting_once(tx, ada, bob):
    """An impatient thumb must not count twice; a boost of a boost is one of the original."""
    post = publish(tx, ada, Draft(text="hello"))
    first = boost(tx, bob, post.id)
    assert boost(tx, bob, post.id) == boost(tx, bob, first) == first
    assert shown(tx, ada, post.id)["reblogs_count"] == 1


def test_taking_a_boost_back(tx, ada, bob):
    """By the id of either; the numbers come back."""
    post = publish(tx, ada, Draft(text="hello"))
    first = boost(tx, bob, post.id)
    assert unboost(tx, bob, first) == post.id
    assert isinstance(tx.emitted[-1], PostDeleted)
    assert (tx.emitted[-1].post, tx.emitted[-1].boost_of) == (first, post.id)
    told = len(tx.emitted)
    unboost(tx, bob, post.id)
    assert len(tx.emitted) == told
    status = shown(tx, bob, post.id)
    assert (status["reblogs_count"], status["reblogged"]) == (0, False)
    assert accounts.by_id(tx, bob.account).statuses == 0


def test_what_may_be_boosted(tx, ada, bob):
    """A follower must not carry a private post out; its author may show it again to followers."""
    befriend(tx, bob, ada)
    private = publish(tx, ada, Draft(text="friends", visibility=Visibility.PRIVATE))
    with pytest.raises(Forbidden):
        boost(tx, bob, private.id)
    assert shown(tx, ada, boost(tx, ada, private.id))["visibility"] == "private"
    direct = publish(tx, ada, Draft(text="@bob", visibility=Visibility.DIRECT))
    for viewer in (ada, bob):
        with pytest.raises(Forbidden):
            boost(tx, viewer, direct.id)


def test_your_boost_is_gone_when_its_author_blocks_you(tx, ada, bob):
    """Else the blocked would keep a window to the post, and its id as a handle."""
    post = publish(tx, ada, Draft(text="hello"))
    again = boost(tx, bob, post.id)
    block(tx, ada, bob)
    for act in (
        lambda: serialize.one(tx, bob, again),
        lambda: boost(tx, bob, post.id),
        lambda: unboost(tx, bob, again),
        lambda: delete(tx, bob, again),
        lambda: marks.mark(tx, bob, post.id, Mark.FAVOURITE),
    ):
        with pytest.raises(NotFound):
            act()


# ----------------------------------------------------------------------------- marks


def test_a_favourite_counts_once(tx, ada, bob):
    """And says so once, whatever is pressed how often."""
    post = publish(tx, ada, Draft(text="hello"))
    told = len(tx.emitted)
    for _ in range(2):
        marks.mark(tx, bob, post.id, Mark.FAVOURITE)
    for _ in range(2):
        marks.mark(tx, bob, post.id, Mark.BOOKMARK)
    status = shown(tx, bob, post.id)
    assert (status["favourites_count"], status["favourited"], status["bookmarked"]) == (1, 1, 1)
    assert shown(tx, ada, post.id)["favourited"] is False
    for _ in range(2):
        marks.unmark(tx, bob, post.id, Mark.FAVOURITE)
    assert shown(tx, bob, post.id)["favourites_count"] == 0
    who = {"post": post.id, "author": ada.account, "account": bob.account}
    kept = PostTouched(post=post.id)
    assert tx.emitted[told:] == [Favourited(**who), kept, Unfavourited(**who)]
    for _ in range(2):
        marks.unmark(tx, bob, post.id, Mark.BOOKMARK)
    assert tx.emitted[told + 3 :] == [kept]


def test_many_at_once_are_all_counted(db):
    """A number that drifts is never right again."""

    def prepared(tx):
        ada = people.make(tx, "ada")
        return publish(tx, ada, Draft(text="x")).id, [people.make(tx, f"p{n}") for n in range(16)]

    post, readers = db.write_sync(prepared)

    async def race():
        acts = [(marks.mark, one, post, Mark.FAVOURITE) for one in readers for _ in range(2)]
        acts += [(boost, one, post) for one in readers for _ in range(2)]
        await asyncio.gather(*(db.write(*act) for act in acts))
        return json.loads(await db.read(serialize.one, readers[0], post))

    status = asyncio.run(race())
    assert (status["favourites_count"], status["reblogs_count"]) == (16, 16)


def test_pins(tx, ada, bob):
    """Five of one's own that others can read, no boosts."""
    mine = [publish(tx, ada, Draft(text=f"{n}")).id for n in range(6)]
    for post in [*mine[:5], mine[0]]:
        marks.pin(tx, ada, post)
    assert shown(tx, ada, mine[0])["pinned"] is True
    with pytest.raises(Invalid, match="maximum"):
        marks.pin(tx, ada, mine[5])
    with pytest.raises(Invalid, match="Someone else"):
        marks.pin(tx, bob, mine[5])
    with pytest.raises(Invalid, match="boost"):
        marks.pin(tx, ada, boost(tx, ada, mine[5]))
    direct = publish(tx, ada, Draft(text="@bob", visibility=Visibility.DIRECT))
    with pytest.raises(Invalid):
        marks.pin(tx, ada, direct.id)
    marks.unpin(tx, ada, mine[0])
    assert shown(tx, ada, mine[0])["pinned"] is False
    assert "pinned" not in shown(tx, bob, mine[1])


def test_a_muted_thread_is_marked_in_all_of_it(tx, ada, bob):
    """Apps offer to unmute by this key."""
    root = publish(tx, ada, Draft(text="root"))
    reply = publish(tx, bob, Draft(text="r", reply_to=root.id))
    marks.mute_thread(tx, ada, reply.id)
    assert shown(tx, ada, root.id)["muted"] is True
    marks.unmute_thread(tx, ada, root.id)
    assert shown(tx, ada, reply.id)["muted"] is False


# ----------------------------------------------------------------------------- polls


def test_a_vote_counts_and_shows_to_the_voter(tx, ada, bob):
    """Everybody sees the numbers, only the voter sees the choice."""
    asked = publish(tx, ada, Draft(text="?", poll=TEA))
    poll.vote(tx, bob, asked.poll, [1])
    seen = shown(tx, bob, asked.id)["poll"]
    assert (seen["voted"], seen["own_votes"], seen["votes_count"]) == (True, [1], 1)
    assert [option["votes_count"] for option in seen["options"]] == [0, 1, 0]
    assert "voted" not in json.loads(serialize.for_stream(tx, asked.id))["poll"]


def test_votes_that_do_not_count(tx, ada, bob, eve, clock):
    """Twice, two of one, none, what is not there, one's own, too late."""
    asked = publish(tx, ada, Draft(text="?", poll=TEA))
    for viewer, choices in ((ada, [0]), (bob, [0, 1]), (bob, []), (bob, [3]), (bob, [-1])):
        with pytest.raises(Invalid):
            poll.vote(tx, viewer, asked.poll, choices)
    poll.vote(tx, bob, asked.poll, [0])
    with pytest.raises(Invalid, match="already voted"):
        poll.vote(tx, bob, asked.poll, [1])
    tx.ms += 601_000
    with pytest.raises(Invalid, match="ended"):
        poll.vote(tx, eve, asked.poll, [1])
    assert shown(tx, bob, asked.id)["poll"]["expired"] is True


def test_voting_in_a_hidden_poll_is_not_found(tx, ada, eve):
    """A poll's id must not open what its post closes."""
    asked = publish(tx, ada, Draft(text="?", poll=TEA, visibility=Visibility.PRIVATE))
    with pytest.raises(NotFound):
        poll.vote(tx, eve, asked.poll, [0])


def test_hidden_totals_come_out_at_the_end(tx, ada, bob):
    """Run twice, the clock ends in the same state."""
    draft = PollDraft(options=("a", "b"), expires_in=600, hide_totals=True, multiple=True)
    asked = publish(tx, ada, Draft(text="?", poll=draft))
    poll.vote(tx, bob, asked.poll, [0, 1])
    seen = shown(tx, bob, asked.id)["poll"]
    assert [option["votes_count"] for option in seen["options"]] == [None, None]
    poll.close(tx, PollEnds(poll=asked.poll, post=asked.id))
    assert shown(tx, bob, asked.id)["poll"]["expired"] is False
    tx.ms += 600_000
    for _ in range(2):
        poll.close(tx, PollEnds(poll=asked.poll, post=asked.id))
    seen = shown(tx, bob, asked.id)["poll"]
    assert ([option["votes_count"] for option in seen["options"]], seen["expired"]) == ([1, 1], 1)


def test_two_votes_of_one_person_at_once(db):
    """Only one of them counts."""

    def prepared(tx):
        ada, bob = people.make(tx, "ada"), people.make(tx, "bob")
        return bob, publish(tx, ada, Draft(text="?", poll=TEA))

    bob, asked = db.write_sync(prepared)

    async def race():
        votes = (db.write(poll.vote, bob, asked.poll, [n % 3]) for n in range(8))
        done = await asyncio.gather(*votes, return_exceptions=True)
        return done, json.loads(await db.read(serialize.one, bob, asked.id))

    done, status = asyncio.run(race())
    assert sum(isinstance(one, Invalid) for one in done) == 7
    assert (status["poll"]["votes_count"], status["poll"]["voters_count"]) == (1, 1)


# ----------------------------------------------------------------------------- edits


def test_an_edit_is_seen_at_once(tx, ada, bob):
    """The bytes of the old revision must never be served again."""
    post = publish(tx, ada, Draft(text="old #one"))
    assert "old" in shown(tx, bob, post.id)["content"]
    tx.ms += 1000
    edit(tx, ada, post.id, Draft(text="new #two @bob"))
    assert tx.emitted[-1] == PostEdited(post=post.id, author=ada.account)
    status = shown(tx, bob, post.id)
    assert "old" not in json.dumps(status)
    assert [tag["name"] for tag in status["tags"]] == ["two"]
    assert status["edited_at"] == "2026-11-25T12:00:01.000Z"
    assert [one["acct"] for one in status["mentions"]] == ["bob"]


def test_an_edit_of_nothing_is_none(tx, ada):
    """Nobody is told that a post changed when it did not."""
    post = publish(tx, ada, Draft(text="same"))
    told = len(tx.emitted)
    assert edit(tx, ada, post.id, Draft(text="same")) == post
    assert len(tx.emitted) == told


def test_only_the_author_edits(tx, ada, bob):
    """Told like an absent post; a boost has nothing to edit; the rules are those of writing."""
    post = publish(tx, ada, Draft(text="mine"))
    with pytest.raises(NotFound):
        edit(tx, bob, post.id, Draft(text="yours"))
    with pytest.raises(Invalid):
        edit(tx, ada, post.id, Draft(text=" "))
    with pytest.raises(Invalid):
        edit(tx, ada, boost(tx, ada, post.id), Draft(text="more"))


def test_another_question_begins_anew(tx, ada, bob):
    """Votes for one thing must not become votes for another."""
    asked = publish(tx, ada, Draft(text="?", poll=TEA))
    poll.vote(tx, bob, asked.poll, [1])
    edit(tx, ada, asked.id, Draft(text="??", poll=TEA))
    assert shown(tx, bob, asked.id)["poll"]["votes_count"] == 1
    other = PollDraft(options=("tea", "water"), expires_in=600)
    edit(tx, ada, asked.id, Draft(text="??", poll=other))
    seen = shown(tx, bob, asked.id)["poll"]
    assert (seen["votes_count"], seen["voted"], len(seen["options"])) == (0, False, 2)
    edit(tx, ada, asked.id, Draft(text="no question"))
    assert shown(tx, bob, asked.id)["poll"] is None


# ----------------------------------------------------------------------------- erasure


def test_an_erased_post_is_gone_with_its_key(tx, ada, bob):
    """Row, boosts, marks and key go; the answer is what it takes to write it again."""
    root = publish(tx, bob, Draft(text="root"))
    post = publish(tx, ada, Draft(text="oops #tag @bob", reply_to=root.id))
    reply = publish(tx, bob, Draft(text="what?", reply_to=post.id))
    again = boost(tx, bob, post.id)
    marks.mark(tx, bob, post.id, Mark.FAVOURITE)
    tagged = tags.of_post(tx, post.id)
    deleted = json.loads(delete(tx, ada, post.id).status)
    assert (deleted["id"], deleted["text"]) == (str(post.id), "oops #tag @bob")
    assert post.slot in tx.shreds and len(tx.shreds) == 2, "its own key and its tag's"
    (told,) = (each for each in tx.emitted if isinstance(each, PostDeleted))
    assert told == PostDeleted(
        post=post.id,
        author=ada.account,
        uri=f"https://social.example/ap/users/{ada.id}/statuses/{post.id}",
        visibility=0,
        local=True,
        tags=tuple(tagged),
        mentions=(bob.account,),
        reply_to=root.id,
    )
    for gone in (post.id, again):
        with pytest.raises(NotFound):
            serialize.one(tx, bob, gone)
    assert accounts.by_id(tx, ada.account).statuses == 0
    assert accounts.by_id(tx, bob.account).statuses == 2
    assert shown(tx, bob, root.id)["replies_count"] == 0
    assert shown(tx, bob, reply.id)["in_reply_to_id"] is None


def test_only_the_author_erases(tx, ada, bob):
    """Told like an absent post."""
    post = publish(tx, ada, Draft(text="mine"))
    with pytest.raises(NotFound):
        delete(tx, bob, post.id)


def test_everything_of_an_erased_account_goes_in_slices(tx, ada, bob, monkeypatch):
    """Its words are noise already; rows and others' numbers must follow. Twice is as once."""
    monkeypatch.setattr("whimbrel.posts.delete.SLICE", 2)
    root = publish(tx, bob, Draft(text="root"))
    for n in range(3):
        publish(tx, ada, Draft(text=f"{n}", reply_to=root.id))
    boost(tx, ada, root.id)
    marks.mark(tx, ada, root.id, Mark.FAVOURITE)
    slot = accounts.by_id(tx, ada.account).slot
    uri = f"https://social.example/ap/users/{ada.id}"
    tx.shred([slot])
    erase_all_of(tx, AccountErased(account=ada.account, uri=uri))
    while tx.emitted[-1] == PostsLeft(account=ada.account, uri=uri):
        tx.emitted.pop()
        erase_more(tx, PostsLeft(account=ada.account, uri=uri))
    erase_all_of(tx, AccountErased(account=ada.account, uri=uri))
    assert tx.value(select(func.count()).where(posts.c.author == ada.account)) == 0
    status = shown(tx, bob, root.id)
    numbers = (status["replies_count"], status["reblogs_count"], status["favourites_count"])
    assert numbers == (0, 0, 0)


# ----------------------------------------------------------------------------- JSON


def test_a_filtered_post_says_so(tx, ada, bob):
    """Whoever matches filters hands the answer in; a boost carries it on both."""
    post = publish(tx, ada, Draft(text="spiders", spoiler="legs"))
    again = boost(tx, bob, post.id)
    rows = queries.cards_of(tx, bob, [again, post.id])
    assert serialize.words(tx, rows) == {post.id: "legs\nspiders"}
    page = json.loads(serialize.page(tx, bob, rows, {post.id: b'[{"x":1}]'}))
    assert [one["filtered"] for one in page] == [[{"x": 1}], [{"x": 1}]]
    assert page[0]["reblog"]["filtered"] == [{"x": 1}]


def test_a_stranger_gets_no_marks(tx, ada):
    """Apps tell signed in from signed out by these keys."""
    post = publish(tx, ada, Draft(text="100% %b %s"))
    status = json.loads(serialize.for_stream(tx, post.id))
    assert not {"favourited", "reblogged", "muted", "bookmarked", "pinned", "filtered"} & set(
        status
    )
    assert "100% %b %s" in status["content"]


def test_a_page_costs_two_statements_whatever_is_on_it(tx, ada, bob):
    """One for the numbers, one for the words that are not at hand; none for those that are."""
    ids = [publish(tx, ada, Draft(text=f"{n}", poll=TEA)).id for n in range(10)]
    ids += [boost(tx, bob, id_) for id_ in ids]
    before, tx.wrote = tx.queries, False  # as in a transaction that only reads
    rows = queries.cards_of(tx, bob, ids)
    serialize.page(tx, bob, rows)
    assert tx.queries - before == 2
    serialize.page(tx, bob, rows)
    assert tx.queries - before == 2
