"""Policies: a flood of strangers can be kept outside, and nobody who was invited is."""

import pytest
import stories
from sqlalchemy import select, update

import people
from whimbrel.accounts.tables import accounts, follows
from whimbrel.core.engines import Query, insert
from whimbrel.core.errors import Invalid
from whimbrel.posts.events import Favourited, PostPublished, Unfavourited
from whimbrel.posts.rules import Visibility
from whimbrel.timelines import notify, policy
from whimbrel.timelines.events import Notified
from whimbrel.timelines.queries.policy import NEW, SETTLED
from whimbrel.timelines.rules import Policy, Sender, Verdict, verdict
from whimbrel.timelines.tables import (
    held_notifications,
    notification_permissions,
    notification_requests,
    notifications,
)

STRANGER = Sender(
    let_in=False,
    followed=False,
    follower=False,
    new=False,
    unasked=False,
    limited=False,
    bot=False,
)
OPEN = dict.fromkeys(Policy.__struct_fields__, "accept")


def kinds(tx, table=notifications):
    return [row[0] for row in tx.rows(select(table.c.kind).order_by(table.c.id))]


def name(tx, author, receiver, **facts):
    """`author` names `receiver`, and the handler runs twice."""
    post = stories.write(tx, author, named=(receiver,), **facts)
    for _ in range(2):
        notify.tell_of_post(tx, PostPublished(post=post, author=author.id))
    return post


@pytest.mark.parametrize(
    ("chosen", "facts", "expected"),
    [
        ({}, {}, Verdict.ACCEPT),
        ({}, {"unasked": True}, Verdict.FILTER),
        ({}, {"unasked": True, "followed": True}, Verdict.ACCEPT),
        ({}, {"limited": True}, Verdict.FILTER),
        ({"for_limited_accounts": "drop"}, {"limited": True, "unasked": True}, Verdict.DROP),
        ({"for_limited_accounts": "drop"}, {"limited": True, "let_in": True}, Verdict.ACCEPT),
        ({"for_not_following": "filter"}, {}, Verdict.FILTER),
        ({"for_not_following": "filter"}, {"followed": True}, Verdict.ACCEPT),
        ({"for_not_followers": "drop"}, {"followed": True}, Verdict.DROP),
        ({"for_not_followers": "drop"}, {"follower": True}, Verdict.ACCEPT),
        ({"for_new_accounts": "filter"}, {"new": True}, Verdict.FILTER),
        ({"for_new_accounts": "filter"}, {"new": True, "followed": True}, Verdict.ACCEPT),
        ({"for_bots": "drop"}, {"bot": True}, Verdict.DROP),
        ({"for_bots": "drop"}, {"bot": True, "followed": True}, Verdict.ACCEPT),
    ],
)
def test_what_is_decided(chosen, facts, expected):
    """Each ground by itself, the worst of several, and who is exempt."""
    assert verdict(Policy(**chosen), STRANGER._replace(**facts)) is expected


def test_as_apps_read_and_write_it(tx):
    """Six decisions and what waits; a wrong word changes nothing."""
    ada, eve = people.make(tx, "ada"), people.make(tx, "eve")
    assert policy.show(tx, ada) == {
        **OPEN,
        "for_private_mentions": "filter",
        "for_limited_accounts": "filter",
        "summary": {"pending_requests_count": 0, "pending_notifications_count": 0},
    }
    with pytest.raises(Invalid):
        policy.change(tx, ada, {"for_bots": "drop", "for_new_accounts": "perhaps"})
    policy.change(tx, ada, {"for_bots": "drop"})
    changed = policy.change(tx, ada, {"for_not_following": "filter"})
    assert (changed["for_bots"], changed["for_not_following"]) == ("drop", "filter")
    name(tx, eve, ada)
    name(tx, eve, ada)
    summary = policy.show(tx, ada)["summary"]
    assert summary == {"pending_requests_count": 1, "pending_notifications_count": 2}
    old = policy.show_old(tx, ada)
    assert old == {
        "filter_not_following": True,
        "filter_not_followers": False,
        "filter_new_accounts": False,
        "filter_private_mentions": True,
        "summary": summary,
    }
    policy.change_old(tx, ada, {"filter_not_following": False, "filter_new_accounts": True})
    assert policy.show(tx, ada)["for_not_following"] == "accept"
    assert policy.show(tx, ada)["for_new_accounts"] == "filter"
    assert policy.show(tx, eve)["for_new_accounts"] == "accept"


