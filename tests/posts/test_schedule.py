"""Posts that wait for their time: published once, not before, and seen by nobody until then."""

from datetime import timedelta

import pytest
from conversations import shown, uploaded
from sqlalchemy import select, update

import people
from whimbrel.accounts.tables import accounts, users
from whimbrel.core.engines import Query
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.ids import MAX_ID
from whimbrel.core.keyring import Shredded
from whimbrel.core.worker import work_through
from whimbrel.media import queries as media
from whimbrel.posts.delete import delete
from whimbrel.posts.events import PostPublished, ScheduleDue
from whimbrel.posts.publish import publish
from whimbrel.posts.queries import scheduled
from whimbrel.posts.rules import Draft, PollDraft, Visibility
from whimbrel.posts.schedule import (
    MOST_A_DAY,
    cancel,
    entities,
    publish_due,
    reschedule,
    schedule,
)
from whimbrel.posts.tables import posts, scheduled_posts

POSTS = Query(select(posts.c.id, posts.c.visibility).order_by(posts.c.id))
SEALED = Query(select(scheduled_posts.c.params, scheduled_posts.c.slot))


def later(tx, **span):
    return tx.now + timedelta(**span)


def mine(tx, viewer):
    return scheduled.page(tx, viewer.id, 0, MAX_ID, 40, False)


def ring(tx, row):
    """Its time has come."""
    tx.ms = max(tx.ms, row.due)
    publish_due(tx, ScheduleDue(scheduled=row.id, at=row.due))


def test_it_is_published_when_its_time_has_come_and_once(tx, ada):
    """A worker that died after the commit rings again."""
    picture = uploaded(tx, ada)
    draft = Draft(text="later", media=(picture,), spoiler="w", language="de")
    row = schedule(tx, ada, draft, later(tx, hours=2))
    assert tx.emitted[-1] == ScheduleDue(scheduled=row.id, at=row.due)
    assert tx.rows(POSTS) == []
    ring(tx, row)
    ring(tx, row)
    ((id_, _),) = tx.rows(POSTS)
    status = shown(tx, ada, id_)
    assert (status["spoiler_text"], status["language"]) == ("w", "de")
    assert status["media_attachments"][0]["id"] == str(picture)
    assert sum(isinstance(event, PostPublished) for event in tx.emitted) == 1
    assert mine(tx, ada) == []
    assert row.slot in tx.shreds


def test_the_outbox_rings_it(db, clock):
    """From the clock in the jobs to the post, through the one table of handlers."""
    ada = db.write_sync(people.make, "ada")
    db.write_sync(lambda tx: schedule(tx, ada, Draft(text="x"), later(tx, minutes=6)))

    def work(tx):
        work_through(tx, db.env.routes, "timelines")
        return len(tx.rows(POSTS))

    clock.step(minutes=5)
    assert db.write_sync(work) == 0
    clock.step(minutes=2)
    assert db.write_sync(work) == 1
    assert db.write_sync(work) == 1


def test_what_it_is_as_apps_see_it(tx, ada):
    """Their lists of scheduled posts show the words, the files and the time."""
    picture = uploaded(tx, ada)
    row = schedule(tx, ada, Draft(text="a", media=(picture,)), later(tx, days=1))
    (told,) = entities(tx, mine(tx, ada))
    assert told["id"] == str(row.id)
    assert told["scheduled_at"] == "2026-11-26T12:00:00.000Z"
    assert told["media_attachments"][0]["id"] == str(picture)
    assert (told["params"]["text"], told["params"]["visibility"]) == ("a", "public")
    assert told["params"]["media_ids"] == [str(picture)]
    asked = PollDraft(options=("a", "b"), expires_in=600)
    other = schedule(tx, ada, Draft(text="?", poll=asked), later(tx, days=2))
    assert entities(tx, [other])[0]["params"]["poll"]["options"] == ("a", "b")


def test_it_is_checked_as_if_it_were_published_now(tx, ada, bob):
    """Its writer is asleep when it is published: they must learn now what is wrong with it."""
    at = later(tx, hours=1)
    secret = publish(tx, bob, Draft(text="x", visibility=Visibility.DIRECT))
    for draft in (Draft(text=""), Draft(text="x" * 501), Draft(text="x", media=(7,))):
        with pytest.raises(Invalid):
            schedule(tx, ada, draft, at)
    with pytest.raises(NotFound):
        schedule(tx, ada, Draft(text="x", reply_to=secret.id), at)
    for soon in (later(tx, minutes=4), later(tx, days=40_000)):
        with pytest.raises(Invalid, match="Scheduled at"):
            schedule(tx, ada, Draft(text="x"), soon)
    assert mine(tx, ada) == []


