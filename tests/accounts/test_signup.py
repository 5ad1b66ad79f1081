"""Signing up: who may, under which names, and what a stranger learns of who is here already."""

import asyncio
from datetime import date
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import people
from whimbrel.accounts import emails, signup
from whimbrel.accounts.events import AccountCreated, LetterWanted, SignUpLapses
from whimbrel.accounts.queries import users
from whimbrel.accounts.signup import Form
from whimbrel.core.errors import Forbidden, Gone, Invalid

TODAY = date(2026, 11, 25)
GOOD = Form(
    username="Grace_1",
    email="Grace@Example.org",
    password="a long enough one",
    agreement=True,
)


def codes(refused: Any) -> dict[str, str]:
    return {field: wrong[0][0] for field, wrong in refused.value.details.items()}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"username": ""}, "ERR_BLANK"),
        ({"username": "a" * 31}, "ERR_TOO_LONG"),
        ({"username": "gr ace"}, "ERR_INVALID"),
        ({"username": "gräce"}, "ERR_INVALID"),
        ({"username": "gra\nce"}, "ERR_INVALID"),
        ({"username": "\u017fam"}, "ERR_INVALID"),  # these two are s and k where case is no matter
        ({"username": "mar\u212a"}, "ERR_INVALID"),
        ({"username": "Admin"}, "ERR_RESERVED"),
        ({"username": "social"}, "ERR_RESERVED"),
        ({"username": "social_example"}, "ERR_RESERVED"),
        ({"email": ""}, "ERR_BLANK"),
        ({"email": "grace"}, "ERR_INVALID"),
        ({"password": ""}, "ERR_BLANK"),
        ({"password": "short"}, "ERR_TOO_SHORT"),
        ({"password": "x1" * 129}, "ERR_TOO_LONG"),
        ({"password": "password1234"}, "ERR_INVALID"),
        ({"password": "1111111111"}, "ERR_INVALID"),
        ({"password": "grace@example.org"}, "ERR_INVALID"),
        ({"agreement": False}, "ERR_ACCEPTED"),
        ({"reason": "x" * 1001}, "ERR_TOO_LONG"),
    ],
)
def test_what_is_wrong_is_said_in_mastodons_codes(instance, change, code):
    """Apps show these beside the field; a wrong name would put all apps in trouble for ever."""
    with pytest.raises(Invalid) as refused:
        signup.check(instance, msgspec.structs.replace(GOOD, **change), TODAY)
    (field,) = change
    assert codes(refused)[field] == code


@pytest.mark.parametrize(
    "address",
    [
        '"grace hopper"@example.org',
        "grace(comment)@example.org",
        "grace%evil.example@example.org",
        "grace!evil@example.org",
        "grace@evil.example@example.org",
        "grace..x@example.org",
        ".grace@example.org",
        "grace@example.org.",
        "grace@localhost",
        "grace@192.0.2.1",
        "grace@[192.0.2.1]",
        "grace@exa mple.org",
        "grace@example.org\r\nBcc: all@example.org",
        "grace@-example.org",
        "grüce@example.org",
        "a" * 65 + "@example.org",
        "@example.org",
        "grace@",
    ],
)
def test_odd_addresses_are_none(address):
    """CVE-2026-41259: what two mail servers read differently belongs to two people."""
    assert emails.fold(address) is None


@pytest.mark.parametrize(
    ("born", "code"),
    [
        ("2010-11-25", None),  # a birthday today
        ("2010-11-26", "ERR_BELOW_LIMIT"),
        ("2030-01-01", "ERR_BELOW_LIMIT"),
        ("1950-02-28", None),
        ("", "ERR_BLANK"),
        ("25.11.2010", "ERR_INVALID"),
        ("2010-02-30", "ERR_INVALID"),
        ("20100101", "ERR_INVALID"),
    ],
)
def test_who_is_too_young_is_told_and_the_date_goes_no_further(instance, born, code):
    """Where a law wants it asked, the day itself is nobody's business afterwards."""
    form = msgspec.structs.replace(GOOD, date_of_birth=born)
    assert signup.check(instance, form, TODAY).date_of_birth == ""  # nobody asked
    asks = msgspec.structs.replace(instance, signups_min_age=16)
    if code is None:
        assert signup.check(asks, form, TODAY).date_of_birth == ""
        return
    with pytest.raises(Invalid) as refused:
        signup.check(asks, form, TODAY)
    assert codes(refused) == {"date_of_birth": code}


