"""Blocks, mutes, notes, and how two people stand afterwards."""

import msgspec
import pytest
from sqlalchemy import bindparam, select

import people
from whimbrel.accounts import block, follow, mute, note, queries, relationships
from whimbrel.accounts.events import Blocked, Muted, MuteEnds, Unfollowed
from whimbrel.accounts.queries import graph
from whimbrel.accounts.rules import Relationship
from whimbrel.accounts.tables import mutes, notes
from whimbrel.core.engines import Query
from whimbrel.core.errors import Forbidden, Invalid, NotFound
from whimbrel.core.ids import moment
from whimbrel.core.keyring import Slot

SLOTS = Query(select(notes.c.slot, notes.c.content))
MUTES = Query(select(mutes.c.target))
MUTED = Query(select(graph.muted("viewer", bindparam("author"), "now")))


def stands(tx, viewer, other):
    return relationships.to(tx, viewer, other.account)


def test_a_block_ends_everything_between_two(tx, ada):
    """Whoever blocks a follower must not be read by them any more, in either direction."""
    shy = people.make(tx, "shy", locked=True)
    follow.follow(tx, ada, shy.account)
    follow.follow(tx, shy, ada.account)
    block.block(tx, shy, ada.account)
    block.block(tx, shy, ada.account)
    assert tx.emitted[2:] == [
        Unfollowed(follower=shy.account, followee=ada.account),
        Unfollowed(follower=ada.account, followee=shy.account),
        Blocked(account=shy.account, target=ada.account),
    ]
    one, other = stands(tx, ada, shy), stands(tx, shy, ada)
    assert (one.blocked_by, one.blocking, one.requested, one.followed_by) == (True,) + 3 * (False,)
    assert (other.blocking, other.blocked_by, other.following) == (True, False, False)
    assert queries.by_id(tx, ada.account).followers == 0
    block.unblock(tx, shy, ada.account)
    block.unblock(tx, shy, ada.account)
    assert stands(tx, shy, ada) == Relationship(id=str(ada.account))


@pytest.mark.parametrize("act", [block.block, block.unblock, mute.mute, mute.unmute])
def test_nobody_blocks_or_mutes_themselves_or_nobody(tx, ada, act):
    """One's own posts would vanish from one's own pages."""
    with pytest.raises(Forbidden):
        act(tx, ada, ada.account)
    with pytest.raises(NotFound):
        act(tx, ada, -1)


def test_a_mute_may_be_for_a_while_and_may_spare_notifications(tx, ada, bob):
    """The app shows how long, and the home fills again by itself."""
    mute.mute(tx, ada, bob.account, notifications=False, duration=60)
    assert tx.emitted == [
        Muted(account=ada.account, target=bob.account),
        MuteEnds(account=ada.account, target=bob.account),
    ]
    how = stands(tx, ada, bob)
    assert (how.muting, how.muting_notifications) == (True, False)
    assert how.muting_expires_at == "2026-11-25T12:01:00.000Z"
    asked = {"viewer": ada.account, "author": bob.account}
    assert tx.value(MUTED, now=tx.ms, **asked)
    assert not tx.value(MUTED, now=tx.ms + 60_000, **asked)

    tx.ms += 60_000
    assert not stands(tx, ada, bob).muting
    mute.mute(tx, ada, bob.account)
    how = stands(tx, ada, bob)
    assert (how.muting_notifications, how.muting_expires_at) == (True, None)
    mute.unmute(tx, ada, bob.account)
    mute.unmute(tx, ada, bob.account)
    assert not stands(tx, ada, bob).muting


def test_a_mute_that_is_over_is_forgotten_and_one_made_longer_is_not(tx, ada, bob, eve):
    """Whom somebody could not bear last year is nobody's business; twice is the same as once."""
    mute.mute(tx, ada, bob.account, duration=60)
    mute.mute(tx, ada, eve.account, duration=60)
    mute.mute(tx, ada, eve.account, duration=600)
    tx.ms += 60_000
    for _ in range(2):
        for target in (bob, eve):
            mute.forget_ended(tx, MuteEnds(account=ada.account, target=target.account))
        assert tx.rows(MUTES) == [(eve.account,)]


