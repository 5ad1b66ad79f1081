"""Being put into a collection, and what becomes of it: told, held back, and of what is gone."""

import msgspec

import people
from whimbrel.accounts import block
from whimbrel.collections import collect
from whimbrel.collections.collect import Form
from whimbrel.collections.events import AddedToCollection, CollectionRenamed
from whimbrel.timelines import collected, group, policy, requests, serialize
from whimbrel.timelines.queries import told as pages
from whimbrel.timelines.rules import Wanted, Window

NEWEST = Window(most=40)


def settle(tx):
    """Twice each, as after a crash."""
    done, tx.emitted[:] = list(tx.emitted), []
    for event in done:
        for _ in range(2):
            if isinstance(event, AddedToCollection):
                collected.tell_of_adding(tx, event)
            elif isinstance(event, CollectionRenamed):
                collected.tell_of_change(tx, event)


def told(tx, viewer):
    page = pages.page(tx, viewer.id, NEWEST, kinds=[], not_kinds=[], actor=None)
    return msgspec.json.decode(serialize.notifications(tx, viewer, page).body)


def test_who_is_in_it_can_read_what_they_are_called(tx, ada, bob, eve):
    """With the collection itself, in both forms, so that they can leave; once, and never of one's
    own, or by whom one blocks."""
    block.block(tx, eve, ada.id)
    kit = people.make(tx, "kit")
    form = Form(name="Birders", account_ids=[str(bob.id), str(kit.id)])
    made = collect.create(tx, ada, form)
    settle(tx)
    (shown,) = told(tx, bob)
    assert (shown["type"], shown["account"]["id"]) == ("added_to_collection", str(ada.id))
    assert shown["collection"]["name"] == "Birders"
    grouped = msgspec.json.decode(group.page(tx, bob, NEWEST, Wanted(), False).body)
    assert grouped["notification_groups"][0]["collection"] == shown["collection"]
    assert told(tx, ada) == told(tx, eve) == []
    block.block(tx, kit, ada.id)
    tx.ms += 5
    collect.update(tx, ada, made.id, Form(name="Fools"))
    settle(tx)
    assert [each["type"] for each in told(tx, bob)] == ["collection_update", "added_to_collection"]
    assert [each["type"] for each in told(tx, kit)] == ["added_to_collection"]
    collect.delete(tx, ada, made.id)
    assert [each["collection"] for each in told(tx, bob)] == [None, None]


def test_what_is_held_back_still_says_which_collection(tx, ada, bob):
    """Strangers who collect people are the ones a policy is for."""
    policy.change(tx, bob, {"for_not_following": "filter"})
    collect.create(tx, ada, Form(name="Birders", account_ids=[str(bob.id)]))
    settle(tx)
    assert told(tx, bob) == []
    asked = Wanted(actor=ada.id, held=True)
    held = msgspec.json.decode(group.page(tx, bob, NEWEST, asked, False).body)
    assert held["notification_groups"][0]["collection"]["name"] == "Birders"
    requests.accept(tx, bob, [each.id for each in _waiting(tx, bob)])
    assert told(tx, bob)[0]["collection"]["name"] == "Birders"


def _waiting(tx, viewer):
    return requests.queries.page(tx, viewer.id, NEWEST)