def test_one_address_has_one_spelling():
    """Otherwise one person has many accounts, or a blocked domain is written another way."""
    assert emails.fold(" Grace+x@EXAMPLE.org ") == "grace+x@example.org"
    assert emails.fold("grace＠example.org") == "grace@example.org"
    assert emails.fold("grace@bücher.example") == "grace@xn--bcher-kva.example"


@given(st.text(max_size=80))
def test_whatever_is_folded_stays_folded(text):
    """An address kept in a form that is no address would never be found again."""
    folded = emails.fold(text)
    if folded is not None:
        assert emails.fold(folded) == folded
        assert folded.isascii()
        assert folded.isprintable()


def test_an_open_server_asks_for_the_address_only(tx):
    """The account exists at once, and may act when the letter was answered."""
    account = signup.sign_up(tx, signup.check(tx.instance, GOOD, TODAY), "hash")
    user = users.by_name(tx, "GRACE_1")
    assert (user.account, user.username) == (account, "Grace_1")
    assert user.confirmed_at is None
    assert user.approved_at is not None
    assert emails.of(tx, user) == "grace@example.org"
    assert b"grace" not in user.email
    assert [type(event) for event in tx.emitted] == [AccountCreated, SignUpLapses, LetterWanted]


def with_mode(tx: Any, **settings: Any) -> Any:
    tx.instance = msgspec.structs.replace(tx.instance, **settings)
    return tx.instance


def test_with_approval_somebody_has_to_look(tx):
    """The staff hears of it when the address is right, not before: that would be spam."""
    people.make(tx, "mod", role="moderator")
    instance = with_mode(tx, signups="approval")
    account = signup.sign_up(tx, signup.check(instance, GOOD, TODAY), "hash")
    letter = tx.emitted[-1]
    assert letter.kind == "confirm"
    user = users.by_account(tx, account)
    assert user.approved_at is None
    secret = signup.links.opened(tx, account, user.slot, letter.link)
    assert signup.confirm(tx, secret).approved_at is None
    assert tx.emitted[-1].kind == "waiting"
    signup.approve(tx, account)
    signup.approve(tx, account)
    assert [event.kind for event in tx.emitted if isinstance(event, LetterWanted)] == [
        "confirm",
        "waiting",
        "approved",
    ]
    with pytest.raises(Gone):
        signup.confirm(tx, secret)


def test_a_closed_server_takes_nobody(tx):
    with pytest.raises(Forbidden):
        signup.check(with_mode(tx, signups="closed"), GOOD, TODAY)


def test_an_invitation_lets_in_as_many_as_it_says(tx):
    """And whoever was invited waits for no moderator."""
    instance = with_mode(tx, signups="invite")
    code = signup.invite(tx, None, uses=1)
    with pytest.raises(Invalid) as refused:
        signup.check(instance, GOOD, TODAY)
    assert codes(refused) == {"invite_code": "ERR_BLANK"}
    form = signup.check(instance, msgspec.structs.replace(GOOD, invite=code), TODAY)
    account = signup.sign_up(tx, form, "hash")
    assert users.by_account(tx, account).approved_at is not None
    again = msgspec.structs.replace(form, username="other", email="other@example.org")
    for invite in (code, "nonsense"):
        with pytest.raises(Invalid) as refused:
            signup.sign_up(tx, msgspec.structs.replace(again, invite=invite), "hash")
        assert codes(refused) == {"invite_code": "ERR_INVALID"}


def test_a_name_is_taken_once(tx, ada):
    form = msgspec.structs.replace(GOOD, username="ADA")
    with pytest.raises(Invalid) as refused:
        signup.sign_up(tx, signup.check(tx.instance, form, TODAY), "hash")
    assert codes(refused) == {"username": "ERR_TAKEN"}


def test_a_known_address_is_not_told(tx, ada):
    """Whether somebody is here is nobody's business: same answer, and a letter to the owner."""
    form = signup.check(tx.instance, msgspec.structs.replace(GOOD, email="ada@example.org"), TODAY)
    account = signup.sign_up(tx, form, "hash")
    assert [type(event) for event in tx.emitted] == [AccountCreated, SignUpLapses, LetterWanted]
    assert tx.emitted[-1] == LetterWanted(account=ada.id, kind="known")
    assert users.by_mac(tx, emails.mac(tx, "ada@example.org")).account == ada.id
    signup.confirm_again(tx, account)
    assert tx.emitted[-1].account == ada.id  # nothing new was sent
    signup.confirm_again(tx, account, "ada@example.org")
    assert tx.emitted[-1] == LetterWanted(account=ada.id, kind="known")


