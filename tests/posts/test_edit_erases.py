"""What an edit took back is as gone as a deleted post."""

import pytest
from sqlalchemy import select

import people
from whimbrel.core.engines import Query
from whimbrel.core.keyring import Shredded
from whimbrel.posts import queries
from whimbrel.posts.edit import edit
from whimbrel.posts.publish import publish
from whimbrel.posts.queries.stored import slot_of
from whimbrel.posts.rules import Draft
from whimbrel.posts.tables import posts

SEALED = Query(select(posts.c.content, posts.c.slot).where(posts.c.id == queries.number("id")))


def test_no_copy_opens_the_words_before_an_edit(db):
    """Somebody took out a name an hour later: last night's backup must not give it back."""
    ada = db.write_sync(people.make, "ada")
    post = db.write_sync(publish, ada, Draft(text="Bob told me"))
    sealed, slot = db.write_sync(lambda tx: tx.row(SEALED, id=post.id))
    db.write_sync(edit, ada, post.id, Draft(text="somebody told me"))
    author = db.write_sync(lambda tx: tx.row(SEALED, id=post.id))
    assert author[1] != slot
    with pytest.raises(Shredded):
        db.keyring.unseal(slot_of(post.id, slot, slot), bytes(sealed))
    assert db.write_sync(queries.any_post, post.id).content.text == "somebody told me"
