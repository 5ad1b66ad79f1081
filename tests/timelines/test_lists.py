"""Lists and markers: what other tests of this folder do not touch on their way."""

import pytest
import stories

from whimbrel.accounts.events import Unfollowed
from whimbrel.core.errors import Conflict, Invalid, NotFound
from whimbrel.timelines import lists, markers
from whimbrel.timelines.lists import MOST_LISTS, ListForm
from whimbrel.timelines.queries import markers as stored
from whimbrel.timelines.rules import Window


def test_who_is_followed_no_more_is_in_no_list(tx, ada, bob, eve):
    """A list is of those one follows: a private post must not come in through it. Eve's stays."""
    for viewer in (bob, eve):
        stories.follow(tx, viewer, ada)
        made = lists.create(tx, viewer, ListForm(title="kin"))
        lists.add(tx, viewer, int(made.id), [ada.id])
    for _ in range(2):
        lists.drop_unfollowed(tx, Unfollowed(follower=bob.id, followee=ada.id))
    assert lists.holding(tx, bob, ada.id) == []
    assert len(lists.holding(tx, eve, ada.id)) == 1


def test_adding_twice_is_once_and_oneself_may_be_in_it(tx, ada, bob):
    """Apps retry; some put their owner's own posts into a list."""
    stories.follow(tx, bob, ada)
    made = lists.create(tx, bob, ListForm(title="kin"))
    for _ in range(2):
        lists.add(tx, bob, int(made.id), [ada.id, bob.id, ada.id])
    everybody = lists.members(tx, bob, int(made.id), Window(most=0))
    assert sorted(who.username for who in everybody) == ["ada", "bob"]


def test_nobody_has_lists_without_end(tx, bob):
    """Each costs look-ups at every delivery."""
    for _ in range(MOST_LISTS):
        lists.create(tx, bob, ListForm(title="kin"))
    with pytest.raises(Invalid):
        lists.create(tx, bob, ListForm(title="one more"))


def test_no_list_no_members(tx, ada, bob):
    """An id of somebody else's list must not tell who is in it."""
    made = lists.create(tx, bob, ListForm(title="kin"))
    for attempt in (
        lambda: lists.members(tx, ada, int(made.id), Window()),
        lambda: lists.add(tx, ada, int(made.id), []),
        lambda: lists.take_out(tx, ada, int(made.id), [bob.id]),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_two_devices_at_once_conflict(tx, bob, monkeypatch):
    """409 tells the app to read again, instead of moving a marker back unnoticed."""
    markers.move(tx, bob, {"home": 5})
    before = stored.some(tx, bob.id, ["home"])
    markers.move(tx, bob, {"home": 6})
    monkeypatch.setattr(stored, "some", lambda *_: before)
    with pytest.raises(Conflict):
        markers.move(tx, bob, {"home": 7})