def test_without_confirmation_an_address_is_taken(tx, ada):
    """Nothing can hide it then: the account would work at once."""
    instance = with_mode(tx, confirm_email=False)
    form = signup.check(instance, GOOD, TODAY)
    user = users.by_account(tx, signup.sign_up(tx, form, "hash"))
    assert user.confirmed_at is not None
    taken = msgspec.structs.replace(form, username="other", email="ada@example.org")
    with pytest.raises(Invalid) as refused:
        signup.sign_up(tx, taken, "hash")
    assert codes(refused) == {"email": "ERR_TAKEN"}


def test_the_first_administrator_is_made_once(door):
    """The link on the console must not be a second door later."""
    secret = door.app.db.write_sync(signup.setup_link)
    account = asyncio.run(signup.set_up(door.app, secret, GOOD))
    user = door.app.db.write_sync(users.by_account, account)
    assert (user.role, bool(user.confirmed_at), bool(user.approved_at)) == ("admin", True, True)
    assert door.app.db.write_sync(signup.setup_link) is None
    other = msgspec.structs.replace(GOOD, username="other", email="o@example.org")
    with pytest.raises(Gone):
        asyncio.run(signup.set_up(door.app, secret, other))


class Phone:
    """An app that signs somebody up."""

    def __init__(self, door: Any) -> None:
        self.door = door
        form = {"client_name": "Tusky", "redirect_uris": "tusky://x", "scopes": "read write"}
        self.app = SimpleNamespace(**self.post("/api/v1/apps", form).json())
        sent = {
            "grant_type": "client_credentials",
            "client_id": self.app.client_id,
            "client_secret": self.app.client_secret,
            "scope": "read write",
        }
        self.token = self.post("/oauth/token", sent).json()["access_token"]

    def post(self, path: str, form: dict[str, str], token: str = "") -> Any:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return asyncio.run(self._post(path, form, headers))

    async def _post(self, path: str, form: dict[str, str], headers: dict[str, str]) -> Any:
        return await self.door.client.post(path, data=form, headers=headers)

    def get(self, path: str, token: str) -> Any:
        async def story() -> Any:
            headers = {"authorization": f"Bearer {token}"}
            return await self.door.client.get(path, headers=headers)

        return asyncio.run(story())


def test_signing_up_in_an_app(door):
    """The answer is a token at once; it works when the link in the letter was followed."""
    phone = Phone(door)
    form = {
        "username": "grace",
        "email": "grace@example.org",
        "password": "a long enough one",
        "agreement": "true",
        "locale": "en",
    }
    assert phone.post("/api/v1/accounts", form).status_code == 401
    answer = phone.post("/api/v1/accounts", form, phone.token)
    assert answer.status_code == 200, answer.text
    token = answer.json()["access_token"]
    assert phone.get("/api/v1/emails/check_confirmation", token).json() is False
    asyncio.run(door.settle())
    assert [to for to, _, _ in door.letters()] == ["grace@example.org"]
    door.app.db.write_sync(signup.confirm, door.link("confirm"))
    assert phone.get("/api/v1/emails/check_confirmation", token).json() is True
    again = phone.post("/api/v1/emails/confirmations", {}, token)
    assert again.status_code == 403
    refused = phone.post("/api/v1/accounts", {**form, "username": "admin"}, phone.token)
    assert refused.status_code == 422
    assert refused.json()["details"]["username"][0]["error"] == "ERR_RESERVED"


def test_ten_confirmations_are_three_letters(door):
    """CVE-2025-54879: the form must not be a way to fill somebody's mailbox."""
    phone = Phone(door)
    form = {
        "username": "grace",
        "email": "grace@example.org",
        "password": "a long enough one",
        "agreement": "true",
    }
    token = phone.post("/api/v1/accounts", form, phone.token).json()["access_token"]
    for _ in range(10):
        assert phone.post("/api/v1/emails/confirmations", {}, token).status_code == 200
    asyncio.run(door.settle())
    assert len(door.letters()) == 3


def test_whoever_never_confirms_is_dropped(door, clock):
    """Otherwise anybody could keep names for ever, with addresses that are not theirs."""
    phone = Phone(door)
    form = {
        "username": "grace",
        "email": "grace@example.org",
        "password": "a long enough one",
        "agreement": "true",
    }
    assert phone.post("/api/v1/accounts", form, phone.token).is_success
    clock.step(days=7, seconds=1)
    asyncio.run(door.settle())
    assert door.app.db.write_sync(users.by_name, "grace") is None
    assert phone.post("/api/v1/accounts", form, phone.token).is_success
