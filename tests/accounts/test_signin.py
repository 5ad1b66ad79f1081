"""Signing in, guessing, changing passwords and addresses, and what a thief keeps afterwards."""

import asyncio
from hashlib import sha256
from typing import Any

import pytest

import people
from whimbrel.accounts import credentials, emails, links, passwords, sessions, signin, tokens
from whimbrel.accounts.events import AccessRevoked, LetterWanted
from whimbrel.accounts.queries import entry, users
from whimbrel.accounts.rules import Viewer
from whimbrel.accounts.signin import Attempt, NotReady
from whimbrel.core.errors import Gone, Invalid, NotFound, TooMany, Unavailable

PASSWORD = "correct horse battery"
OTHER = "another long password"


class Ada:
    """Somebody with a password, at the sign-in form."""

    def __init__(self, door: Any) -> None:
        self.door, self.app, self.db = door, door.app, door.app.db
        hashed = passwords.hash_sync(self.db.keyring, PASSWORD)

        def make(tx: Any) -> int:
            account = people.make(tx, "ada").id
            users.change(tx, account, password=hashed)
            return account

        self.id = self.db.write_sync(make)

    def try_(self, password: str = PASSWORD, login: str = "ada", **more: Any) -> signin.SignedIn:
        attempt = Attempt(login, password, more.pop("address", "203.0.113.7"), **more)
        return asyncio.run(signin.sign_in(self.app, attempt))

    def session(self, cookie: str) -> Any:
        hash_ = sha256(cookie.encode()).digest()
        return self.db.write_sync(entry.session, hash_, sessions.ABSOLUTE, sessions.IDLE)

    def viewer(self, cookie: str) -> Viewer:
        return Viewer(account=self.id, session=self.session(cookie).id)

    def letters(self) -> list[tuple[str, str, str]]:
        asyncio.run(self.door.settle())
        found: list[tuple[str, str, str]] = self.door.letters()
        return found

    def change(self, **columns: Any) -> None:
        self.db.write_sync(lambda tx: users.change(tx, self.id, **columns))


@pytest.fixture
def ada(door) -> Ada:
    return Ada(door)


@pytest.mark.parametrize("login", ["ada", "@Ada", " ADA ", "ada@example.org", "Ada@EXAMPLE.org"])
def test_name_or_address_and_password(ada, login):
    """People type their name as they like."""
    signed = ada.try_(login=login)
    assert signed.account == ada.id
    assert ada.session(signed.session).account == ada.id


@pytest.mark.parametrize(
    "login", ["bob", "", "ada@nowhere.example", "*)(uid=*", "ada' OR 1=1 --", "a\x00b", "@"]
)
def test_wrong_names_are_told_like_wrong_passwords(ada, login):
    """CVE-2023-28853, V6.3.8: the form must not say who is here."""
    for attempt in ({"login": login}, {"password": OTHER}):
        with pytest.raises(Invalid, match="The name or the password is wrong"):
            ada.try_(**attempt)


def test_without_a_password_nobody_gets_in(ada):
    """Imported people have none until they choose one; the empty one must not fit."""
    ada.change(password=None)
    for password in ("", PASSWORD):
        with pytest.raises(Invalid):
            ada.try_(password)


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"confirmed_at": None}, "confirm"),
        ({"approved_at": None}, "wait"),
        ({"disabled_at": 1}, "disabled"),
    ],
)
def test_whoever_is_not_ready_is_told_only_with_the_password(ada, columns, why):
    ada.change(**columns)
    with pytest.raises(Invalid):
        ada.try_(OTHER)
    with pytest.raises(NotReady) as refused:
        ada.try_()
    assert refused.value.why == why


def test_guessing_is_slowed_but_not_for_the_owner_at_home(ada):
    """CVE-2022-2166, and no attack locks out whoever signed in on this device before."""
    device = ada.try_().device
    for number in range(5):
        with pytest.raises(Invalid):
            ada.try_(OTHER, address=f"198.51.{number}.1")
    with pytest.raises(TooMany):
        ada.try_(address="198.51.100.1")
    assert ada.try_(device=device).device == device
    for forged in (device[:-1] + "!", "x." + device.split(".")[1], "", "."):
        with pytest.raises(TooMany):
            ada.try_(device=forged)


