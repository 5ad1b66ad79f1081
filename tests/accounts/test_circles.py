"""Lists of people: paging, who is left out, and slices for the fan-out."""

import pytest
from sqlalchemy import update

import people
from whimbrel.accounts import block, circles, follow, mute
from whimbrel.accounts.circles import Window
from whimbrel.accounts.queries import lists
from whimbrel.accounts.tables import accounts, users
from whimbrel.core.ids import MAX_ID

ALL = Window(0, MAX_ID, False, 80)


def tick(tx):
    tx.ms += 1


@pytest.fixture
def crowd(tx, ada):
    """Seven people who follow Ada, f0 first."""
    found = []
    for at in range(7):
        tick(tx)
        found.append(people.make(tx, f"f{at}"))
        follow.follow(tx, found[-1], ada.account)
    return found


def names(rows):
    return [row.account.username for row in rows]


def test_followers_come_newest_first_page_by_page(tx, ada, bob, crowd):
    """A follower on the edge of a page must be neither missed nor shown twice."""
    seen, high = [], MAX_ID
    while rows := circles.around(
        tx, bob, "followers", ada.account, ALL._replace(high=high, most=3)
    ):
        seen += names(rows)
        high = rows[-1].cursor
    assert seen == [f"f{at}" for at in reversed(range(7))]
    upwards = ALL._replace(low=high, ascending=True, most=3)
    assert names(circles.around(tx, bob, "followers", ada.account, upwards)) == ["f3", "f2", "f1"]


def test_following_is_the_other_end(tx, ada, bob, crowd):
    """Whom f0 follows is Ada alone."""
    assert names(circles.around(tx, bob, "following", crowd[0].account, ALL)) == ["ada"]
    assert circles.around(tx, bob, "following", ada.account, ALL) == []


def test_hidden_lists_are_empty_to_all_but_their_owner(tx, ada, bob, crowd):
    """Whoever hides who they know means it."""
    tx.run(update(accounts).where(accounts.c.id == ada.account).values(hide_collections=True))
    assert circles.around(tx, bob, "followers", ada.account, ALL) == []
    assert len(circles.around(tx, ada, "followers", ada.account, ALL)) == 7


def test_who_is_blocked_sees_no_lists(tx, ada, bob, crowd):
    """The list of friends is where a stalker looks next."""
    block.block(tx, ada, bob.account)
    assert circles.around(tx, bob, "followers", ada.account, ALL) == []


def test_some_are_left_out_for_some(tx, ada, bob, crowd):
    """Suspended people for everybody; whom the viewer blocks or mutes, or who blocks the viewer,
    for the viewer, but not for the owner of the list."""
    tx.run(update(accounts).where(accounts.c.id == crowd[0].account).values(suspended_at=1))
    block.block(tx, bob, crowd[1].account)
    block.block(tx, crowd[2], bob.account)
    mute.mute(tx, bob, crowd[3].account)
    mute.mute(tx, ada, crowd[4].account)
    seen = names(circles.around(tx, bob, "followers", ada.account, ALL))
    assert seen == ["f6", "f5", "f4"]
    assert len(circles.around(tx, ada, "followers", ada.account, ALL)) == 6


def test_ones_own_lists(tx, bob, eve):
    """Requests, blocks and mutes are the viewer's and nobody else's."""
    shy = people.make(tx, "shy", locked=True)
    follow.follow(tx, bob, shy.account)
    block.block(tx, shy, eve.account)
    mute.mute(tx, shy, bob.account, duration=60)
    assert names(circles.own(tx, shy, "requests", ALL)) == ["bob"]
    assert names(circles.own(tx, shy, "blocks", ALL)) == ["eve"]
    (row,) = circles.own(tx, shy, "mutes", ALL)
    assert (row.account.username, row.until) == ("bob", tx.ms + 60_000)
    for kind in ("requests", "blocks", "mutes"):
        assert circles.own(tx, bob, kind, ALL) == []
    tx.ms += 60_000
    assert circles.own(tx, shy, "mutes", ALL) == []


def test_a_fan_out_walks_followers_in_slices(tx, ada, crowd):
    """Each follower gets a post once, whoever follows or leaves in between."""
    ids = sorted(viewer.account for viewer in crowd)
    first = lists.followers_slice(tx, ada.account, 0, 4)
    follow.unfollow(tx, crowd[0], ada.account)
    second = lists.followers_slice(tx, ada.account, first[-1], 4)
    assert first + second == ids
    assert lists.followers_slice(tx, ada.account, ids[-1], 4) == []


def test_a_fan_out_leaves_out_who_has_been_away(tx, ada, crowd):
    """Their homes are rebuilt when they come back; people of other servers have none."""
    away, gone, far = crowd[0], crowd[1], people.make(tx, "far", domain="x", handle="far@x")
    tx.run(update(users).where(users.c.account == away.account).values(active_at=5))
    tx.run(update(users).where(users.c.account == gone.account).values(disabled_at=5))
    tx.run(users.delete().where(users.c.account == far.account))
    follow.follow(tx, far, ada.account)
    active = lists.followers_slice(tx, ada.account, 0, 20, active_since=6)
    assert active == sorted(viewer.account for viewer in crowd[2:])
    assert far.account in lists.followers_slice(tx, ada.account, 0, 20)


def test_familiar_followers_are_those_the_viewer_follows(tx, ada, bob, crowd):
    """`Followed by people you know` must not give away who hides whom they follow."""
    for viewer in crowd[:3]:
        follow.follow(tx, bob, viewer.account)
    hidden = crowd[1].account
    tx.run(update(accounts).where(accounts.c.id == hidden).values(hide_collections=True))
    found = lists.familiar(tx, bob.account, [ada.account, bob.account])
    assert {account.username for account in found[ada.account]} == {"f0", "f2"}
    assert found[bob.account] == []