def test_a_mute_of_a_million_years_is_a_long_one(tx, ada, bob):
    """A number from an app must not overflow the database."""
    mute.mute(tx, ada, bob.account, duration=(1 << 63) - 1)
    assert stands(tx, ada, bob).muting
    mute.mute(tx, ada, bob.account, duration=-5)
    assert stands(tx, ada, bob).muting_expires_at is None


def test_a_note_is_sealed_and_only_its_writer_reads_it(tx, ada, bob):
    """What is in a stolen database must not be what somebody thought of a friend."""
    note.write(tx, ada, bob.account, " owes me tea\r\n")
    assert stands(tx, ada, bob).note == "owes me tea"
    assert stands(tx, bob, ada).note == ""
    assert b"tea" not in bytes(tx.rows(SLOTS)[0][1])
    assert tx.emitted == []


def test_a_note_that_is_replaced_or_emptied_is_erased_with_its_key(tx, ada, bob):
    """Overwriting the row leaves the old one in every backup."""
    note.write(tx, ada, bob.account, "first")
    ((first, _),) = tx.rows(SLOTS)
    note.write(tx, ada, bob.account, "second")
    ((second, _),) = tx.rows(SLOTS)
    assert tx.shreds == [first]
    assert second != first
    note.write(tx, ada, bob.account, "  ")
    note.write(tx, ada, bob.account, "")
    assert tx.shreds == [first, second]
    assert tx.rows(SLOTS) == []
    assert stands(tx, ada, bob).note == ""


def test_a_note_that_is_too_long_changes_nothing(tx, ada, bob):
    """The old one must not be lost over it."""
    note.write(tx, ada, bob.account, "kept")
    with pytest.raises(Invalid):
        note.write(tx, ada, bob.account, "x" * 2001)
    assert stands(tx, ada, bob).note == "kept"


def test_a_note_whose_key_is_gone_is_none(db):
    """While an account is being erased its pages must still open."""

    def write(tx):
        ada, bob = people.make(tx, "ada"), people.make(tx, "bob")
        note.write(tx, ada, bob.account, "words")
        return ada, bob

    ada, bob = db.write_sync(write)
    db.write_sync(lambda tx: tx.shred([queries.by_id(tx, ada.account).slot]))
    assert db.write_sync(lambda tx: relationships.to(tx, ada, bob.account)).note == ""


def test_a_note_opens_nowhere_else(tx, ada, bob, eve):
    """Whoever can write to the database could move a note to somebody else's row."""
    note.write(tx, ada, bob.account, "words")
    ((slot, content),) = tx.rows(SLOTS)
    author = queries.by_id(tx, ada.account).slot
    place = Slot(slot, author, bob.account, relationships.NOTE)
    assert tx.unseal(place, bytes(content)) == b"words"
    with pytest.raises(Exception, match="does not match"):
        tx.unseal(place._replace(row=eve.account), bytes(content))


def test_many_are_asked_for_at_once_in_the_order_asked(tx, ada, bob, eve):
    """Apps match them by position, and ask for forty at a time."""
    before = tx.queries
    found = relationships.of(tx, ada, [eve.account, 5, bob.account, eve.account])
    assert tx.queries == before + 1
    assert [each.id for each in found] == [str(eve.account), str(bob.account)]
    assert relationships.of(tx, ada, []) == []


def test_a_relationship_has_every_key(tx, ada, bob):
    """Ice Cubes and Tusky decode strictly."""
    assert set(msgspec.to_builtins(stands(tx, ada, bob))) == {
        *("id", "following", "showing_reblogs", "notifying", "languages", "followed_by"),
        *("blocking", "blocked_by", "muting", "muting_notifications", "muting_expires_at"),
        *("requested", "requested_by", "domain_blocking", "endorsed", "note"),
    }


def test_the_expressions_stand_in_statements_of_their_own_tables(tx, ada, bob):
    """A timeline that itself reads `follows` would compare the wrong rows."""
    follow.follow(tx, ada, bob.account)
    mute.mute(tx, bob, ada.account)
    found = Query(
        select(mutes.c.account).where(
            graph.follows(mutes.c.target, mutes.c.account),
            ~graph.blocked_either(mutes.c.account, mutes.c.target),
            graph.muted("viewer", mutes.c.target),
        )
    )
    assert tx.rows(found, viewer=bob.account, now=tx.ms) == [(bob.account,)]
    assert moment(tx.ms) == tx.now