def test_a_day_takes_only_so_many(tx, ada, bob):
    """A robot would fill a year at once."""
    for minute in range(MOST_A_DAY):
        schedule(tx, ada, Draft(text="x"), later(tx, minutes=10 + minute))
    with pytest.raises(Invalid, match="25 scheduled posts"):
        schedule(tx, ada, Draft(text="x"), later(tx, hours=3))
    schedule(tx, bob, Draft(text="x"), later(tx, hours=3))
    schedule(tx, ada, Draft(text="x"), later(tx, days=1))


def test_a_retry_finds_the_first_one(tx, ada, bob):
    """An app that lost the answer asks again with the same key."""
    draft = Draft(text="x", idempotency_key="k")
    first = schedule(tx, ada, draft, later(tx, hours=1))
    assert schedule(tx, ada, draft, later(tx, hours=1)) == first
    assert schedule(tx, bob, draft, later(tx, hours=1)).id != first.id
    assert len(mine(tx, ada)) == 1


def test_moved_it_waits_for_the_other_clock(tx, ada, bob):
    """The first clock still rings."""
    row = schedule(tx, ada, Draft(text="x"), later(tx, hours=1))
    moved = reschedule(tx, ada, row.id, later(tx, hours=2))
    assert tx.emitted[-1] == ScheduleDue(scheduled=row.id, at=moved.due)
    assert reschedule(tx, ada, row.id, None) == moved
    with pytest.raises(Invalid):
        reschedule(tx, ada, row.id, later(tx, minutes=1))
    with pytest.raises(NotFound):
        reschedule(tx, bob, row.id, later(tx, hours=2))
    ring(tx, row)
    assert tx.rows(POSTS) == []
    ring(tx, moved)
    assert len(tx.rows(POSTS)) == 1


def test_called_off_its_words_are_gone(db):
    """Nobody ever read them, and nobody will."""
    ada, bob = (db.write_sync(people.make, name) for name in ("ada", "bob"))
    draft = Draft(text="secret words")
    row = db.write_sync(lambda tx: schedule(tx, ada, draft, later(tx, hours=1)))
    sealed, slot = db.write_sync(lambda tx: tx.row(SEALED))
    assert b"secret" not in bytes(sealed)
    with pytest.raises(NotFound):
        db.write_sync(cancel, bob, row.id)
    db.write_sync(cancel, ada, row.id)
    with pytest.raises(Shredded):
        db.keyring.unseal(scheduled._place(row.id, slot, slot), bytes(sealed))
    with pytest.raises(NotFound):
        db.write_sync(cancel, ada, row.id)


def test_its_files_wait_with_it(tx, ada):
    """An upload lapses within a day; one that is to be published next week must not."""
    picture = uploaded(tx, ada)
    row = schedule(tx, ada, Draft(media=(picture,)), later(tx, days=7))
    assert media.by_ids(tx, [picture])[picture].kept_until > row.due
    cancel(tx, ada, row.id)
    assert media.by_ids(tx, [picture])[picture].kept_until == tx.ms + 86_400_000


def test_one_that_cannot_be_published_stays_in_the_list(tx, ada, bob):
    """What was written is not lost because somebody deleted what it answers."""
    parent = publish(tx, bob, Draft(text="?"))
    row = schedule(tx, ada, Draft(text="!", reply_to=parent.id), later(tx, hours=1))
    delete(tx, bob, parent.id)
    ring(tx, row)
    assert tx.rows(POSTS) == []
    assert [each.id for each in mine(tx, ada)] == [row.id]


def test_a_later_default_does_not_widen_it(tx, ada):
    """Who it was for when it was written is who it is for."""
    tx.run(update(users).where(users.c.account == ada.id).values(visibility="private"))
    row = schedule(tx, ada, Draft(text="x"), later(tx, hours=1))
    tx.run(update(users).where(users.c.account == ada.id).values(visibility="public"))
    ring(tx, row)
    assert [row[1] for row in tx.rows(POSTS)] == [Visibility.PRIVATE]


@pytest.mark.parametrize("column", ["suspended_at", "disabled_at"])
def test_who_may_not_write_any_more_publishes_nothing(tx, ada, column):
    """A suspended spammer's posts of next week."""
    row = schedule(tx, ada, Draft(text="x"), later(tx, hours=1))
    table, key = (accounts, accounts.c.id) if column in accounts.c else (users, users.c.account)
    tx.run(update(table).where(key == ada.id).values({column: tx.ms}))
    ring(tx, row)
    assert tx.rows(POSTS) == []
