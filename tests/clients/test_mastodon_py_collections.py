"""Mastodon.py, unchanged from PyPI: collections of people, and posts about a link."""

import pytest
from client_town import Town
from mastodon.errors import MastodonNotFoundError


def test_a_collection_from_its_making_to_its_end(town: Town) -> None:
    """Whoever recommends people in an app sees them appear, change and go."""
    ada, bob = town.ada, town.bob
    for each in (bob, town.cat):
        each.account_update_credentials(discoverable=True)
    ada.account_follow(town.id("bob"))
    ada.account_follow(town.id("cat"))
    made = ada.collection_create(
        "Birders", description="Who counts", discoverable=True, account_ids=[town.id("bob")]
    ).collection
    assert (made.name, made.item_count) == ("Birders", 1)
    changed = ada.collection_update(made.id, name="Waders").collection
    assert changed.name == "Waders"
    item = ada.collection_item_add(made.id, town.id("cat")).collection_item
    found = bob.collection(made.id)
    assert {str(each.id) for each in found.accounts} >= {town.id("bob"), town.id("cat")}
    assert [each.id for each in bob.account_collections(town.id("ada")).collections] == [made.id]
    assert [each.id for each in bob.account_in_collections(None).collections] == [made.id]
    ada.collection_item_delete(made.id, item)
    mine = next(each for each in ada.collection(made.id).collection["items"])
    bob.collection_item_revoke(made.id, mine)
    assert bob.account_in_collections(None).collections == []
    ada.collection_delete(made.id)
    with pytest.raises(MastodonNotFoundError):
        ada.collection(made.id)


def test_a_link_that_does_not_trend_has_no_timeline(town: Town) -> None:
    """Apps ask for it from a preview card, whether it trends or not."""
    with pytest.raises(MastodonNotFoundError):
        town.ada.timeline_link("https://example.org/nobody-talks-of-this")
