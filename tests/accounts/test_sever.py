"""Who lost whom by a block or a decision: what is kept of it, what is told, and to whom."""

import pytest

import people
from whimbrel.accounts import domains, leave, relationships, sever, standing
from whimbrel.accounts import queries as accounts
from whimbrel.accounts.events import (
    AccountErased,
    DomainBlocked,
    FollowsRefused,
    TiesSevered,
)
from whimbrel.accounts.queries import graph
from whimbrel.accounts.queries.graph import Wish
from whimbrel.core.errors import NotFound


def followed(tx, follower, followee, **wish):
    graph.add_follow(tx, follower.account, followee.account, Wish(**wish))
    accounts.count(tx, follower.account, following=1)
    accounts.count(tx, followee.account, followers=1)


def last(tx, kind):
    return [event for event in tx.emitted if isinstance(event, kind)][-1]


def names(found):
    return [each.account.username for each in found[1]]


def test_who_blocks_a_server_can_look_up_whom_they_lost(tx, ada, bob, monkeypatch):
    """A block is quickly said; without a list nobody is found again on their next server. Whoever
    only asked to follow is no loss, and a job from before this was kept runs as well."""
    monkeypatch.setattr(domains, "PARTED", 2)
    both, fan, asked = (people.elsewhere(tx, name) for name in ("both", "fan", "asked"))
    followed(tx, ada, both, reblogs=False, languages="de en")
    followed(tx, both, ada)
    followed(tx, fan, ada)
    graph.add_request(tx, ada.account, asked.account, Wish())
    event = DomainBlocked(account=ada.account, domain="far.example")
    while True:
        domains.part(tx, event)
        if not isinstance(tx.emitted[-1], DomainBlocked):
            break
        event = tx.emitted[-1]
    assert last(tx, TiesSevered).cause == event.cause
    (lost,) = sever.mine(tx, ada)
    told = sever.entity(tx.instance, lost)
    assert told == {
        "id": str(lost.id),
        "type": "user_domain_block",
        "purged": False,
        "target_name": "far.example",
        "followers_count": 2,
        "following_count": 1,
        "created_at": told["created_at"],
    }
    out = sever.lost(tx, ada, lost.id, outgoing=True)
    assert names(out) == ["both"]
    assert out[1][0].wish == Wish(reblogs=False, notify=False, languages="de en")
    assert sorted(names(sever.lost(tx, ada, lost.id, outgoing=False))) == ["both", "fan"]
    with pytest.raises(NotFound):  # CVE-2026-22246
        sever.lost(tx, bob, lost.id, outgoing=True)
    assert sever.mine(tx, bob) == []


def test_a_server_where_nobody_was_is_no_loss(tx, ada):
    """An empty notification for each block would say that something went wrong."""
    asked = people.elsewhere(tx, "asked")
    graph.add_request(tx, ada.account, asked.account, Wish())
    domains.part(tx, DomainBlocked(account=ada.account, domain="far.example"))
    assert not [event for event in tx.emitted if isinstance(event, TiesSevered)]
    assert sever.mine(tx, ada) == []


def test_somebody_suspended_elsewhere_follows_nobody_here(tx, ada, bob, monkeypatch):
    """Their own server goes on showing them what is written for followers. Those who follow them
    keep that: the suspension may be taken back."""
    monkeypatch.setattr(sever, "PARTED", 1)
    troll = people.elsewhere(tx, "troll")
    for ours in (ada, bob):
        followed(tx, troll, ours)
    followed(tx, ada, troll)
    standing.suspend(tx, accounts.by_id(tx, troll.account))
    event = last(tx, FollowsRefused)
    for _ in range(3):
        sever.end_follows_of(tx, event)
    assert isinstance(tx.emitted[-1], TiesSevered)
    told = [sever.entity(tx.instance, sever.mine(tx, ours)[0]) for ours in (ada, bob)]
    assert {each["target_name"] for each in told} == {"troll@far.example"}
    assert {each["type"] for each in told} == {"account_suspension"}
    assert {(each["followers_count"], each["following_count"]) for each in told} == {(1, 0)}
    seen = relationships.to(tx, ada, troll.account)
    assert (seen.following, seen.followed_by) == (True, False)
    assert accounts.by_id(tx, ada.account).followers == 0


def test_one_of_ours_who_is_suspended_keeps_them(tx, ada, bob):
    """Nobody reads anything here while they are; all of it is there again when it was a mistake."""
    followed(tx, bob, ada)
    standing.suspend(tx, accounts.by_id(tx, bob.account))
    assert not [event for event in tx.emitted if isinstance(event, FollowsRefused)]


def test_a_suspension_that_is_taken_back_at_once_ends_nothing(tx, ada):
    """The job comes a moment later; a slip of the hand would cost everybody a follower."""
    kit = people.elsewhere(tx, "kit")
    followed(tx, kit, ada)
    standing.suspend(tx, accounts.by_id(tx, kit.account))
    event = last(tx, FollowsRefused)
    standing.suspend(tx, accounts.by_id(tx, kit.account), False)
    sever.end_follows_of(tx, event)
    assert relationships.to(tx, ada, kit.account).followed_by
    assert sever.mine(tx, ada) == []


def test_it_goes_with_whoever_goes(tx, ada, bob):
    """Whom somebody was tied to is theirs, and no less that of the other."""
    fan = people.elsewhere(tx, "fan")
    for ours in (ada, bob):
        followed(tx, fan, ours)
        domains.part(tx, DomainBlocked(account=ours.account, domain="far.example"))
    leave.clear_graph(tx, AccountErased(account=ada.account, uri=""))
    assert sever.mine(tx, ada) == []
    leave.clear_graph(tx, AccountErased(account=fan.account, uri=""))
    (lost,) = sever.mine(tx, bob)
    assert sever.entity(tx.instance, lost)["purged"]
    assert sever.lost(tx, bob, lost.id, outgoing=False)[1] == []


def test_a_follow_that_comes_again_in_between_is_counted_once(tx, ada):
    """Or the job that parts people would fail for ever, and nobody would be told."""
    kit = people.elsewhere(tx, "kit")
    event = DomainBlocked(account=ada.account, domain="far.example", cause=7)
    for _ in range(2):
        followed(tx, kit, ada)
        domains.part(tx, event)
    (lost,) = sever.mine(tx, ada)
    assert (lost.followers, lost.following) == (1, 0)
    assert not relationships.to(tx, ada, kit.account).followed_by
