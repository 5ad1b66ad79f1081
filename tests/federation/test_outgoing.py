"""Who elsewhere is told of what: nobody without a reason, and each server once."""

import json
from typing import Any

import met
import pytest
from sqlalchemy import delete, select, update

import people
from whimbrel.accounts import block, follow
from whimbrel.accounts.events import ProfileChanged
from whimbrel.accounts.rules import Viewer
from whimbrel.core.engines import insert
from whimbrel.core.outbox import Event
from whimbrel.core.tx import Tx
from whimbrel.federation import keys
from whimbrel.federation.events import LetterWritten
from whimbrel.federation.outgoing import compose, letters, posts
from whimbrel.federation.pairs import make
from whimbrel.federation.queries import letters as kept
from whimbrel.federation.rules import Pair
from whimbrel.federation.tables import deliveries
from whimbrel.federation.tables import letters as written
from whimbrel.moderation.tables import blocked_servers
from whimbrel.posts import boost, edit, marks, withhold
from whimbrel.posts import delete as erase
from whimbrel.posts.events import PostPublished
from whimbrel.posts.publish import publish
from whimbrel.posts.queries import any_post
from whimbrel.posts.rules import Draft, Mark, Visibility
from whimbrel.posts.tables import posts as stored

AS = "https://www.w3.org/ns/activitystreams#Public"
FAR, OTHER = "https://far.example", "https://other.example"


@pytest.fixture(scope="module")
def pair() -> Pair:
    return make()


def told(tx: Tx) -> list[tuple[dict[str, Any], list[str]]]:
    """What is to be sent since the last time, and to which inboxes."""
    for event in [each for each in tx.emitted if isinstance(each, LetterWritten)]:
        letters.address(tx, event)
    tx.emitted.clear()
    found = []
    for (id_,) in tx.rows(select(written.c.id).order_by(written.c.id)):
        letter = kept.read(tx, id_)
        assert letter is not None
        body = compose.body_of(tx, id_, letter)
        inboxes = select(deliveries.c.inbox).where(deliveries.c.letter == id_)
        where = sorted(row[0] for row in tx.rows(inboxes))
        found.append((json.loads(body or b"{}"), where))
    tx.run(delete(deliveries))
    tx.run(delete(written))
    return found


def one(tx: Tx) -> tuple[dict[str, Any], list[str]]:
    """The only thing that is to be sent."""
    (found,) = told(tx)
    return found


def uri(tx: Tx, viewer: Viewer) -> str:
    return keys.actor_of(tx.instance, viewer.id)


def test_a_server_without_friends_elsewhere_writes_no_letters(tx: Tx, ada: Viewer, bob: Viewer):
    """What costs something with every post has to be for somebody."""
    met.somebody(tx, f"{FAR}/users/eve")  # known, but not concerned
    follow.follow(tx, bob, ada.id)
    post = publish(tx, ada, Draft(text="hello @bob"))
    marks.mark(tx, bob, post.id, Mark.FAVOURITE)
    boost.boost(tx, bob, post.id)
    edit.edit(tx, ada, post.id, Draft(text="hello, @bob"))
    follow.unfollow(tx, bob, ada.id)
    block.block(tx, bob, ada.id)
    block.unblock(tx, bob, ada.id)
    asked = tx.queries
    posts.published(tx, PostPublished(post=post.id, author=ada.id))
    assert tx.queries == asked + 1
    erase.delete(tx, ada, post.id)
    assert told(tx) == []


def test_each_server_of_followers_is_told_once(tx: Tx, ada: Viewer):
    """A thousand followers on one server read the same copy; one without a common inbox has none
    but their own."""
    for name in ("eve", "joe"):
        met.follower(tx, f"{FAR}/users/{name}", ada)
    met.follower(tx, f"{OTHER}/users/kim", ada, shared=False)
    everybody = [f"{FAR}/inbox", f"{OTHER}/users/kim/inbox"]
    post = publish(tx, ada, Draft(text="hello"))
    said, where = one(tx)
    assert (said["type"], said["object"]["content"]) == ("Create", "<p>hello</p>")
    assert where == everybody
    for visibility in (Visibility.UNLISTED, Visibility.PRIVATE):
        publish(tx, ada, Draft(text="hello", visibility=visibility))
        said, where = one(tx)
        assert said["to"] == [f"{uri(tx, ada)}/followers"]
        assert where == everybody
    publish(tx, ada, Draft(text="to nobody", visibility=Visibility.DIRECT))
    assert told(tx) == []
    edit.edit(tx, ada, post.id, Draft(text="hello you"))
    said, where = one(tx)
    assert (said["type"], said["object"]["content"]) == ("Update", "<p>hello you</p>")
    assert said["id"].startswith(f"{uri(tx, ada)}/statuses/{post.id}#updates/")
    assert where == everybody
    erase.delete(tx, ada, post.id)
    said, where = one(tx)
    assert (said["type"], said["actor"]) == ("Delete", uri(tx, ada))
    assert said["object"] == {"id": f"{uri(tx, ada)}/statuses/{post.id}", "type": "Tombstone"}
    assert where == everybody
    assert kept.is_gone(tx, said["object"]["id"])


