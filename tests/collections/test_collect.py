"""Collections: who may be put into one, who sees what of it, and that one can take oneself out."""

import msgspec
import pytest
from sqlalchemy import func, select, update

import people
from whimbrel.accounts.block import block
from whimbrel.accounts.rules import MOST_COLLECTIONS, STRANGER
from whimbrel.accounts.tables import accounts
from whimbrel.collections import collect, queries
from whimbrel.collections.collect import Form
from whimbrel.collections.events import AddedToCollection, CollectionRenamed
from whimbrel.collections.rules import MOST_ITEMS, Part
from whimbrel.collections.serialize import collection, with_accounts
from whimbrel.collections.tables import collection_items
from whimbrel.core.errors import Invalid, NotFound

ALL = Part(0, 40)


@pytest.fixture
def bob(tx):
    return people.make(tx, "bob")


def made(tx, who, *others, name="Birders", **more):
    return collect.create(
        tx, who, Form(name=name, account_ids=[str(each.id) for each in others], **more)
    )


def inside(found):
    return [item.account for item in found.items]


def hide(tx, who, **columns):
    tx.run(update(accounts).where(accounts.c.id == who.id).values(columns))


def test_a_collection_is_whole(tx, ada, bob):
    """Strict decoders want every key; its text is HTML and cannot carry any."""
    found = made(
        tx, ada, bob, description="<b>", language="en", tag_name="#Birds", discoverable=True
    )
    shown = collection(tx.instance, found)
    assert (shown["name"], shown["item_count"], shown["discoverable"]) == ("Birders", 1, True)
    assert "<b>" not in shown["description"] and "&lt;b&gt;" in shown["description"]
    assert shown["tag"] == {"name": "birds", "url": "https://social.example/tags/birds"}
    assert shown["items"][0]["state"] == "accepted"
    whole = msgspec.json.decode(with_accounts(tx, found))
    assert [each["username"] for each in whole["accounts"]] == ["ada", "bob"]
    assert whole["collection"] == shown


def test_what_is_left_out_stays(tx, ada):
    """An app that changes the name would wipe the rest."""
    before = made(tx, ada, description="of the coast", sensitive=True)
    after = collect.update(tx, ada, before.id, Form(name="Waders"))
    assert (after.name, after.description, after.sensitive) == ("Waders", "of the coast", True)
    assert collect.update(tx, ada, before.id, Form(sensitive=False)).sensitive is False


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 41},
        {"description": "x" * 101},
        {"language": "not one"},
        {"tag_name": "two words"},
        {"tag_name": "x" * 101},
    ],
    ids=str,
)
def test_words_have_an_end(tx, ada, wrong):
    """PostgreSQL would fail where SQLite keeps it."""
    with pytest.raises(Invalid):
        collect.create(tx, ada, Form(**({"name": "Birders"} | wrong)))
    assert queries.count(tx, ada.id) == 0


def test_who_cannot_be_put_in_is_not_told_apart(tx, ada, bob):
    """Somebody who blocks, who hides, who is no more and who never was: one answer."""
    found = made(tx, ada)
    told = set()
    hidden, gone = people.make(tx, "hidden", discoverable=False), people.make(tx, "gone")
    hide(tx, gone, suspended_at=1)
    block(tx, bob, ada.id)
    for id_ in (bob.id, hidden.id, gone.id, 5):
        with pytest.raises(Invalid) as error:
            collect.add(tx, ada, found.id, id_)
        told.add(str(error.value))
    assert len(told) == 1


def test_there_is_an_end_to_both(tx, ada):
    """One person could fill the database."""
    found = made(tx, ada)
    for at in range(MOST_ITEMS):
        collect.add(tx, ada, found.id, people.make(tx, f"p{at}").id)
    with pytest.raises(Invalid):
        collect.add(tx, ada, found.id, people.make(tx, "late").id)
    for _ in range(MOST_COLLECTIONS - 1):
        made(tx, ada)
    with pytest.raises(Invalid):
        made(tx, ada)


def test_others_change_nothing(tx, ada, bob):
    """What is somebody else's answers as what is not there."""
    found = made(tx, ada, bob)
    eve = people.make(tx, "eve")
    item = found.items[0].id
    for act in (
        lambda: collect.update(tx, eve, found.id, Form(name="x")),
        lambda: collect.delete(tx, eve, found.id),
        lambda: collect.add(tx, eve, found.id, eve.id),
        lambda: collect.remove(tx, eve, found.id, item),
        lambda: collect.revoke(tx, eve, found.id, item),
    ):
        with pytest.raises(NotFound):
            act()
    assert collect.show(tx, STRANGER, found.id) == found


