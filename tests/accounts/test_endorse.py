"""Recommending people: it stands on a follow, is seen by all, and goes when the follow goes."""

import pytest

import people
from whimbrel.accounts import block, circles, endorse, follow, leave, mute, relationships
from whimbrel.accounts.circles import Window
from whimbrel.accounts.events import AccountErased
from whimbrel.accounts.rules import STRANGER
from whimbrel.core.errors import Forbidden, Invalid, NotFound
from whimbrel.core.ids import MAX_ID

ALL = Window(0, MAX_ID, False, 80)


def tick(tx):
    tx.ms += 1


def shown(tx, viewer, whose, window=ALL):
    rows = circles.endorsed(tx, viewer, whose.account, window)
    return [row.account.username for row in rows]


def is_endorsed(tx, viewer, other):
    return relationships.to(tx, viewer, other.account).endorsed


def test_whom_one_follows_one_may_recommend(tx, ada, bob, eve):
    """A profile would praise people its owner does not even read."""
    with pytest.raises(Invalid):
        endorse.endorse(tx, ada, bob.account)
    follow.follow(tx, ada, bob.account)
    endorse.endorse(tx, ada, bob.account)
    endorse.endorse(tx, ada, bob.account)
    assert is_endorsed(tx, ada, bob)
    assert not is_endorsed(tx, eve, bob)
    assert not is_endorsed(tx, bob, ada)
    assert shown(tx, STRANGER, ada) == shown(tx, ada, ada) == ["bob"]
    assert shown(tx, eve, bob) == []


def test_asking_is_not_following(tx, ada):
    """Whoever waits before a locked door knows nothing of what they would recommend."""
    shy = people.make(tx, "shy", locked=True)
    follow.follow(tx, ada, shy.account)
    with pytest.raises(Invalid):
        endorse.endorse(tx, ada, shy.account)


def test_taking_it_back(tx, ada, bob):
    """Twice is once."""
    follow.follow(tx, ada, bob.account)
    endorse.endorse(tx, ada, bob.account)
    endorse.unendorse(tx, ada, bob.account)
    endorse.unendorse(tx, ada, bob.account)
    assert shown(tx, STRANGER, ada) == []
    assert not is_endorsed(tx, ada, bob)


@pytest.mark.parametrize(
    "end",
    [
        lambda tx, ada, bob: follow.unfollow(tx, ada, bob.account),
        lambda tx, ada, bob: follow.remove_follower(tx, bob, ada.account),
        lambda tx, ada, bob: block.block(tx, ada, bob.account),
        lambda tx, ada, bob: block.block(tx, bob, ada.account),
    ],
    ids=["unfollow", "removed", "blocks", "blocked"],
)
def test_it_goes_with_the_follow(tx, ada, bob, end):
    """Whoever threw Ada out would stay on her profile, and come back there with a new follow."""
    follow.follow(tx, ada, bob.account)
    endorse.endorse(tx, ada, bob.account)
    end(tx, ada, bob)
    block.unblock(tx, ada, bob.account)
    block.unblock(tx, bob, ada.account)
    follow.follow(tx, ada, bob.account)
    assert not is_endorsed(tx, ada, bob)


def test_it_goes_with_the_account(tx, ada, bob):
    """An erased account would hang on a profile as an empty name."""
    follow.follow(tx, ada, bob.account)
    endorse.endorse(tx, ada, bob.account)
    leave.clear_graph(tx, AccountErased(account=bob.account, uri=""))
    assert shown(tx, STRANGER, ada) == []


def test_what_a_viewer_is_spared(tx, ada, bob, eve):
    """Whom one blocks or mutes is in no list of others; the owner still sees whom they chose."""
    cat = people.make(tx, "cat")
    for other in (bob, eve, cat):
        tick(tx)
        follow.follow(tx, ada, other.account)
        endorse.endorse(tx, ada, other.account)
    reader = people.make(tx, "reader")
    mute.mute(tx, reader, bob.account)
    block.block(tx, eve, reader.account)
    assert shown(tx, reader, ada) == ["cat"]
    mute.mute(tx, ada, bob.account)
    assert shown(tx, ada, ada) == ["cat", "eve", "bob"]
    block.block(tx, ada, reader.account)
    assert shown(tx, reader, ada) == []


def test_pages_meet_without_gap_or_overlap(tx, ada):
    """Somebody on the edge of a page must be neither missed nor shown twice."""
    for at in range(5):
        tick(tx)
        other = people.make(tx, f"p{at}")
        follow.follow(tx, ada, other.account)
        endorse.endorse(tx, ada, other.account)
    seen, high = [], MAX_ID
    while rows := circles.endorsed(tx, ada, ada.account, ALL._replace(high=high, most=2)):
        seen += [row.account.username for row in rows]
        high = rows[-1].cursor
    assert seen == ["p4", "p3", "p2", "p1", "p0"]
    assert shown(tx, ada, ada, Window(high, MAX_ID, True, 2)) == ["p2", "p1"]


def test_nobody_and_oneself(tx, ada):
    """What is not there answers as everywhere."""
    for act in (endorse.endorse, endorse.unendorse):
        with pytest.raises(NotFound):
            act(tx, ada, 5)
        with pytest.raises(Forbidden):
            act(tx, ada, ada.account)
    with pytest.raises(NotFound):
        circles.endorsed(tx, ada, 5, ALL)
