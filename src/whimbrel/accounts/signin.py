"""Signing in: name or address and password become a session, slowly for whoever guesses.

What a wrong name, a wrong password and an account without one are told is the same, and takes as
long."""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import NamedTuple

from whimbrel.core.app import App
from whimbrel.core.errors import Forbidden, Gone, Invalid
from whimbrel.core.ids import token
from whimbrel.core.keyring import Keyring
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.privacy.budgets import network_of

from . import addresses, emails, factors, passkeys, passwords, sessions, signup
from .events import LetterWanted
from .queries import factors as stored
from .queries import users
from .queries.users import User

WRONG = say("The name or the password is wrong.")
HALF_LASTS = 600_000  # ms between password and second factor


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


class Halfway(NamedTuple):
    """The password was right, and a second factor is owed."""

    pending: str  # value of a cookie, good for ten minutes


class NotReady(Forbidden):
    """The password was right, but the account may not be used (yet)."""

    def __init__(self, message: str, why: str) -> None:
        """`why` is confirm (the address is not confirmed), wait (for a moderator) or disabled."""
        super().__init__(message)
        self.why = why


async def sign_in(app: App, attempt: Attempt) -> SignedIn | Halfway:
    """Begin a session, or the second step towards one.

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
    said = attempt.password
    if not await passwords.verify(app.db.keyring, stored, said, known=known) or user is None:
        raise Invalid(WRONG)
    owes = await app.db.read(factors.wanted, user.account)
    if throttle:
        throttle.forgive([key for key in keys if key[0] == "network"] if owes else keys)
    _refuse_unready(user)
    if owes:
        return Halfway(await app.db.write(_begin_half, user.account))
    return await _enter(app, user, attempt)


async def finish(app: App, pending: str, code: str, attempt: Attempt) -> SignedIn:
    """The second step, with a code. Wrong codes are counted where wrong passwords are.

    Args:
        pending: of `Halfway`.
        code: of the authenticator app, or a recovery code.
        attempt: who they are; name and password were right before and are not looked at.
    Raises:
        Gone: the first step was too long ago.
        Invalid: a wrong code, or one that was used.
        NotReady, TooMany: as `sign_in`.
    Emits: LetterWanted
    """
    user = await app.db.read(halfway, pending)
    known = _knows(app.db.keyring, user.account, attempt.device)
    keys = _keys(attempt, user, known)
    throttle = app.budgets.sign_ins if app.budgets.enabled else None
    if throttle:
        throttle.charge(keys)
    if not await app.db.write(factors.take, user.account, code):
        raise Invalid(factors.WRONG)
    if throttle:
        throttle.forgive(keys)
    return await _finish(app, pending, user, attempt)


async def finish_by_passkey(app: App, pending: str, answer: str, attempt: Attempt) -> SignedIn:
    """The second step, with a passkey. Raises as `finish`."""
    user = await app.db.read(halfway, pending)
    await passkeys.shown(app, "second", user.account, answer)
    if app.budgets.enabled:
        known = _knows(app.db.keyring, user.account, attempt.device)
        app.budgets.sign_ins.forgive(_keys(attempt, user, known))
    return await _finish(app, pending, user, attempt)


async def by_passkey(app: App, answer: str, attempt: Attempt) -> SignedIn:
    """Begin a session with a passkey alone.

    Raises:
        Invalid: see `passkeys.shown`.
        NotReady: right, but the account may not be used (yet).
    Emits: LetterWanted, when the device is new
    """
    account = await passkeys.shown(app, "enter", None, answer)
    user = await app.db.read(users.by_account, account)
    if user is None:
        raise Invalid(passkeys.REFUSED)
    _refuse_unready(user)
    return await _enter(app, user, attempt)


def halfway(tx: Tx, pending: str) -> User:
    """Who gave the right password. Raises Gone: too long ago, or done."""
    found = stored.find_challenge(tx, sha256(pending.encode()).digest(), "half")
    user = users.by_account(tx, found[0] or 0) if found else None
    if user is None:
        raise Gone(say("That took too long. Sign in again."))
    return user


def _begin_half(tx: Tx, account: int) -> str:
    pending = token()
    hash_ = sha256(pending.encode()).digest()
    stored.add_challenge(tx, hash_, account, "half", tx.ms + HALF_LASTS)
    return pending


async def _finish(app: App, pending: str, user: User, attempt: Attempt) -> SignedIn:
    if not await app.db.write(stored.take_challenge, sha256(pending.encode()).digest()):
        raise Gone(say("That took too long. Sign in again."))
    _refuse_unready(user)
    return await _enter(app, user, attempt)


async def _enter(app: App, user: User, attempt: Attempt) -> SignedIn:
    known = _knows(app.db.keyring, user.account, attempt.device)
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
    addresses.seen(tx, user.account, attempt.address)
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