def test_switched_off_nothing_is_slowed(ada):
    ada.app.budgets.enabled = False
    for _ in range(7):
        with pytest.raises(Invalid):
            ada.try_(OTHER)
    assert ada.try_()


def test_a_session_is_new_at_each_sign_in_and_can_be_ended(ada):
    """D16, CVE-2025-24896: a cookie from before must not become a signed-in one, nor stay one."""
    first = ada.try_()
    old = ada.session(first.session).id
    second = ada.try_(session=old, device=first.device, agent="Firefox\n\x07 on Linux")
    assert ada.session(first.session) is None
    viewer = ada.viewer(second.session)
    (listed,) = ada.db.write_sync(sessions.of, viewer)
    assert listed.agent == "Firefox on Linux"
    ada.db.write_sync(sessions.end, viewer)
    assert ada.session(second.session) is None
    assert [subject for _, subject, _ in ada.letters()] == []


def test_sessions_and_tokens_of_others_cannot_be_ended(tx):
    """CVE-2026-22246: a number of somebody else's is like one that does not exist."""
    eve, bob = people.make(tx, "eve"), people.make(tx, "bob")
    sessions.begin(tx, bob.id)
    tokens.issue(tx, bob.id, "read")
    (session,), (token,) = sessions.of(tx, bob), tokens.of(tx, bob)
    for revoke, what in ((sessions.revoke, session.id), (tokens.revoke, token.id)):
        with pytest.raises(NotFound):
            revoke(tx, eve, what)
        revoke(tx, bob, what)
        with pytest.raises(NotFound):
            revoke(tx, bob, what)
    assert [type(event) for event in tx.emitted] == [AccessRevoked, AccessRevoked]


def test_no_storm_of_strangers_is_before_a_device_that_is_known(ada, monkeypatch):
    """It would lock the owner out by being served first."""
    device = ada.try_().device
    monkeypatch.setattr(passwords, "_under_way", {*range(passwords.MOST_WAITING)})
    with pytest.raises(Unavailable):
        ada.try_()
    assert ada.try_(device=device).device == device


def test_a_new_device_is_told(ada):
    """V6.3.5: whoever did not sign in should hear that somebody did."""
    device = ada.try_().device
    ada.try_(device=device)
    assert ada.letters() == []
    ada.try_()
    assert [subject for _, subject, _ in ada.letters()] == ["A new browser on social.example"]


def test_a_changed_password_ends_everything_else(ada):
    """CVE-2025-62174: what a thief of the old password holds must not outlive it."""
    here, there = ada.try_(), ada.try_()
    token = ada.db.write_sync(lambda tx: tokens.issue(tx, ada.id, "read"))
    viewer = ada.viewer(here.session)

    def change(old: str, new: str) -> None:
        asyncio.run(credentials.change_password(ada.app, viewer, old, new, "203.0.113.7"))

    with pytest.raises(Invalid):
        change(OTHER, OTHER)
    with pytest.raises(Invalid) as refused:
        change(PASSWORD, "short")
    assert refused.value.details["password"][0][0] == "ERR_TOO_SHORT"
    change(PASSWORD, OTHER)
    assert ada.session(here.session) is not None
    assert ada.session(there.session) is None
    hash_ = sha256(token.encode()).digest()
    assert ada.db.write_sync(entry.token, hash_) is None
    with pytest.raises(Invalid):
        ada.try_()
    assert ada.try_(OTHER)
    assert "Your password on social.example was changed" in [s for _, s, _ in ada.letters()]


