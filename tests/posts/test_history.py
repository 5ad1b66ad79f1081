"""What a post said before: told to who may read it, and gone with it from every copy."""

import pytest
from conversations import befriend, shown, uploaded
from sqlalchemy import select

import people
from whimbrel.core.engines import Query
from whimbrel.core.errors import NotFound
from whimbrel.core.keyring import Shredded
from whimbrel.posts import queries
from whimbrel.posts.boost import boost
from whimbrel.posts.delete import delete
from whimbrel.posts.edit import edit
from whimbrel.posts.history import versions
from whimbrel.posts.publish import publish
from whimbrel.posts.queries import history as former
from whimbrel.posts.queries.stored import slot_of
from whimbrel.posts.rules import Described, Draft, PollDraft, Visibility
from whimbrel.posts.tables import post_edits, posts

ROW = Query(select(posts.c.content, posts.c.slot).where(posts.c.id == queries.number("id")))
EDITS = Query(select(post_edits.c.content, post_edits.c.slot))


def texts(found):
    return [version["content"] for version in found]


def test_every_version_is_told_the_oldest_first(tx, clock, ada, bob):
    """Whoever liked a post can see what was made of it."""
    post = publish(tx, ada, Draft(text="one", spoiler="w"))
    (only,) = versions(tx, bob, post.id)
    assert only["created_at"] == shown(tx, bob, post.id)["created_at"]
    for step, text in enumerate(("two", "three"), start=1):
        tx.ms += 60_000 * step
        edit(tx, ada, post.id, Draft(text=text, sensitive=True))
    found = versions(tx, bob, post.id)
    assert texts(found) == ["<p>one</p>", "<p>two</p>", "<p>three</p>"]
    assert [each["spoiler_text"] for each in found] == ["w", "", ""]
    assert [each["sensitive"] for each in found] == [True, True, True]
    assert found[0]["created_at"] == only["created_at"]
    assert found[2]["created_at"] == shown(tx, bob, post.id)["edited_at"]
    assert len({each["created_at"] for each in found}) == 3


def test_a_version_shows_the_descriptions_and_the_poll_of_then(tx, ada):
    """A picture that was taken off is erased, and is not promised by its former version."""
    kept, gone = uploaded(tx, ada), uploaded(tx, ada)
    post = publish(tx, ada, Draft(text="x", media=(gone, kept)))
    tx.ms += 1
    said = (Described(id=kept, description="a wader"),)
    edit(tx, ada, post.id, Draft(text="x", media=(kept,), described=said))
    before, now = versions(tx, ada, post.id)
    assert [(m["id"], m["description"]) for m in before["media_attachments"]] == [(str(kept), None)]
    assert [m["description"] for m in now["media_attachments"]] == ["a wader"]
    asked = publish(tx, ada, Draft(text="?", poll=PollDraft(options=("a", "b"), expires_in=600)))
    tx.ms += 1
    edit(tx, ada, asked.id, Draft(text="?"))
    before, now = versions(tx, ada, asked.id)
    assert before["poll"] == {"options": [{"title": "a"}, {"title": "b"}]}
    assert now["poll"] is None


def test_who_may_not_see_the_post_sees_no_version(tx, ada, bob, eve):
    """A former version is as private as the present one."""
    befriend(tx, bob, ada)
    post = publish(tx, ada, Draft(text="one", visibility=Visibility.PRIVATE))
    edit(tx, ada, post.id, Draft(text="two"))
    assert len(versions(tx, bob, post.id)) == 2
    with pytest.raises(NotFound):
        versions(tx, eve, post.id)
    with pytest.raises(NotFound):
        versions(tx, eve, 7)


def test_of_a_boost_it_is_what_the_original_said(tx, ada, bob):
    """Apps ask with the id they have."""
    post = publish(tx, ada, Draft(text="one"))
    edit(tx, ada, post.id, Draft(text="two"))
    assert texts(versions(tx, bob, boost(tx, bob, post.id))) == ["<p>one</p>", "<p>two</p>"]


def test_no_copy_opens_any_version_of_a_deleted_post(db):
    """Deleting is what takes words back: last night's backup must not give out a former version."""
    ada = db.write_sync(people.make, "ada")
    post = db.write_sync(publish, ada, Draft(text="Bob told me"))
    copies = [db.write_sync(lambda tx: tx.row(ROW, id=post.id))]
    for text in ("somebody told me", "I heard"):
        db.write_sync(edit, ada, post.id, Draft(text=text))
        copies.append(db.write_sync(lambda tx: tx.row(ROW, id=post.id)))
    assert len({slot for _, slot in copies}) == 3
    kept = db.write_sync(lambda tx: tx.rows(EDITS))
    assert [bytes(row[0]) for row in kept] == [bytes(row[0]) for row in copies[:2]]
    db.write_sync(delete, ada, post.id)
    assert db.write_sync(lambda tx: tx.rows(EDITS)) == []
    for sealed, slot in copies:
        with pytest.raises(Shredded):
            db.keyring.unseal(slot_of(post.id, slot, slot), bytes(sealed))


def test_the_oldest_versions_go_when_there_are_very_many(tx, ada, monkeypatch):
    """Nobody fills the disk by editing one post all day; what goes, goes with its key."""
    monkeypatch.setattr(former, "MOST", 3)
    post = publish(tx, ada, Draft(text="0"))
    for text in "12345":
        tx.ms += 1
        edit(tx, ada, post.id, Draft(text=text))
    assert texts(versions(tx, ada, post.id)) == [f"<p>{n}</p>" for n in "2345"]
    assert tx.shreds[0] == post.slot
    assert len(tx.shreds) == 2
