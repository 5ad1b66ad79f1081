"""Leaving: what is left of somebody, for whoever has the database, the jobs, or an old copy."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

import people
from whimbrel.accounts import follow, leave, queries, sessions, signup, tokens
from whimbrel.accounts.events import AccessRevoked, AccountErased, RowDue
from whimbrel.accounts.queries import users
from whimbrel.accounts.tables import accounts, follows
from whimbrel.core.engines import Query
from whimbrel.core.errors import NotFound
from whimbrel.core.keyring import Shredded, Slot
from whimbrel.privacy.events import ErasureDue, ReceiptLapses

_ACCOUNT = Query(select(accounts.c.username, accounts.c.followers, accounts.c.following))
_FOLLOWS = Query(select(follows.c.id))


def test_what_was_sealed_is_noise_at_once(door):
    """Erasure reaches every copy: the key is gone before the answer, the address with it."""
    db = door.app.db
    ada = db.write_sync(people.make, "ada")
    user = db.write_sync(users.by_account, ada.id)
    post = db.write_sync(lambda tx: tx.slot())
    place = Slot(post, user.slot, 7, "posts.content")
    sealed = db.keyring.seal(place, b"words")
    assert db.keyring.unseal(user.place, user.email) == b"ada@example.org"
    db.write_sync(leave.erase_account, ada)
    for slot, text in ((place, sealed), (user.place, user.email)):
        with pytest.raises(Shredded):
            db.keyring.unseal(slot, text)
    assert not db.keyring.alive(user.slot)


def test_nothing_opens_any_more_and_the_name_stays_empty(tx, ada):
    """A name that could be taken again would be somebody else in everybody's follow list."""
    sessions.begin(tx, ada.id)
    tokens.issue(tx, ada.id, "read")
    slot = tx.value(select(accounts.c.slot).where(accounts.c.id == ada.id))
    code = leave.erase_account(tx, ada)
    assert users.by_account(tx, ada.id) is None
    assert sessions.of(tx, ada) == tokens.of(tx, ada) == []
    assert tx.rows(_ACCOUNT) == [(f"erased.{ada.id}", 0, 0)]
    assert users.name_taken(tx, "ADA")
    for find, whom in ((queries.by_id, ada.id), (queries.by_handle, f"erased.{ada.id}")):
        with pytest.raises(NotFound):  # though the row stays for an hour
            find(tx, whom)
    assert tx.emitted == [
        AccessRevoked(account=ada.id),
        AccountErased(account=ada.id, uri=f"https://social.example/ap/users/{ada.id}"),
        RowDue(account=ada.id),
        ErasureDue(receipt=int(code[:18]), kind="account", subject=ada.id, slots=(slot,)),
        ReceiptLapses(receipt=int(code[:18])),
    ]
    with pytest.raises(NotFound):
        leave.erase_account(tx, ada)


def test_others_count_right_afterwards(tx, ada, bob, eve):
    """Handlers may run twice: the counts of those who stay must not fall twice."""
    for one, other in ((ada, bob), (bob, ada), (eve, ada), (eve, bob)):
        follow.follow(tx, one, other.id)
    leave.erase_account(tx, ada)
    event = AccountErased(account=ada.id, uri="")
    for _ in range(2):
        leave.clear_graph(tx, event)
    assert len(tx.rows(_FOLLOWS)) == 1
    counts = {row[0]: row[1:] for row in tx.rows(_ACCOUNT)}
    assert counts == {f"erased.{ada.id}": (0, 0), "bob": (1, 0), "eve": (0, 1)}
    for _ in range(2):
        leave.remove_row(tx, RowDue(account=ada.id))
    assert {row[0] for row in tx.rows(_ACCOUNT)} == {"bob", "eve"}


def test_a_row_of_the_living_is_not_removed(tx, ada):
    leave.remove_row(tx, RowDue(account=ada.id))
    assert users.by_account(tx, ada.id) is not None


def test_no_byte_of_the_address_is_left(door, clock, tmp_path: Path):
    """A thief of the whole folder, keyring included, finds neither address nor password."""
    db = door.app.db
    new = signup.New(
        username="grace",
        email="grace.hopper@example.org",
        password="$argon2id$hash",
        confirmed=True,
    )
    account = db.write_sync(signup.create, new)
    sealed = db.write_sync(users.by_account, account).email
    db.write_sync(leave.erase, account)
    clock.step(hours=2)
    asyncio.run(door.settle())
    assert db.write_sync(lambda tx: tx.rows(_ACCOUNT)) == []
    if db.env.engine == "sqlite":
        db.close()
        for path in tmp_path.iterdir():
            if path.is_file():
                for trace in (b"grace", b"$argon2id$hash", sealed):
                    assert trace not in path.read_bytes(), path.name
