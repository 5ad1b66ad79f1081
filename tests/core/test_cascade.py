"""Rows that the database removes by itself: their keys are destroyed like any others."""

from sqlalchemy import select

import people
from phone import Phone
from whimbrel.accounts import note, sessions, tokens
from whimbrel.accounts.queries import doors, users
from whimbrel.accounts.rules import Viewer
from whimbrel.accounts.tables import accounts
from whimbrel.core import webpush
from whimbrel.core.cascade import parents_of_slots, shred_below
from whimbrel.core.engines import Query
from whimbrel.core.tables import metadata
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft
from whimbrel.timelines import push
from whimbrel.timelines.queries import push as subscriptions

# Who deletes rows of these, asks `core.cascade` first. Except: apps go only when nobody holds a
# token of theirs; reports go with an account alone.
GUARDED = {"accounts", "posts", "sessions", "tokens"}
HARMLESS = {"apps", "reports"}


def subscribed(tx, viewer):
    """An app of the viewer's that is pushed to: its token, and the slot of its secrets."""
    _, token = tokens.issue_with_id(tx, viewer.account, "read push")
    app = Viewer(account=viewer.account, scopes=frozenset({"push"}), token=token)
    phone = Phone()
    keys = {"p256dh": webpush.encoded(phone.point), "auth": webpush.encoded(phone.auth)}
    push.subscribe(tx, app, push.Wanted(endpoint="https://push.example/1", token="t", **keys))
    found = subscriptions.of_holder(tx, subscriptions.Holder(token))
    assert found is not None
    return token, found.slot


def test_every_way_to_a_slot_is_known():
    """A new table whose rows go with another's would leave keys behind that open old copies. Shred
    them where the parent is deleted, and add it here."""
    assert parents_of_slots() == GUARDED | HARMLESS


def test_a_token_takes_the_keys_of_its_subscription_along(tx, ada, bob):
    """What a revoked app was pushed could be read on, by whoever has last week's backup."""
    (one, a), (two, b), (_, c) = (subscribed(tx, ada) for _ in range(3))
    _, other = subscribed(tx, bob)
    tokens.revoke(tx, ada, one)
    assert tx.shreds == [a]
    tokens.end(tx, two, ada.account)
    assert tx.shreds == [a, b]
    sessions.revoke_access(tx, ada.id)
    assert tx.shreds == [a, b, c]
    assert other not in tx.shreds


def test_nobody_else_s_token_takes_keys_along(tx, ada, bob):
    """A guess at the number of somebody's token must not end their pushes."""
    token, _ = subscribed(tx, ada)
    assert not doors.end_token_of(tx, bob.id, token)
    assert tx.shreds == []


def test_a_row_of_an_account_takes_all_keys_along(tx, ada, bob):
    """Handlers have an hour to clear away what an erased account had; whatever they did not get to
    goes with the row, and its keys with it."""
    post = publish(tx, ada, Draft(text="hello"))
    note.write(tx, ada, bob.id, "about bob")
    note.write(tx, bob, ada.id, "about ada")
    _, pushed = subscribed(tx, ada)
    kept = publish(tx, bob, Draft(text="mine")).slot
    before = {
        row[0]
        for name in ("notes", "posts", "subscriptions")
        for row in tx.rows(Query(select(metadata.tables[name].c.slot)))
    }
    assert {post.slot, pushed, kept} < before
    users.remove(tx, ada.id)
    assert set(tx.shreds) == before - {kept}


def test_a_row_that_is_alone_takes_nothing(tx, ada):
    """And an empty list asks nothing."""
    asked = tx.queries
    shred_below(tx, accounts, [])
    assert tx.queries == asked
    shred_below(tx, accounts, [people.make(tx, "cat").id])
    assert tx.shreds == []
