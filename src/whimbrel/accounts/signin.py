"""Signing in: name or address and password become a session, slowly for whoever guesses.

What a wrong name, a wrong password and an account without one are told is the same, and takes as
long."""

import hmac
from base64 import urlsafe_b64encode
from typing import NamedTuple

from whimbrel.core.app import App
from whimbrel.core.errors import Forbidden, Invalid
from whimbrel.core.ids import token
from whimbrel.core.keyring import Keyring
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.privacy.budgets import network_of

from . import emails, passwords, sessions, signup
from .events import LetterWanted
from .queries import users
from .queries.users import User

WRONG = say("The name or the password is wrong.")


class Attempt(NamedTuple):
    """Somebody at the sign-in form."""

    login: str  # name or e-mail address
    password: str
    address: str  # IP
    device: str = ""  # cookie of an earlier sign-in, see `auth.device_of`
    agent: str = ""
    session: int | None = None  # the one this browser had until now


class SignedIn(NamedTuple):
    """Values of two cookies: the session's, and the one that marks the device as known."""

    account: int
    session: str
    device: str


class NotReady(Forbidden):
    """The password was right, but the account may not be used (yet)."""

    def __init__(self, message: str, why: str) -> None:
        """`why` is confirm (the address is not confirmed), wait (for a moderator) or disabled."""
        super().__init__(message)
        self.why = why


async def sign_in(app: App, attempt: Attempt) -> SignedIn:
    """Begin a session.

    Raises:
        Invalid: wrong name or password.
        NotReady: right, but the account may not be used (yet).
        TooMany: too many wrong ones on this account or from this network.
    Emits: LetterWanted, when the device is new
    """
    user = await app.db.read(_find, attempt.login)
    known = user is not None and _knows(app.db.keyring, user.account, attempt.device)
    keys = _keys(attempt, user, known)
    throttle = app.budgets.sign_ins if app.budgets.enabled else None
    if throttle:
        throttle.charge(keys)
    stored = None if user is None else user.password
    if not await passwords.verify(app.db.keyring, stored, attempt.password) or user is None:
        raise Invalid(WRONG)
    if throttle:
        throttle.forgive(keys)
    _refuse_unready(user)
    session = await app.db.write(_begin, user, attempt, known)
    device = attempt.device if known else _device(app.db.keyring, user.account)
    return SignedIn(user.account, session, device)


async def check_password(app: App, account: int, password: str, address: str) -> None:
    """Ask a signed-in person for the password once more, before something grave.

    Raises:
        Invalid: it is another one.
        TooMany: too many wrong ones.
    """
    user = await app.db.read(users.by_account, account)
    keys = [("again", account), ("network", network_of(address))]
    if app.budgets.enabled:
        app.budgets.sign_ins.charge(keys)
    stored = None if user is None else user.password
    if not await passwords.verify(app.db.keyring, stored, password):
        raise Invalid(
            say("The password is wrong."), {"password": [("ERR_INVALID", say("is wrong."))]}
        )
    if app.budgets.enabled:
        app.budgets.sign_ins.forgive(keys)


def _find(tx: Tx, login: str) -> User | None:
    login = login.strip()
    if "@" in login.removeprefix("@"):
        folded = emails.fold(login)
        return None if folded is None else users.by_mac(tx, emails.mac(tx, folded))
    name = login.removeprefix("@")
    return users.by_name(tx, name) if signup.NAME.fullmatch(name) else None


def _keys(attempt: Attempt, user: User | None, known: bool) -> list[tuple[str, object]]:
    """Whose tries are counted. A name that does not exist gets slow like one that does."""
    if known:
        return [("device", attempt.device)]
    who = attempt.login.strip().lower()[:320] if user is None else user.account
    return [("account", who), ("network", network_of(attempt.address))]


def _refuse_unready(user: User) -> None:
    if user.disabled_at is not None or user.suspended_at is not None:
        raise NotReady("Your login is currently disabled", "disabled")
    if user.confirmed_at is None:
        raise NotReady("Your login is missing a confirmed e-mail address", "confirm")
    if user.approved_at is None:
        raise NotReady("Your login is currently pending approval", "wait")


def _begin(tx: Tx, user: User, attempt: Attempt, known: bool) -> str:
    if not known and sessions.any_of(tx, user.account):
        tx.emit(LetterWanted(account=user.account, kind="new_device"))
    return sessions.begin(tx, user.account, attempt.agent, instead_of=attempt.session)


def _device(keyring: Keyring, account: int) -> str:
    nonce = token(128)
    return f"{nonce}.{_mark(keyring, account, nonce)}"


def _knows(keyring: Keyring, account: int, device: str) -> bool:
    nonce, _, mark = device.partition(".")
    return hmac.compare_digest(mark.encode(), _mark(keyring, account, nonce).encode())


def _mark(keyring: Keyring, account: int, nonce: str) -> str:
    found = keyring.mac("device", f"{account} {nonce}".encode())
    return urlsafe_b64encode(found[:24]).decode()
