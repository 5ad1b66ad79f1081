"""Requests: what was held back can be looked at, let in with all that belongs to it, sent away."""

import msgspec
import pytest
import stories
from sqlalchemy import select

import people
from app import Client
from whimbrel.accounts.events import Blocked
from whimbrel.core.errors import NotFound
from whimbrel.posts.events import PostPublished
from whimbrel.posts.rules import Visibility
from whimbrel.timelines import api, conversations, live, notify, policy, requests
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


def test_over_http(db, tmp_path):
    """Several at once, by the form that apps send; nonsense among them harms nobody."""
    with Client(db, tmp_path, api.ROUTES, "ada", "bob", "eve", "dan") as client:
        ada = client.people["ada"]
        path = "/api/v1/notifications/requests"
        client.do(policy.change, ada, {"for_not_following": "filter"})
        for sender in ("bob", "eve", "dan"):
            client.do(name, client.people[sender], ada)
        first = client.ask("GET", f"{path}?limit=2", "ada")
        assert len(first.json()) == 2 and 'rel="next"' in first.headers["link"]
        found = {each["account"]["acct"]: each["id"] for each in client.get(path, "ada")}
        form = {"id[]": [found["bob"], "7", "x"]}
        assert client.ask("POST", f"{path}/accept", "ada", data=form).json() == {}
        form = {"id[]": [found["eve"]]}
        assert client.ask("POST", f"{path}/dismiss", "ada", data=form).json() == {}
        assert client.get(f"{path}/merged", "ada") == {"merged": True}
        (left,) = client.get(path, "ada")
        assert client.get(f"{path}/{left['id']}", "ada") == left
        assert client.ask("GET", f"{path}/{left['id']}", "bob").status_code == 404
        assert client.ask("POST", f"{path}/{found['bob']}/accept", "ada").status_code == 404
        assert client.ask("POST", f"{path}/{left['id']}/dismiss", "ada").json() == {}
        (told,) = client.get("/api/v1/notifications", "ada")
        assert told["account"]["acct"] == "bob"


def test_a_policy_over_http(db, tmp_path):
    """In both versions, as a form; and a word that is none is refused."""
    with Client(db, tmp_path, api.ROUTES, "ada") as client:
        path = "/api/v2/notifications/policy"
        answer = client.ask("PATCH", path, "ada", data={"for_bots": "drop"})
        assert answer.json() == client.get(path, "ada")
        assert answer.json()["for_bots"] == "drop"
        assert client.ask("PATCH", path, "ada", data={"for_bots": "no"}).status_code == 422
        old = "/api/v1/notifications/policy"
        answer = client.ask("PUT", old, "ada", data={"filter_not_following": "true"})
        assert answer.json() == client.get(old, "ada")
        assert answer.json()["filter_not_following"] is True
        assert client.get(path, "ada")["for_not_following"] == "filter"
        assert client.get(path, "ada")["for_bots"] == "drop"