def test_a_forgotten_password(ada):
    """The link works once; the answer of the form says nothing of who is here."""
    signed = ada.try_()
    for address in ("nobody@example.org", "nonsense", "Ada@example.org"):
        ada.db.write_sync(credentials.ask_reset, address)
    assert [to for to, _, _ in ada.letters()] == ["ada@example.org"]
    secret = ada.door.link("reset")
    for _ in range(2):
        assert ada.db.write_sync(links.look, "reset", secret).account == ada.id
    with pytest.raises(Invalid):
        asyncio.run(credentials.reset_password(ada.app, secret, "short"))
    asyncio.run(credentials.reset_password(ada.app, secret, OTHER))
    assert ada.session(signed.session) is None
    assert ada.try_(OTHER)
    with pytest.raises(Gone):
        asyncio.run(credentials.reset_password(ada.app, secret, PASSWORD))


def test_links_run_out_and_replace_each_other(ada, clock):
    """CVE-2025-61775: an old letter in a mailbox must not open the account."""
    ada.db.write_sync(credentials.ask_reset, "ada@example.org")
    asyncio.run(ada.door.settle())
    first = ada.door.link("reset")
    ada.db.write_sync(credentials.ask_reset, "ada@example.org")
    with pytest.raises(Gone):
        ada.db.write_sync(links.look, "reset", first)
    asyncio.run(ada.door.settle())
    second = ada.door.link("reset")
    with pytest.raises(Gone):
        ada.db.write_sync(links.look, "confirm", second)
    clock.step(hours=2, seconds=1)
    with pytest.raises(Gone):
        ada.db.write_sync(links.redeem, "reset", second)


def test_another_address(ada):
    """The new one confirms, the old one is told; a known one is not given away."""
    viewer = ada.viewer(ada.try_().session)
    ada.db.write_sync(people.make, "bob")

    def ask(address: str) -> None:
        asyncio.run(credentials.change_email(ada.app, viewer, address, PASSWORD, "203.0.113.7"))

    with pytest.raises(Invalid):
        ask("nonsense")
    ask("bob@example.org")
    ask("lovelace@example.org")
    told = {to: subject for to, subject, _ in ada.letters()}
    assert told == {
        "bob@example.org": "You have an account on social.example already",
        "lovelace@example.org": "Confirm your new e-mail address for social.example",
    }
    ada.db.write_sync(credentials.confirm_email, ada.door.link("email"))
    assert [to for to, subject, _ in ada.letters() if subject.endswith("was changed")] == [
        "ada@example.org"
    ]
    user = ada.db.write_sync(users.by_account, ada.id)
    assert ada.db.write_sync(emails.of, user) == "lovelace@example.org"
    assert ada.try_(login="lovelace@example.org")
    with pytest.raises(Gone):
        ada.db.write_sync(credentials.confirm_email, ada.door.link("email"))


def test_the_link_of_a_letter_is_not_on_the_disk(tx):
    """The job row waits in the database: whoever reads it must not be able to use the link."""
    person = people.make(tx, "ada")
    credentials.ask_reset(tx, "ada@example.org")
    letter = tx.emitted[-1]
    assert isinstance(letter, LetterWanted)
    user = users.by_account(tx, person.id)
    secret = links.opened(tx, person.id, user.slot, letter.link)
    assert links.look(tx, "reset", secret).account == person.id
    assert secret not in letter.link


def test_a_disabled_account_has_no_access(tx):
    person = people.make(tx, "ada")
    sessions.begin(tx, person.id)
    tokens.issue(tx, person.id, "read")
    credentials.disable(tx, person.id)
    assert sessions.of(tx, person) == tokens.of(tx, person) == []
    assert tx.emitted == [AccessRevoked(account=person.id)]


def test_no_two_hashes_are_alike_and_none_works_elsewhere(ada, tmp_path, quick_hashes, monkeypatch):
    """The key of the first hash is in the keyring: a stolen database is no use for guessing."""
    from whimbrel.core.keyring import Keyring

    monkeypatch.setattr(passwords, "_hasher", quick_hashes)
    keyring = ada.db.keyring
    first, second = (passwords.hash_sync(keyring, PASSWORD) for _ in range(2))
    assert first != second
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert passwords.verify_sync(keyring, first, PASSWORD)
    other = Keyring.open(tmp_path / "other.bin", ahead=8)
    assert not passwords.verify_sync(other, first, PASSWORD)
    assert not passwords.verify_sync(keyring, "nonsense", PASSWORD)
    other.close()