def test_a_deletion_reaches_whoever_did_something_with_it(tx: Tx, ada: Viewer):
    """Who likes a post follows nobody perhaps, and their server keeps it until it is told."""
    post = publish(tx, ada, Draft(text="hello"))
    fans = [met.somebody(tx, f"https://{name}.example/users/{name}") for name in ("kim", "lee")]
    marks.mark(tx, fans[0], post.id, Mark.FAVOURITE)
    answer, _ = met.post(tx, fans[1])
    tx.run(update(stored).where(stored.c.id == answer).values(reply_to=post.id))
    assert told(tx) == []
    erase.delete(tx, ada, post.id)
    said, where = one(tx)
    assert said["type"] == "Delete"
    assert where == ["https://kim.example/inbox", "https://lee.example/inbox"]


def test_what_is_hidden_is_told_as_an_edit_that_leaves_nothing_and_comes_back_whole(
    tx: Tx, ada: Viewer, clock: Any
):
    """A Delete would be for good: Mastodon takes no post again of which it was told so. What still
    waits for a server that was away must not bring the words there after all."""
    met.follower(tx, f"{FAR}/users/eve", ada)
    fan = met.somebody(tx, f"{OTHER}/users/kim")
    for visibility in (Visibility.PUBLIC, Visibility.UNLISTED, Visibility.PRIVATE):
        post = publish(tx, ada, Draft(text="secret #tag", spoiler="hush", visibility=visibility))
        first, where = one(tx)
        assert where == [f"{FAR}/inbox"]
        everybody = [f"{FAR}/inbox"]
        if visibility <= Visibility.UNLISTED:
            marks.mark(tx, fan, post.id, Mark.FAVOURITE)
            everybody.append(f"{OTHER}/inbox")
        tx.emitted.clear()
        edit.edit(tx, ada, post.id, Draft(text="secret again", visibility=visibility))
        withhold.withhold(tx, post.id)
        late, (said, where) = sorted(told(tx), key=lambda each: len(each[0]))
        assert late[0] == {}, "the edit waited until it was hidden"
        assert where == everybody
        assert (said["type"], said["object"]["type"]) == ("Update", "Note")
        assert said["object"]["id"] == first["object"]["id"]
        for name in ("to", "cc"):
            assert said[name] == said["object"][name] == first["object"][name]
        assert not any(word in json.dumps(said) for word in ("secret", "hush", "#tag"))
        assert (said["object"]["tag"], said["object"]["attachment"]) == ([], [])
        assert said["object"]["updated"] >= first["object"]["published"]
        tx.ms += 60_000
        withhold.restore(tx, post.id)
        again, where = one(tx)
        assert where == everybody
        assert again["type"] == "Update" and "secret again" in again["object"]["content"]
        assert again["object"]["to"] == first["object"]["to"]
        assert again["object"]["updated"] > said["object"]["updated"]
    theirs, _ = met.post(tx, fan)
    told(tx)
    withhold.withhold(tx, theirs)
    withhold.restore(tx, theirs)
    assert told(tx) == [], "what somebody elsewhere wrote is not ours to take back"


def test_a_direct_post_goes_to_whoever_it_names_alone(tx: Tx, ada: Viewer):
    """Ada's followers hear nothing, and no inbox of a whole server sees it."""
    met.follower(tx, f"{OTHER}/users/kim", ada)
    met.somebody(tx, f"{FAR}/users/eve")
    post = publish(tx, ada, Draft(text="@eve@far.example psst", visibility=Visibility.DIRECT))
    said, where = one(tx)
    assert (said["to"], said["cc"]) == ([f"{FAR}/users/eve"], [])
    assert where == [f"{FAR}/users/eve/inbox"]
    erase.delete(tx, ada, post.id)
    said, where = one(tx)
    assert (said["type"], said["to"]) == ("Delete", [])
    assert where == [f"{FAR}/users/eve/inbox"]
    assert not kept.is_gone(tx, said["object"]["id"])  # nobody else may learn that it was here


def test_what_somebody_elsewhere_wrote_is_not_sent_on(tx: Tx, ada: Viewer):
    """It is theirs to tell; to others it would look as if we made it up."""
    eve = met.follower(tx, f"{FAR}/users/eve", ada)
    met.follower(tx, f"{OTHER}/users/kim", eve)
    post, _ = met.post(tx, eve, "@kim@other.example hello")
    erase.forget(tx, any_post(tx, post))
    assert told(tx) == []


def test_a_boost_reaches_followers_and_the_author(tx: Tx, ada: Viewer):
    """The author's server counts it; a boost taken back is counted no more."""
    met.follower(tx, f"{OTHER}/users/kim", ada)
    eve = met.somebody(tx, f"{FAR}/users/eve")
    theirs, _ = met.post(tx, eve)
    boost.boost(tx, ada, theirs)
    said, where = one(tx)
    assert (said["type"], said["actor"]) == ("Announce", uri(tx, ada))
    assert said["to"] == [AS]
    assert said["cc"] == [f"{uri(tx, ada)}/followers", f"{FAR}/users/eve"]
    assert where == [f"{FAR}/inbox", f"{OTHER}/inbox"]
    boost.unboost(tx, ada, theirs)
    undone, where = one(tx)
    assert (undone["type"], undone["object"]["type"]) == ("Undo", "Announce")
    assert undone["object"]["id"] == said["id"]
    assert where == [f"{FAR}/inbox", f"{OTHER}/inbox"]


