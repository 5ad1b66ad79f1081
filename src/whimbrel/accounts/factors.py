"""The second factor: codes of an authenticator app, and recovery codes for the day it is lost.

With an authenticator app or a passkey (`passkeys`), the password alone opens nothing any more. A
code is taken once. What is kept here can be checked, never shown again.

Source: RFC 6238 (six digits, SHA-1, 30 seconds)."""

import hmac
import re
import secrets
from typing import NamedTuple

import pyotp

from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.keyring import Slot
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from . import queries
from .events import LetterWanted
from .queries import factors as stored
from .queries import users
from .rules import Viewer

STEP = 30_000  # ms
CODES = 10
WRONG = say("The code is wrong, too old or was used already.")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
_DIGITS = re.compile("[0-9]{6}")


class Setup(NamedTuple):
    """What an authenticator app has to be told: the secret, and as the address of a QR code."""

    secret: str
    uri: str


class Shown(NamedTuple):
    """What somebody may know of their own second factors. Times are ms; None: there is none."""

    authenticator: int | None
    codes: int  # left


def wanted(tx: Tx, account: int) -> bool:
    """Whether signing in takes more than the password."""
    return stored.any_of(tx, account)


def of(tx: Tx, viewer: Viewer) -> Shown:
    """The viewer's authenticator app and codes."""
    found = stored.authenticator(tx, viewer.id)
    return Shown(found and found.at, stored.codes_left(tx, viewer.id))


def begin_authenticator(tx: Tx, viewer: Viewer) -> None:
    """Make the secret of an authenticator app; it counts once a code of it was right.

    Raises:
        Invalid: there is one already.
    """
    found = stored.authenticator(tx, viewer.id)
    if found is not None and found.at is not None:
        raise Invalid(say("There is an authenticator app already. Remove it first."))
    place = _place(tx, viewer.id)
    stored.set_authenticator(tx, viewer.id, tx.seal(place, pyotp.random_base32().encode()))


def setup_of(tx: Tx, viewer: Viewer) -> Setup:
    """What to tell the app, as long as it has not shown a code.

    Raises:
        NotFound: nothing was begun, or it is finished.
    """
    found = stored.authenticator(tx, viewer.id)
    if found is None or found.at is not None:
        raise NotFound
    secret = tx.unseal(_place(tx, viewer.id), found.secret).decode()
    mine = queries.by_id(tx, viewer.id)
    name = f"{mine.username}@{tx.instance.domain}"
    uri = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=tx.instance.title)
    return Setup(secret, uri)


def finish_authenticator(tx: Tx, viewer: Viewer, code: str) -> list[str]:
    """The app shows that it works; from now on signing in asks for its codes.

    Returns:
        Recovery codes, where this is the first second factor; else nothing.
    Raises:
        NotFound: nothing was begun, or it is finished.
        Invalid: the code is wrong.
    Emits: LetterWanted
    """
    setup_of(tx, viewer)
    first = not wanted(tx, viewer.id)
    if not _is_right(tx, viewer.id, _plain(code)):
        raise Invalid(WRONG, {"code": [("ERR_INVALID", say(say("is wrong or too old.")))]})
    tx.emit(LetterWanted(account=viewer.id, kind="authenticator_added"))
    return make_codes(tx, viewer.id) if first else []


def remove_authenticator(tx: Tx, viewer: Viewer) -> None:
    """Ask for its codes no more. Raises NotFound: there is none. Emits: LetterWanted"""
    if not stored.drop_authenticator(tx, viewer.id):
        raise NotFound
    tx.emit(LetterWanted(account=viewer.id, kind="authenticator_removed"))
    drop_idle_codes(tx, viewer.id)


def renew_codes(tx: Tx, viewer: Viewer) -> list[str]:
    """Recovery codes in place of those before, to be shown once.

    Raises:
        NotFound: there is no second factor that they could stand in for.
    Emits: LetterWanted
    """
    if not wanted(tx, viewer.id):
        raise NotFound
    tx.emit(LetterWanted(account=viewer.id, kind="codes_made"))
    return make_codes(tx, viewer.id)


def make_codes(tx: Tx, account: int) -> list[str]:
    """The same, for whoever has just got a first second factor: such as `k3fp-9wxc-2mht`."""
    made = ["".join(secrets.choice(_LETTERS) for _ in range(12)) for _ in range(CODES)]
    stored.set_codes(tx, account, [_mac(tx, account, code) for code in made])
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in made]


def drop_idle_codes(tx: Tx, account: int) -> None:
    """Remove recovery codes where there is nothing left that they could stand in for."""
    if not wanted(tx, account):
        stored.set_codes(tx, account, [])


def take(tx: Tx, account: int, code: str) -> bool:
    """Whether a code is right: the app's, or a recovery code, which is used up by it.

    Emits: LetterWanted for a recovery code
    """
    plain = _plain(code)
    found = stored.authenticator(tx, account)
    if _DIGITS.fullmatch(plain):
        return found is not None and found.at is not None and _is_right(tx, account, plain)
    if not stored.take_code(tx, account, _mac(tx, account, plain)):
        return False
    tx.emit(LetterWanted(account=account, kind="code_used"))
    return True


def reset(tx: Tx, account: int) -> None:
    """Take everything away, for somebody who lost it all: the operator's word is enough.

    Emits: LetterWanted, where there was something
    """
    had = wanted(tx, account)
    stored.clear(tx, account)
    if had:
        tx.emit(LetterWanted(account=account, kind="factors_reset"))


def _is_right(tx: Tx, account: int, code: str) -> bool:
    """Whether it is the app's code of this half minute or one beside it, and was never taken."""
    found = stored.authenticator(tx, account)
    if found is None:
        return False
    codes = pyotp.HOTP(tx.unseal(_place(tx, account), found.secret).decode())
    now = tx.ms // STEP
    right = [s for s in (now - 1, now, now + 1) if hmac.compare_digest(codes.at(s), code)]
    return bool(right) and stored.take_step(tx, account, right[0])


def _plain(code: str) -> str:
    """As it is checked, however somebody copied it."""
    return "".join(mark for mark in code[:100].lower() if mark.isascii() and mark.isalnum())


def _mac(tx: Tx, account: int, code: str) -> bytes:
    return tx.mac("recovery code", f"{account} {code}".encode())


def _place(tx: Tx, account: int) -> Slot:
    user = users.by_account(tx, account)
    if user is None:
        raise NotFound
    return Slot(user.slot, user.slot, account, "authenticators.secret")
