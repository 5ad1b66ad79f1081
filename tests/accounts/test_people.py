"""Finding people: by id, by handle, by name; their counters."""

import pytest
from sqlalchemy import update

from whimbrel.accounts import queries
from whimbrel.accounts.queries import search
from whimbrel.accounts.tables import users
from whimbrel.core.errors import NotFound


def test_a_handle_is_found_however_it_is_written(tx, ada):
    """An app sends what a person typed: with @, in capitals, with our own domain."""
    for handle in ("ada", "@Ada", " ADA@Social.Example ", "@ada@social.example"):
        assert queries.by_handle(tx, handle).id == ada.account
    with pytest.raises(NotFound):
        queries.by_handle(tx, "ada@elsewhere.example")
    with pytest.raises(NotFound):
        queries.by_handle(tx, "")


def test_many_handles_are_found_at_once_under_the_names_asked_for(tx, ada, bob):
    """A post that names ten people asks once."""
    asked = [("ada", None), ("Bob", "social.example"), ("", ""), ("eve", "")]
    before = tx.queries
    found = queries.handles(tx, asked)
    assert tx.queries == before + 1
    assert {pair: account.id for pair, account in found.items()} == {
        ("ada", None): ada.account,
        ("Bob", "social.example"): bob.account,
    }
    assert queries.handles(tx, []) == {}


@pytest.mark.parametrize("missing", ["confirmed_at", "approved_at"])
def test_who_is_not_let_in_is_nobody(tx, ada, missing):
    """Somebody waiting for approval could be found, followed and named by strangers."""
    tx.run(update(users).where(users.c.account == ada.account).values({missing: None}))
    with pytest.raises(NotFound):
        queries.by_id(tx, ada.account)
    with pytest.raises(NotFound):
        queries.by_handle(tx, "ada")
    assert queries.by_ids(tx, [ada.account]) == {}
    assert queries.handles(tx, [("ada", None)]) == {}
    assert search.find(tx, 0, "ada", most=5) == []
    assert queries.by_id(tx, ada.account, pending=True).username == "ada"
    assert queries.by_handle(tx, "ada", pending=True).id == ada.account


def test_counters_add_up_and_never_fall_below_nothing(tx, ada):
    """-1 followers would be shown to everybody."""
    queries.count(tx, ada.account, followers=2, following=1, statuses=3, last_status_at=77)
    queries.count(tx, ada.account, followers=-5, statuses=-1)
    found = queries.by_id(tx, ada.account)
    assert (found.followers, found.following, found.statuses) == (0, 1, 2)
    assert found.last_status_at == 77


def test_a_bump_is_a_new_revision(tx, ada):
    """Without it a cache would serve the old name for ever."""
    queries.bump(tx, ada.account)
    assert queries.by_id(tx, ada.account).rev == 2
