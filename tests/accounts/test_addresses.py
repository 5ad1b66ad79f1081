"""Where people came from: kept for a while, less and less of it, and told when somebody looks."""

import pytest
from sqlalchemy import select

import people
from whimbrel.accounts import addresses, leave, signin
from whimbrel.accounts.events import AccountErased, AddressesAge
from whimbrel.accounts.queries import addresses as stored
from whimbrel.accounts.tables import addresses as table
from whimbrel.core.errors import Invalid
from whimbrel.core.keyring import Shredded, Slot
from whimbrel.core.tables import jobs

DAY = addresses.DAY
AT, BESIDE, SIX = "203.0.113.7", "203.0.113.9", "2001:db8:1:2::5"


def _ips(db, account):
    return db.write_sync(lambda tx: [each.ip for each in addresses.of(tx, [account])[account]])


def _seen(db, account, *came):
    for address in came:
        db.write_sync(addresses.seen, account, address)


def _age(db):
    """What the clocks that are due by now do."""

    def tick(tx):
        for days in range(400, -1, -1):
            addresses.age(tx, AddressesAge(day=tx.ms // DAY - addresses.WHOLE - days))

    db.write_sync(tick)


def test_a_week_then_the_network_then_nothing(db, clock):
    """A list of where everybody was is what a thief wants: what is there gets less by itself, and
    what was cut can be read in no old copy."""
    ada = db.write_sync(people.make, "ada").id
    _seen(db, ada, AT, SIX, "", "unix", "0.0.0.0", BESIDE, AT)
    assert set(_ips(db, ada)) == {AT, SIX, BESIDE}
    copies = db.write_sync(stored.of, [ada])
    assert all(AT.encode() not in row.address for row in copies)
    clock.step(days=addresses.WHOLE - 1)
    _age(db)
    assert len(_ips(db, ada)) == 3
    clock.step(days=1)
    _age(db)
    assert set(_ips(db, ada)) == {"203.0.113.0/24", "2001:db8:1::/48"}
    for row in copies:
        with pytest.raises(Shredded):
            slot = Slot(row.key, row.author, ada, "addresses.address")
            db.write_sync(lambda tx, row=row, slot=slot: tx.unseal(slot, row.address))
    clock.step(days=84)
    _age(db)
    assert db.write_sync(lambda tx: tx.rows(select(table.c.account))) == []


def test_an_address_in_use_stays_whole_and_has_one_row(db, clock):
    """Whoever comes every day from the same place is not kept seven times."""
    ada = db.write_sync(people.make, "ada").id
    for _ in range(9):
        _seen(db, ada, AT, AT)
        clock.step(days=1)
        _age(db)
    assert _ips(db, ada) == [AT]
    due = db.write_sync(lambda tx: tx.rows(select(jobs.c.due).where(jobs.c.task.like("%Age"))))
    assert len({row[0] for row in due}) == len(due) >= 9


def test_nothing_is_kept_where_the_operator_says_so(db, tx):
    """A server may choose to know nothing at all."""
    tx.instance = type(tx.instance)(
        **{name: getattr(tx.instance, name) for name in tx.instance.__struct_fields__}
        | {"address_days": 0}
    )
    ada = people.make(tx, "ada").id
    addresses.seen(tx, ada, AT)
    assert addresses.of(tx, [ada]) == {}


def test_who_used_a_network(db, clock):
    """A ban that is evaded from the next address is found by the network; one address is not taken
    for all of its neighbours, also when only the network is left."""
    ada, bob = (db.write_sync(people.make, name).id for name in ("ada", "bob"))
    _seen(db, ada, AT, SIX)
    _seen(db, bob, BESIDE)

    def who(text):
        return db.write_sync(addresses.who_used, text)

    both = sorted([ada, bob])
    assert who(AT) == who(SIX) == who("2001:db8:1:2::/64") == [ada]
    assert who("203.0.113.0/24") == who("203.0.0.0/16") == both
    assert who("203.0.113.8/29") == [bob]
    assert who("198.51.100.1") == who("somewhere") == []
    for wide in ("203.0.0.0/15", "2001:db8::/39"):
        with pytest.raises(Invalid):
            who(wide)
    clock.step(days=7)
    _age(db)
    assert who("203.0.113.0/24") == both
    assert who(AT) == who("203.0.113.8/29") == []


def test_signing_in_is_noted_and_leaving_takes_it_all(db):
    """Of somebody who left nobody can tell from where they came, not even for an hour."""
    ada = db.write_sync(people.make, "ada").id

    def enter(tx):
        user = signin.users.by_account(tx, ada)
        signin._begin(tx, user, signin.Attempt("ada", "", AT), True)
        addresses.looked(tx, ada)

    db.write_sync(enter)
    assert _ips(db, ada) == [AT]
    db.write_sync(leave.erase, ada)
    assert db.write_sync(addresses.of, [ada]) == {}
    db.write_sync(leave.clear_graph, AccountErased(account=ada, uri=""))
    assert db.write_sync(stored.of, [ada]) == db.write_sync(stored.looks, ada, "addresses", 9) == []