def test_one_can_take_oneself_out_for_good(tx, ada, bob):
    """Whoever was put among people they do not want to be with; and not again."""
    found = made(tx, ada, bob)
    assert collect.containing(tx, bob, bob.id, ALL) == [found]
    collect.revoke(tx, bob, found.id, found.items[0].id)
    assert inside(collect.show(tx, ada, found.id)) == []
    assert collect.containing(tx, bob, bob.id, ALL) == []
    with pytest.raises(NotFound):
        collect.remove(tx, ada, found.id, found.items[0].id)
    with pytest.raises(Invalid):
        collect.add(tx, ada, found.id, bob.id)


def test_who_is_in_it_is_shown_as_far_as_they_wish(tx, ada, bob):
    """Who hides, is suspended, blocks the reader or is blocked by them is not there for them."""
    cat, dan = people.make(tx, "cat"), people.make(tx, "dan")
    found = made(tx, ada, bob, cat)
    block(tx, bob, dan.id)
    assert inside(collect.show(tx, dan, found.id)) == [cat.id]
    block(tx, dan, cat.id)
    assert inside(collect.show(tx, dan, found.id)) == []
    assert inside(collect.show(tx, STRANGER, found.id)) == [bob.id, cat.id]
    hide(tx, cat, discoverable=False)
    assert inside(collect.show(tx, STRANGER, found.id)) == [bob.id]
    hide(tx, bob, suspended_at=1)
    assert inside(collect.show(tx, ada, found.id)) == []


def test_the_owner_hides_it_from_whom_they_block(tx, ada, bob):
    """As their profile; and it goes with a suspension."""
    found = made(tx, ada, bob, discoverable=True)
    block(tx, ada, bob.id)
    with pytest.raises(NotFound):
        collect.show(tx, bob, found.id)
    assert collect.of(tx, bob, ada.id, ALL) == collect.containing(tx, bob, bob.id, ALL) == []
    assert queries.reportable(tx, bob.id, ada.id, [found.id]) == []
    hide(tx, ada, suspended_at=1)
    with pytest.raises(NotFound):
        collect.show(tx, STRANGER, found.id)


def test_only_those_to_be_found_are_listed(tx, tick, ada, bob):
    """The others are for whoever has their address."""
    shown = made(tx, ada, discoverable=True)
    tick()
    quiet = made(tx, ada)
    assert collect.of(tx, bob, ada.id, ALL) == [shown]
    assert collect.of(tx, ada, ada.id, ALL) == [quiet, shown]
    assert collect.of(tx, ada, ada.id, Part(1, 1)) == [shown]
    assert collect.show(tx, STRANGER, quiet.id) == quiet
    with pytest.raises(NotFound):
        collect.containing(tx, ada, bob.id, ALL)


def test_it_goes_with_its_items(tx, ada, bob):
    """Nothing of it is left."""
    found = made(tx, ada, bob)
    collect.delete(tx, ada, found.id)
    with pytest.raises(NotFound):
        collect.show(tx, ada, found.id)
    assert tx.value(select(func.count()).select_from(collection_items)) == 0


def test_who_is_put_in_hears_of_it_and_of_what_it_is_called_later(tx, ada, bob, tick):
    """A list of fools would be made of friends. What changes nothing in its words is no news."""
    eve = people.make(tx, "eve")
    found = made(tx, ada, bob)
    tick()
    collect.add(tx, ada, found.id, eve.id)
    told = [event for event in tx.emitted if isinstance(event, AddedToCollection)]
    assert [(event.account, event.by) for event in told] == [(bob.id, ada.id), (eve.id, ada.id)]
    collect.update(tx, ada, found.id, Form(sensitive=True, name="Birders"))
    assert not [event for event in tx.emitted if isinstance(event, CollectionRenamed)]
    collect.update(tx, ada, found.id, Form(name="Fools"))
    assert tx.emitted[-1] == CollectionRenamed(collection=found.id, by=ada.id, at=tx.ms)


def test_one_leaves_without_knowing_the_item(tx, ada, bob):
    """A page tells of the collection, not of one's place in it."""
    found = made(tx, ada, bob)
    collect.leave(tx, bob, found.id)
    assert inside(collect.show(tx, ada, found.id)) == []
    with pytest.raises(NotFound):
        collect.leave(tx, bob, found.id)
    with pytest.raises(Invalid):
        collect.add(tx, ada, found.id, bob.id)
