"""Blocking a whole server: what is kept, what ends, and what is refused."""

import pytest

import people
from whimbrel.accounts import domains, follow, leave, relationships
from whimbrel.accounts.circles import Window
from whimbrel.accounts.events import AccountErased, DomainBlocked, TiesSevered, Unfollowed
from whimbrel.core.errors import Invalid
from whimbrel.core.ids import MAX_ID

ALL = Window(0, MAX_ID, False, 200)


def tick(tx):
    tx.ms += 1


def far(tx, name, domain="far.example"):
    """Somebody of another server."""
    return people.make(tx, name, domain=domain, handle=f"{name}@{domain}")


def blocked(tx, viewer):
    return [row.domain for row in domains.mine(tx, viewer, ALL)]


def test_a_server_is_kept_as_it_is_called(tx, ada, bob):
    """The same server written three ways would have to be unblocked three times."""
    for written in ("Far.Example", " far.example ", "@far.example", "bücher.example"):
        tick(tx)
        domains.block(tx, ada, written)
    assert blocked(tx, ada) == ["xn--bcher-kva.example", "far.example"]
    assert blocked(tx, bob) == []
    domains.unblock(tx, ada, "Bücher.example")
    domains.unblock(tx, ada, "never.example")
    assert blocked(tx, ada) == ["far.example"]
    assert tx.emitted == [
        DomainBlocked(account=ada.account, domain="far.example"),
        DomainBlocked(account=ada.account, domain="xn--bcher-kva.example"),
    ]


@pytest.mark.parametrize("nonsense", ["", "  ", "https://far.example", "a b", "far.example/x", "-"])
def test_what_is_no_server(tx, ada, nonsense):
    """A block that can match nobody would look like one that works."""
    with pytest.raises(Invalid):
        domains.block(tx, ada, nonsense)


def test_ones_own_server_is_not_blocked(tx, ada):
    """Nothing would come of it: people here have no domain."""
    with pytest.raises(Invalid):
        domains.block(tx, ada, tx.instance.domain)


def test_the_relationship_tells(tx, ada, bob):
    """An app offers to unblock the server of whoever is looked at."""
    zoe = far(tx, "zoe")
    domains.block(tx, ada, "far.example")
    assert relationships.to(tx, ada, zoe.account).domain_blocking
    assert not relationships.to(tx, bob, zoe.account).domain_blocking
    assert not relationships.to(tx, ada, bob.account).domain_blocking
    assert not relationships.to(tx, ada, far(tx, "yan", "near.example").account).domain_blocking


def test_what_was_between_them_ends(tx, ada, monkeypatch):
    """Whoever blocks a server would go on being read there; told some people at a time."""
    monkeypatch.setattr(domains, "PARTED", 2)
    those = [far(tx, name) for name in ("u", "v", "w")]
    kept = far(tx, "kept", "near.example")
    for other in (*those, kept):
        follow.follow(tx, other, ada.account)  # one of ours is followed at once
    follow.follow(tx, ada, those[0].account)  # one of another server is asked
    event = DomainBlocked(account=ada.account, domain="far.example")
    domains.part(tx, event)
    again = tx.emitted[-1]
    assert isinstance(again, DomainBlocked)
    domains.part(tx, again)
    assert tx.emitted[-1] == TiesSevered(cause=again.cause)
    ended = {(e.follower, e.followee) for e in tx.emitted if isinstance(e, Unfollowed)}
    assert ended == {*((o.account, ada.account) for o in those), (ada.account, those[0].account)}
    before = len(tx.emitted)
    domains.part(tx, event)
    assert len(tx.emitted) == before
    assert relationships.to(tx, ada, kept.account).followed_by


def test_pages(tx, ada):
    """A long list is read to its end."""
    for at in range(5):
        tick(tx)
        domains.block(tx, ada, f"s{at}.example")
    seen, high = [], MAX_ID
    while rows := domains.mine(tx, ada, Window(0, high, False, 2)):
        seen += [row.domain for row in rows]
        high = rows[-1].cursor
    assert seen == [f"s{at}.example" for at in (4, 3, 2, 1, 0)]
    up = domains.mine(tx, ada, Window(high, MAX_ID, True, 2))
    assert [row.domain for row in up] == ["s2.example", "s1.example"]


def test_there_is_an_end_to_it(tx, ada, monkeypatch):
    """A table nobody limits is filled by somebody."""
    monkeypatch.setattr(domains, "MOST", 1)
    domains.block(tx, ada, "s1.example")
    with pytest.raises(Invalid):
        domains.block(tx, ada, "s2.example")


def test_they_go_with_the_account(tx, ada):
    """What somebody feared says much of them."""
    domains.block(tx, ada, "far.example")
    leave.clear_graph(tx, AccountErased(account=ada.account, uri=""))
    assert blocked(tx, ada) == []