def test_a_like_is_told_to_the_author_and_taken_back_by_its_name(tx: Tx, ada: Viewer):
    """Followers do not hear what somebody likes; liked again, it is another like, for its first
    name is known as taken back."""
    met.follower(tx, f"{OTHER}/users/kim", ada)
    eve = met.somebody(tx, f"{FAR}/users/eve")
    theirs, name = met.post(tx, eve)
    marks.mark(tx, ada, theirs, Mark.BOOKMARK)
    assert told(tx) == []
    names = []
    for _ in range(2):
        marks.mark(tx, ada, theirs, Mark.FAVOURITE)
        said, where = one(tx)
        assert (said["type"], said["object"]) == ("Like", name)
        assert where == [f"{FAR}/users/eve/inbox"]
        names.append(said["id"])
        marks.unmark(tx, ada, theirs, Mark.FAVOURITE)
        undone, where = one(tx)
        assert (undone["type"], undone["object"]["id"]) == ("Undo", said["id"])
        assert where == [f"{FAR}/users/eve/inbox"]
    assert len(set(names)) == 2


def test_following_somebody_elsewhere_is_asked_and_taken_back(tx: Tx, ada: Viewer):
    """Their server answers; until then it is a request."""
    eve = met.somebody(tx, f"{FAR}/users/eve")
    follow.follow(tx, ada, eve.id)
    asked, where = one(tx)
    assert (asked["type"], asked["object"]) == ("Follow", f"{FAR}/users/eve")
    assert where == [f"{FAR}/users/eve/inbox"]
    follow.unfollow(tx, ada, eve.id)
    undone, where = one(tx)
    assert (undone["type"], undone["object"]["id"]) == ("Undo", asked["id"])
    assert where == [f"{FAR}/users/eve/inbox"]


def test_who_follows_from_elsewhere_is_let_in_and_shown_out(tx: Tx):
    """By the name that they gave their follow; who left by themselves is told nothing."""
    ada = people.make(tx, "ada", locked=True)
    eve = met.somebody(tx, f"{FAR}/users/eve")
    name = f"{FAR}/follows/7"
    tx.run(met._FOLLOW, follower=eve.id, followee=ada.id, uri=name)
    follow.follow(tx, eve, ada.id)
    assert told(tx) == []
    follow.authorize(tx, ada, eve.id)
    said, where = one(tx)
    assert (said["type"], said["actor"]) == ("Accept", uri(tx, ada))
    follow_said = {"id": name, "type": "Follow", "actor": f"{FAR}/users/eve"}
    assert said["object"] == {**follow_said, "object": uri(tx, ada)}
    assert where == [f"{FAR}/users/eve/inbox"]
    follow.remove_follower(tx, ada, eve.id)
    said, _ = one(tx)
    assert (said["type"], said["object"]["id"]) == ("Reject", name)
    follow.follow(tx, eve, ada.id)
    follow.reject(tx, ada, eve.id)
    assert told(tx) == []


def test_a_block_is_told_and_ends_what_was(tx: Tx, ada: Viewer):
    """Eve's server shows her nothing more of Ada; she follows no more."""
    eve = met.follower(tx, f"{FAR}/users/eve", ada)
    block.block(tx, ada, eve.id)
    assert {said["type"] for said, _ in told(tx)} == {"Reject", "Block"}
    block.unblock(tx, ada, eve.id)
    said, where = one(tx)
    assert (said["type"], said["object"]["type"]) == ("Undo", "Block")
    assert where == [f"{FAR}/users/eve/inbox"]


def test_a_new_face_is_shown_to_followers(tx: Tx, ada: Viewer, pair: Pair):
    """A name that was changed here and not there is two people."""
    event: Event = ProfileChanged(account=ada.id)
    tx.emit(event)
    assert told(tx) == []
    met.follower(tx, f"{FAR}/users/eve", ada)
    keys.keep(tx, ada.id, pair)
    tx.emit(event)
    said, where = one(tx)
    assert (said["type"], said["object"]["id"]) == ("Update", uri(tx, ada))
    assert said["object"]["publicKey"]["publicKeyPem"] == pair.public.rsa
    assert where == [f"{FAR}/inbox"]


def test_a_server_that_is_kept_out_is_told_nothing(tx: Tx, ada: Viewer):
    """Also where a follow has not been cut yet."""
    met.follower(tx, f"{FAR}/users/eve", ada)
    met.follower(tx, "https://a.other.example/users/kim", ada)
    bar = insert(blocked_servers, ("id", "domain", "severity", "slot"))
    tx.run(bar, id=1, domain="other.example", severity="suspend", slot=tx.slot())
    publish(tx, ada, Draft(text="hello"))
    _, where = one(tx)
    assert where == [f"{FAR}/inbox"]
