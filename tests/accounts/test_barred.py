"""Closed doors: no spelling of an address is a way around, and no network gets further than it may.

CVE-2022-31263: an e-mail domain rule that a capital, a dot or a subdomain got past."""

import pytest
from sqlalchemy import select

import people
from whimbrel.accounts import barred, credentials, signup, standing
from whimbrel.accounts import queries as known
from whimbrel.accounts.queries import barred as kept
from whimbrel.accounts.queries import users
from whimbrel.accounts.queries.barred import Email, EmailDomain, Network
from whimbrel.accounts.tables import barred_emails, barred_networks
from whimbrel.core.errors import Forbidden, Invalid


def _form(email="new@example.org", address="", name="new"):
    return signup.Form(username=name, email=email, password="x", agreement=True, address=address)


def _shut(tx, network, severity, until=None, number=1):
    assert kept.add_network(tx, Network(number, network, severity, "farm", until))


@pytest.mark.parametrize(
    "email",
    ["a@mail.example", "a@sub.mail.example", "a+b@mail.example", "a@xn--bcher-kva.example"],
)
def test_addresses_of_a_barred_host_are_refused(tx, email):
    """At sign-up, when the letter is sent elsewhere, and when the address is changed."""
    kept.add_email_domain(tx, EmailDomain(1, "mail.example", False))
    kept.add_email_domain(tx, EmailDomain(2, barred.domain_of("Bücher.example."), False))
    with pytest.raises(Invalid) as refused:
        signup.sign_up(tx, _form(email), "hash")
    assert refused.value.details["email"][0][0] == "ERR_BLOCKED"
    ada = people.make(tx, "ada")
    with pytest.raises(Invalid):
        credentials._ask_new_address(tx, ada.id, email)
    users.change(tx, ada.id, confirmed_at=None)
    with pytest.raises(Invalid):
        signup.confirm_again(tx, ada.id, email)


def test_a_host_that_only_looks_like_it_is_taken(tx):
    """A rule about mail.example is none about email.example."""
    kept.add_email_domain(tx, EmailDomain(1, "mail.example", False))
    assert not barred.refuses_email(tx, "a@email.example")
    assert not barred.refuses_email(tx, "a@mail.example.org")


def test_a_host_may_wait_for_a_moderator(tx):
    """Some hosts are mostly spam, and not only."""
    kept.add_email_domain(tx, EmailDomain(1, "mail.example", True))
    account = signup.sign_up(tx, _form("a@mail.example"), "hash")
    user = users.by_account(tx, account)
    assert user is not None
    assert user.approved_at is None


def test_a_barred_address_is_found_in_every_spelling(tx):
    """And the database's file does not tell whose it is."""
    barred.bar_email(tx, "eve.adams@example.org")
    for spelling in ("eveadams@example.org", "e.v.e.adams+9@example.org"):
        assert barred.refuses_email(tx, spelling)
    assert not barred.refuses_email(tx, "eva@example.org")
    assert b"eve" not in bytes(tx.value(select(barred_emails.c.hash)))
    assert barred.bar_email(tx, "eveadams@example.org") is None


def test_a_suspended_person_does_not_come_back_by_another_spelling(tx, ada):
    """Until the suspension is taken back."""
    account = known.by_id(tx, ada.id)
    standing.suspend(tx, account)
    with pytest.raises(Invalid):
        signup.sign_up(tx, _form("a.da+2@example.org"), "hash")
    standing.suspend(tx, account, False)
    assert signup.sign_up(tx, _form("a.da+2@example.org"), "hash")


def test_networks_at_sign_up(tx):
    """The narrowest and the widest count alike, as long as they last."""
    _shut(tx, "192.0.2.0/24", "sign_up_block")
    _shut(tx, "2001:db8::/32", "sign_up_requires_approval", number=2)
    _shut(tx, "198.51.100.7/32", "sign_up_block", until=tx.ms, number=3)
    with pytest.raises(Forbidden):
        signup.sign_up(tx, _form(address="192.0.2.200"), "hash")
    account = signup.sign_up(tx, _form(address="2001:db8:1::5"), "hash")
    user = users.by_account(tx, account)
    assert user is not None
    assert user.approved_at is None
    over = signup.sign_up(tx, _form("b@example.org", "198.51.100.7", "other"), "hash")
    assert users.by_account(tx, over).approved_at is not None
    assert b"farm" not in bytes(tx.value(select(barred_networks.c.comment)))


def test_a_network_changes_and_its_old_comment_is_gone(tx):
    """What a moderator noted and took back cannot be read in an old copy."""
    _shut(tx, "192.0.2.0/24", "sign_up_block")
    kept.change_network(tx, Network(1, "192.0.2.0/25", "no_access", "", None))
    assert kept.network(tx, 1) == Network(1, "192.0.2.0/25", "no_access", "", None)
    assert len(tx.shreds) == 1
    kept.remove_network(tx, 1)
    assert kept.network(tx, 1) is None


def test_shut_out_knows_every_address_of_its_networks(tx):
    """One look for each size of network; the neighbours are let through."""
    _shut(tx, "192.0.2.0/24", "no_access")
    _shut(tx, "2001:db8::/48", "no_access", number=2)
    _shut(tx, "198.51.100.0/24", "sign_up_block", number=3)
    shut = barred.shut_out(tx)
    assert shut
    assert "192.0.2.255" in shut
    assert "2001:db8::ffff" in shut
    for fine in ("192.0.3.0", "198.51.100.1", "2001:db8:1::", "unix", "0.0.0.0"):
        assert fine not in shut
    assert not barred.ShutOut([])


def test_pages_of_addresses(tx):
    """Both ways, the newest first."""
    for number in range(1, 5):
        kept.add_email(tx, Email(number, bytes([number]) * 32), None)
    assert [one.id for one in kept.emails(tx, (0, 4, 2, False))] == [3, 2]
    assert [one.id for one in kept.emails(tx, (1, 99, 2, True))] == [3, 2]
