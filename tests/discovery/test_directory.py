"""The directory: only those who said that they want to be found, in the order asked for."""

import pytest
from sqlalchemy import update

import people
from whimbrel.accounts import block, mute
from whimbrel.accounts.rules import STRANGER
from whimbrel.accounts.tables import accounts
from whimbrel.discovery import directory


@pytest.fixture
def town(tx, tick):
    """Five who want to be found; p3 posted last, p4 never did, p2 is of another server."""
    made = []
    for at in range(5):
        tick()
        more = {"domain": "far.example", "handle": "p2@far.example"} if at == 2 else {}
        posted = None if at == 4 else (at * 7) % 4 + 1
        made.append(people.make(tx, f"p{at}", last_status_at=posted, **more))
    people.make(tx, "hermit", discoverable=False, last_status_at=9)
    return made


def names(tx, viewer=STRANGER, order="active", *, local=False, offset=0, most=40):
    found = directory.page(tx, viewer, order, local=local, offset=offset, most=most)
    return [account.username for account in found]


def test_who_posted_last_comes_first(tx, town):
    """And who never posted is not active."""
    assert names(tx) == ["p1", "p2", "p3", "p0"]


def test_who_came_last_comes_first(tx, town):
    """A newcomer is found before anybody has heard of them."""
    assert names(tx, order="new") == ["p4", "p3", "p2", "p1", "p0"]


def test_only_ours(tx, town):
    """A community's own directory."""
    assert names(tx, order="new", local=True) == ["p4", "p3", "p1", "p0"]
    assert names(tx, local=True) == ["p1", "p3", "p0"]


def test_pages_by_offset(tx, town):
    """No one twice, no one left out."""
    pages = [names(tx, order="new", offset=at, most=2) for at in range(0, 8, 2)]
    assert pages == [["p4", "p3"], ["p2", "p1"], ["p0"], []]


def test_it_has_an_end(tx, town, monkeypatch):
    """Whoever wants everybody's name would only have to go on."""
    monkeypatch.setattr(directory, "FURTHEST", 3)
    assert names(tx, order="new", offset=2) == ["p2"]
    assert names(tx, order="new", offset=3) == names(tx, order="new", offset=10**6) == []


@pytest.mark.parametrize("column", ["suspended_at", "silenced_at"])
def test_whom_moderators_hid(tx, town, column):
    """They would be held out to everybody who looks around."""
    tx.run(update(accounts).where(accounts.c.id == town[3].account).values({column: 1}))
    assert "p3" not in names(tx)


def test_what_a_reader_is_spared(tx, town):
    """Whom one blocks or mutes, who blocks one, and oneself."""
    reader = town[0]
    block.block(tx, reader, town[1].account)
    block.block(tx, town[2], reader.account)
    mute.mute(tx, reader, town[3].account)
    assert names(tx, reader, "new") == ["p4"]
