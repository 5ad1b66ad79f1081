"""Servers that somebody blocks: nobody from there is in what they read, nor heard of."""

import pytest
import stories
from sqlalchemy import update

import people
from whimbrel.accounts.queries import domains
from whimbrel.accounts.tables import accounts
from whimbrel.posts.queries import cards_of
from whimbrel.timelines import notify
from whimbrel.timelines.queries import groups, notifications, reads, streams, told
from whimbrel.timelines.rules import Wanted, Window


@pytest.fixture
def far(tx):
    """Somebody from elsewhere."""
    viewer = people.make(tx, "far")
    tx.run(update(accounts).where(accounts.c.id == viewer.id).values(domain="far.example"))
    return viewer


def public(tx, who):
    rows = reads.public(tx, who.id, Window(), local=None, only_media=False)
    return [row[0] for row in rows]


def test_what_is_written_there_is_not_read(tx, ada, far):
    """Nor what somebody here repeats of it; others read it as before."""
    bob = people.make(tx, "bob")
    theirs, ours = stories.write(tx, far), stories.write(tx, bob)
    boost = stories.write(tx, bob, boost_of=theirs)
    ids = [theirs, ours, boost]
    assert {row[0] for row in cards_of(tx, ada, ids, hide=True)} == set(ids)
    domains.add(tx, ada.id, "far.example")
    assert [row[0] for row in cards_of(tx, ada, ids, hide=True)] == [ours]
    assert public(tx, ada) == [ours]
    assert set(public(tx, bob)) == {theirs, ours}
    assert len(cards_of(tx, ada, [theirs])) == 1  # by its address it is there


def test_streams_leave_it_out(tx, ada, far):
    """It would stand there until the page is loaded anew."""
    bob = people.make(tx, "bob")
    assert streams.hidden_from(tx, [far.id], ()) == set()
    domains.add(tx, ada.id, "far.example")
    assert streams.hidden_from(tx, [far.id], ()) == {ada.id}
    assert streams.hidden_from(tx, [bob.id], ()) == set()


def test_nobody_from_there_is_heard(tx, ada, far):
    """Neither anew, nor of what was told before."""
    assert notifications.person(tx, ada.id, far.id) == [ada.id]
    notify.tell(tx, [ada.id], "follow", far.id, None, f"follow:{far.id}")
    asked = {"kinds": (), "not_kinds": (), "actor": None}
    assert len(told.page(tx, ada.id, Window(), **asked)) == told.unread(tx, ada.id, 9) == 1
    assert len(groups.scan(tx, ada.id, Window(), Wanted())) == 1
    domains.add(tx, ada.id, "far.example")
    assert told.page(tx, ada.id, Window(), **asked) == []
    assert told.unread(tx, ada.id, 9) == 0
    assert groups.scan(tx, ada.id, Window(), Wanted()) == []
    assert notifications.person(tx, ada.id, far.id) == []
