"""What follows for people of a server that is kept at a distance, and for ours who know them."""

import pytest

import people
from whimbrel.accounts import queries as accounts
from whimbrel.accounts import relationships, sever
from whimbrel.accounts.events import TiesSevered
from whimbrel.accounts.queries import graph
from whimbrel.accounts.queries.graph import Wish
from whimbrel.media import away
from whimbrel.media import queries as media
from whimbrel.media.events import FilesForgotten
from whimbrel.media.rules import File
from whimbrel.moderation import distance, servers
from whimbrel.moderation.events import ServerCutOff, ServerJudged, ServerReleased
from whimbrel.moderation.servers import BlockForm

HANDLERS = {
    ServerJudged: distance.judge,
    ServerCutOff: distance.cut_off,
    ServerReleased: distance.release,
}


@pytest.fixture
def boss(tx):
    return people.make(tx, "boss", role="admin")


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """So that each handler has to be told to go on."""
    monkeypatch.setattr(distance, "SOME", 2)


def settle(tx):
    """What was emitted is handled, and what that emits; all of it is returned."""
    at = 0
    while at < len(tx.emitted):
        event, at = tx.emitted[at], at + 1
        if type(event) in HANDLERS:
            HANDLERS[type(event)](tx, event)
    done, tx.emitted[:] = list(tx.emitted), []
    return done


def stands(tx, viewer):
    found = accounts.by_id(tx, viewer.account)
    return found.suspended_at is not None, found.silenced_at is not None


def meet(tx, ours, theirs):
    for one, other in ((ours, theirs), (theirs, ours)):
        graph.add_follow(tx, one.account, other.account, Wish())
        accounts.count(tx, one.account, following=1)
        accounts.count(tx, other.account, followers=1)


def test_a_suspended_server_is_gone_and_who_knew_somebody_there_is_told(tx, boss, ada, bob):
    """Its people would be shown and followed as before; and follows that end without a word look
    like a fault of ours."""
    those = [people.elsewhere(tx, f"p{n}", "far.example") for n in range(3)]
    under = people.elsewhere(tx, "under", "sub.far.example")
    other = people.elsewhere(tx, "other", "notfar.example")
    for each in (*those, under, other):
        meet(tx, ada, each)
    graph.add_request(tx, bob.account, those[0].account, Wish())
    servers.add_block(tx, boss, BlockForm(domain="far.example", severity="suspend"))
    done = settle(tx)
    assert [stands(tx, each) for each in (*those, under)] == [(True, False)] * 4
    assert stands(tx, other) == (False, False)
    (told,) = [event for event in done if isinstance(event, TiesSevered)]
    (lost,) = sever.mine(tx, ada)
    said = sever.entity(tx.instance, lost)
    assert (said["type"], said["target_name"]) == ("domain_block", "far.example")
    assert (said["followers_count"], said["following_count"]) == (4, 4)
    assert told.cause and sever.mine(tx, bob) == []
    assert not relationships.to(tx, bob, those[0].account).requested
    assert accounts.by_id(tx, ada.account).followers == 1


def test_it_comes_near_again_but_for_those_suspended_by_name(tx, boss, ada):
    """A mistake would be for good; or the worst of them would come back with all others."""
    kit, bad = (people.elsewhere(tx, name, "far.example") for name in ("kit", "bad"))
    from_before = tx.ms - 5
    distance._suspend(tx, bad.account, from_before)
    made = servers.add_block(tx, boss, BlockForm(domain="far.example", severity="suspend"))
    settle(tx)
    block = int(made["id"])
    servers.change_block(tx, boss, block, BlockForm(severity="silence"))
    settle(tx)
    assert (stands(tx, kit), stands(tx, bad)) == ((False, True), (True, True))
    servers.remove_block(tx, boss, block)
    settle(tx)
    assert (stands(tx, kit), stands(tx, bad)) == ((False, False), (True, False))
    assert accounts.by_id(tx, bad.account).suspended_at == from_before


def test_a_slip_of_the_hand_costs_nobody_their_follows(tx, boss, ada):
    """The jobs come a moment after the click; who took it back by then has lost nothing."""
    kit = people.elsewhere(tx, "kit", "far.example")
    meet(tx, ada, kit)
    made = servers.add_block(tx, boss, BlockForm(domain="far.example", severity="suspend"))
    servers.remove_block(tx, boss, int(made["id"]))
    settle(tx)
    assert stands(tx, kit) == (False, False)
    assert relationships.to(tx, ada, kit.account).followed_by
    servers.add_block(tx, boss, BlockForm(domain="far.example", severity="noop"))
    settle(tx)
    assert stands(tx, kit) == (False, False)


def test_rejected_files_are_neither_shown_nor_kept(tx, boss):
    """Or what nobody wants to have on a disk stays there; and a mistake can be put right."""
    those = [people.elsewhere(tx, f"p{n}", "far.example") for n in range(3)]
    slots = [accounts.by_id(tx, each.account).slot for each in those]
    tokens = []
    for each, slot in zip(those, slots, strict=True):
        worn = away.Worn(tx, each.account, slot)
        tokens.append(worn.wear("avatar", "https://far.example/a.png"))
    (first, *_) = [media.served(tx, token) for token in tokens]
    file = File(token="x", variant="small", name="avatar", mime="image/png", size=9, object="held")
    (row,) = media.by_ids(tx, [first.media]).values()
    assert away.filled(tx, row, [file], "image", "{}")
    tx.emitted.clear()

    def shown():
        return [media.served(tx, token) is not None for token in tokens]

    made = servers.add_block(tx, boss, BlockForm(domain="far.example", severity="noop"))
    settle(tx)
    assert shown() == [True] * 3
    servers.change_block(tx, boss, int(made["id"]), BlockForm(reject_media=True))
    done = settle(tx)
    assert [each.objects for each in done if isinstance(each, FilesForgotten)] == [("held",)]
    assert shown() == [False] * 3
    assert stands(tx, those[0]) == (False, False)
    servers.change_block(tx, boss, int(made["id"]), BlockForm(reject_media=False))
    settle(tx)
    assert shown() == [True] * 3
    servers.change_block(tx, boss, int(made["id"]), BlockForm(reject_media=True))
    servers.remove_block(tx, boss, int(made["id"]))
    settle(tx)
    assert shown() == [True] * 3
    assert media.served(tx, tokens[0]).object == ""