def test_what_is_held_back_rings_nowhere(tx):
    """No push, no stream, no line in the list: that is what holding back is for."""
    ada, eve = people.make(tx, "ada"), people.make(tx, "eve")
    policy.change(tx, ada, {"for_not_following": "filter"})
    tx.said.clear()
    post = stories.write(tx, ada)
    name(tx, eve, ada)
    for _ in range(2):
        notify.tell_of_favourite(tx, Favourited(post=post, author=ada.id, account=eve.id))
    assert kinds(tx) == []
    assert sorted(kinds(tx, held_notifications)) == ["favourite", "mention"]
    assert len(tx.rows(select(notification_requests.c.id))) == 1
    assert not [event for event in tx.emitted if isinstance(event, Notified)]
    assert tx.said == []
    notify.forget_favourite(tx, Unfavourited(post=post, author=ada.id, account=eve.id))
    assert kinds(tx, held_notifications) == ["mention"]


def test_what_is_dropped_leaves_no_trace(tx):
    """Nor a request: somebody who is dropped must not be able to fill a list."""
    ada, eve = people.make(tx, "ada"), people.make(tx, "eve", bot=True)
    policy.change(tx, ada, {"for_bots": "drop"})
    name(tx, eve, ada)
    assert kinds(tx) == kinds(tx, held_notifications) == []
    assert tx.rows(select(notification_requests.c.id)) == []


def test_an_answer_in_private_is_welcome(tx):
    """Who writes first wants to read the answer; who was not written to has to wait."""
    ada, eve = people.make(tx, "ada"), people.make(tx, "eve")
    name(tx, eve, ada, visibility=Visibility.DIRECT)
    assert (kinds(tx), kinds(tx, held_notifications)) == ([], ["mention"])
    first = stories.write(tx, ada, visibility=Visibility.DIRECT, named=(eve,))
    answer = {"visibility": Visibility.DIRECT, "reply_to": first, "reply_to_author": ada.id}
    post = name(tx, eve, ada, **answer)
    assert kinds(tx) == ["mention"]
    assert tx.rows(select(notifications.c.post)) == [(post,)]


def test_who_follows_for_some_days_is_a_follower(tx):
    """Or following would be the way in; and an account is new for a month."""
    ada, eve = people.make(tx, "ada"), people.make(tx, "eve")
    policy.change(tx, ada, {"for_not_followers": "filter"})
    stories.follow(tx, eve, ada)
    name(tx, eve, ada)
    assert kinds(tx) == []
    tx.run(update(follows).values(at=tx.ms - SETTLED - 1))
    name(tx, eve, ada)
    assert kinds(tx) == ["mention"]
    policy.change(tx, ada, {"for_not_followers": "accept", "for_new_accounts": "drop"})
    name(tx, eve, ada)
    assert kinds(tx) == ["mention"]
    tx.run(update(accounts).where(accounts.c.id == eve.id).values(at=tx.ms - NEW - 1))
    name(tx, eve, ada)
    assert kinds(tx) == ["mention", "mention"]


def test_the_staff_and_the_invited_are_heard(tx):
    """A moderator has to reach people; whom one let in once need not knock again."""
    ada, bob = people.make(tx, "ada"), people.make(tx, "bob")
    mod = people.make(tx, "mod", role="moderator")
    policy.change(tx, ada, {"for_not_following": "drop"})
    name(tx, mod, ada, visibility=Visibility.DIRECT)
    assert kinds(tx) == ["mention"]
    post = stories.write(tx, ada)
    notify.tell_of_favourite(tx, Favourited(post=post, author=ada.id, account=mod.id))
    assert kinds(tx) == ["mention"], "only what they have to say counts"
    tx.run(Query(insert(notification_permissions)), account=ada.id, actor=bob.id)
    name(tx, bob, ada)
    assert kinds(tx) == ["mention", "mention"]
    policy.change(tx, mod, {"for_not_following": "drop"})
    boss = people.make(tx, "boss", role="moderator")
    name(tx, boss, mod)
    assert kinds(tx) == ["mention", "mention"], "nor does it among equals"
