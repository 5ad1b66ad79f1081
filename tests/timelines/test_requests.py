"""Requests: what was held back can be looked at, let in with all that belongs to it, sent away."""

import msgspec
import pytest
import stories
from sqlalchemy import select

import people
from whimbrel.accounts.events import Blocked
from whimbrel.core.errors import NotFound
from whimbrel.posts.events import PostPublished
from whimbrel.posts.rules import Visibility
from whimbrel.timelines import conversations, live, notify, policy, requests
from whimbrel.timelines.queries import told as pages
from whimbrel.timelines.rules import Window
from whimbrel.timelines.tables import (
    held_notifications,
    notification_permissions,
    notification_requests,
)

ALL = {"kinds": [], "not_kinds": [], "actor": None}


@pytest.fixture
def ada(tx):
    """Somebody who wants to hear of those she follows."""
    ada = people.make(tx, "ada")
    policy.change(tx, ada, {"for_not_following": "filter"})
    return ada


def name(tx, author, receiver, **facts):
    post = stories.write(tx, author, named=(receiver,), **facts)
    notify.tell_of_post(tx, PostPublished(post=post, author=author.id))
    return post


def shown(tx, viewer, **window):
    return msgspec.json.decode(requests.page(tx, viewer, Window(**window)).body)


def told(tx, viewer):
    return [row[1] for row in pages.page(tx, viewer.id, Window(), **ALL)]


def test_as_apps_read_it(tx, ada):
    """One line for each who knocks, with how often and what they said last."""
    eve, bob = people.make(tx, "eve"), people.make(tx, "bob")
    assert shown(tx, ada) == []
    name(tx, eve, ada)
    last = name(tx, eve, ada)
    name(tx, bob, ada)
    found = {each["account"]["acct"]: each for each in shown(tx, ada)}
    assert set(found) == {"eve", "bob"}
    assert found["eve"]["notifications_count"] == "2"
    assert found["eve"]["last_status"]["id"] == str(last)
    assert set(found["eve"]) == {
        *("id", "created_at", "updated_at", "notifications_count", "account", "last_status")
    }
    one = msgspec.json.decode(requests.show(tx, ada, int(found["eve"]["id"])))
    assert one == found["eve"]
    ids = sorted((int(each["id"]) for each in found.values()), reverse=True)
    assert [int(each["id"]) for each in shown(tx, ada, high=ids[0])] == ids[1:]
    assert [int(e["id"]) for e in shown(tx, ada, low=ids[1], ascending=True)] == ids[:1]


def test_nobody_elses_requests(tx, ada):
    """Not to read, not to answer; and each answers as if there were none."""
    eve = people.make(tx, "eve")
    name(tx, eve, ada)
    request = tx.value(select(notification_requests.c.id))
    for act in (requests.show, requests.accept_one, requests.dismiss_one):
        for which in (request, 1):
            with pytest.raises(NotFound):
                act(tx, eve, which)
    requests.accept(tx, eve, [request])
    requests.dismiss(tx, eve, [request])
    assert len(shown(tx, ada)) == 1


def test_letting_in(tx, ada):
    """All that waited is told, conversations too, and whoever was let in need not knock again."""
    eve = people.make(tx, "eve")
    name(tx, eve, ada)
    direct = name(tx, eve, ada, visibility=Visibility.DIRECT)
    assert told(tx, ada) == []
    assert not conversations.page(tx, ada, Window()).size
    tx.said.clear()
    request = tx.value(select(notification_requests.c.id))
    requests.accept_one(tx, ada, request)
    assert told(tx, ada) == ["mention", "mention"]
    assert tx.rows(select(held_notifications.c.id)) == []
    assert shown(tx, ada) == []
    (found,) = msgspec.json.decode(conversations.page(tx, ada, Window()).body)
    assert found["last_status"]["id"] == str(direct)
    assert found["unread"] is True
    said = [live.heard(raw) for _, raw in tx.said]
    assert live.NotificationsMerged(account=ada.id) in said
    name(tx, eve, ada)
    assert told(tx, ada) == ["mention"] * 3
    with pytest.raises(NotFound):
        requests.accept_one(tx, ada, request)


def test_sending_away(tx, ada):
    """It is forgotten, and the next knock is a new one."""
    eve = people.make(tx, "eve")
    name(tx, eve, ada)
    first = tx.value(select(notification_requests.c.id))
    requests.dismiss_one(tx, ada, first)
    assert shown(tx, ada) == told(tx, ada) == []
    assert tx.rows(select(notification_permissions.c.actor)) == []
    name(tx, eve, ada)
    (again,) = shown(tx, ada)
    assert again["notifications_count"] == "1"
    requests.dismiss(tx, ada, [int(again["id"]), 7])
    assert shown(tx, ada) == []


def test_what_is_gone_waits_no_longer(tx, ada):
    """Clearing and blocking reach what is outside as well."""
    eve, bob = people.make(tx, "eve"), people.make(tx, "bob")
    name(tx, eve, ada)
    name(tx, bob, ada)
    notify.forget_blocked(tx, Blocked(account=ada.id, target=eve.id))
    assert [each["account"]["acct"] for each in shown(tx, ada)] == ["bob"]
    notify.clear(tx, ada)
    assert shown(tx, ada) == []
    assert tx.rows(select(held_notifications.c.id)) == []
