"""Hashtags as they are stored: found by their words, gone with their last use."""

import asyncio

import pytest
from sqlalchemy import select

import people
from whimbrel.core.keyring import Shredded, Slot
from whimbrel.posts.delete import delete, rekey_tags
from whimbrel.posts.edit import edit
from whimbrel.posts.events import TagsGone
from whimbrel.posts.publish import publish
from whimbrel.posts.queries import tags as hashtags
from whimbrel.posts.rules import Draft, Visibility
from whimbrel.posts.tables import post_tags, tag_shelves, tags


def rows(tx):
    """Tag id to the rest of its row."""
    columns = (tags.c.id, tags.c.key, tags.c.shelf, tags.c.name, tags.c.slot)
    return {
        tag: (bytes(key), shelf, bytes(name), slot)
        for tag, key, shelf, name, slot in tx.rows(select(*columns))
    }


def rekeyed(tx):
    """Run the handler for all that was said, twice, as a crash might have it; keys are shredded
    as after a commit."""
    said = [event for event in tx.emitted if isinstance(event, TagsGone)]
    for event in said * 2:
        rekey_tags(tx, event)
    tx.keyring.shred(tx.shreds)


def test_words_become_ids_and_ids_words(tx):
    """A timeline is asked for by its word, an event tells an id."""
    made = hashtags.ids_for(tx, ["birds", "caf\u00e9", "birds"])
    assert made.keys() == {"birds", "caf\u00e9"}
    assert hashtags.ids_for(tx, ["birds", "cats"])["birds"] == made["birds"]
    assert hashtags.ids_of(tx, ["birds", "dogs"]) == {"birds": made["birds"]}
    assert hashtags.names_of(tx, [made["caf\u00e9"], 12]) == {made["caf\u00e9"]: "caf\u00e9"}
    assert hashtags.names_of(tx, []) == {}


def test_no_word_lies_in_the_table(tx):
    """A private post's tag tells as much as its text."""
    hashtags.ids_for(tx, ["rareword"])
    for row in rows(tx).values():
        assert not any(b"rareword" in cell for cell in row if isinstance(cell, bytes))


def test_the_last_use_takes_the_word_along(tx, ada, bob):
    """Row and key in the same transaction; a tag that a post nobody sees still carries stays."""
    first = publish(tx, ada, Draft(text="#birds #cats"))
    publish(tx, bob, Draft(text="#Cats", visibility=Visibility.DIRECT))
    ids = hashtags.ids_of(tx, ["birds", "cats"])
    slot = rows(tx)[ids["birds"]][3]
    delete(tx, ada, first.id)
    assert rows(tx).keys() == {ids["cats"]}
    assert slot in tx.shreds
    assert [event for event in tx.emitted if isinstance(event, TagsGone)]
    assert hashtags.ids_of(tx, ["birds", "cats"]) == {"cats": ids["cats"]}


def test_an_edit_takes_words_along_too(tx, ada):
    """What was edited out of a post is as gone as if it had been deleted."""
    post = publish(tx, ada, Draft(text="#birds #cats"))
    kept = hashtags.ids_of(tx, ["cats"])["cats"]
    edit(tx, ada, post.id, Draft(text="#dogs #cats"))
    assert hashtags.ids_of(tx, ["birds", "cats"]) == {"cats": kept}
    assert sorted(hashtags.names_of(tx, hashtags.of_post(tx, post.id)).values()) == ["cats", "dogs"]


def test_a_guess_at_an_erased_word_cannot_be_confirmed(tx, ada):
    """Old rows lie in logs and backups for long; with the keyring in hand one could try words."""
    post = publish(tx, ada, Draft(text="#birds"))
    (birds,) = hashtags.of_post(tx, post.id)
    beside: dict[str, int] = {}
    while sum(row[1] == rows(tx)[birds][1] for row in rows(tx).values()) < 3:  # of 256 shelves
        people.more_slots(tx)
        beside |= hashtags.ids_for(tx, [f"tag{n}" for n in range(len(beside), len(beside) + 100)])
    key, shelf, name, slot = rows(tx)[birds]
    before = rows(tx)
    neighbours = {tag for tag, row in before.items() if row[1] == shelf and tag != birds}
    old = tx.value(select(tag_shelves.c.slot).where(tag_shelves.c.shelf == shelf))
    delete(tx, ada, post.id)
    rekeyed(tx)
    assert not tx.keyring.alive(old) and not tx.keyring.alive(slot)
    with pytest.raises(Shredded):
        tx.unseal(Slot(slot, slot, birds, "tags.name"), name)
    after = rows(tx)
    changed = {tag for tag, row in after.items() if row[0] != before[tag][0]}
    assert changed == neighbours
    assert key not in {row[0] for row in after.values()}
    assert hashtags.ids_of(tx, beside) == beside, "all others are found as before"
    again = hashtags.ids_for(tx, ["birds"])["birds"]
    assert rows(tx)[again][0] != key


def test_an_empty_shelf_keeps_no_key(tx, ada):
    """What is not there cannot be lost; and the next tag begins anew."""
    post = publish(tx, ada, Draft(text="#birds"))
    delete(tx, ada, post.id)
    rekeyed(tx)
    assert tx.rows(select(tag_shelves)) == []
    assert hashtags.ids_of(tx, ["birds"]) == {}
    publish(tx, ada, Draft(text="#birds"))
    assert hashtags.ids_of(tx, ["birds"])


def test_what_refers_to_a_tag_keeps_it(tx, ada):
    """Whoever follows a tag that fell silent must go on following it."""
    columns = set(hashtags.uses())
    assert post_tags.c.tag in columns
    assert all(column.references(tags.c.id) for column in columns)
    assert all(key.ondelete == "CASCADE" for column in columns for key in column.foreign_keys)


def test_many_who_use_and_delete_one_tag_at_once_lose_none(db):
    """A tag that goes away under a post would take that post out of its timeline; one that stays
    without a post is a word that was to be erased."""

    def arrive(tx):
        return [people.make(tx, name) for name in ("ada", "bob", "eve")]

    writers = db.write_sync(arrive)

    def left(tx):
        carried = {row[0] for row in tx.rows(select(post_tags.c.tag))}
        return rows(tx).keys(), carried, hashtags.ids_of(tx, ["birds", "cats"])

    async def one(writer):
        for n in range(12):
            post = await db.write(publish, writer, Draft(text=f"#birds #cats {n}"))
            stored = await db.read(hashtags.of_post, post.id)
            assert len(stored) == 2
            await db.write(delete, writer, post.id)
        return (
            await db.write(publish, writer, Draft(text="#cats")) if writer is writers[0] else None
        )

    async def go():
        await asyncio.gather(*map(one, writers))
        there, carried, found = await db.read(left)
        assert there == carried == set(found.values())
        assert found.keys() == {"cats"}

    asyncio.run(go())
