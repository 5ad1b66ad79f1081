"""The receipt of somebody whom the staff erased, or did not let in, by letter: no page of ours is
theirs any more.

The address is gone with the account. A copy of it, sealed by a key of its own, waits for the
letter; that key is destroyed when it is out, or after `DAYS` of mail servers that do not answer."""

from base64 import b64decode, b64encode
from datetime import timedelta
from typing import NamedTuple

import msgspec

from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.keyring import Shredded, Slot
from whimbrel.core.mail import Letter
from whimbrel.core.tx import Tx

from . import emails, leave, letters
from .events import FarewellLapses, FarewellWanted
from .letters import Addressed
from .queries import users

DAYS = 3
RECEIPT = "its receipt goes to them by letter"  # of a line in the log of decisions

log = logs.get(__name__)


class Farewell(NamedTuple):
    """What is left of somebody. `receipt`: by what it can be read, "" where there is none."""

    receipt: str = ""
    told: bool = False  # whether it goes to whom it is of

    @property
    def detail(self) -> str:
        """For the line in the log of decisions."""
        return RECEIPT if self.told else ""


class Kept(msgspec.Struct, frozen=True):
    """What the letter needs. `receipt`: by what that can be read."""

    to: str
    username: str
    locale: str
    receipt: str


def erase(tx: Tx, account: int) -> Farewell:
    """Erase an account of ours as `leave.erase`, on behalf of the staff.

    Raises:
        NotFound: erased already, or not one of ours.
    Emits: as `leave.erase`; FarewellWanted, FarewellLapses
    """
    user = users.by_account(tx, account)
    if user is None:
        raise NotFound
    to = emails.of(tx, user)
    receipt = leave.erase(tx, account)
    if not (to and receipt):
        return Farewell(receipt)
    slot = tx.slot()
    kept = msgspec.json.encode(Kept(to, user.username, user.locale, receipt))
    sealed = b64encode(tx.seal(_place(account, slot), kept)).decode()
    tx.emit(FarewellWanted(account=account, slot=slot, kept=sealed))
    tx.emit(FarewellLapses(slot=slot), due=tx.now + timedelta(days=DAYS))
    return Farewell(receipt, True)


async def send(app: App, event: FarewellWanted) -> None:
    """Effect: the letter, and then nothing is left of the address.

    Raises:
        Unavailable: the mail server did not take it; the outbox tries again.
    """
    try:
        kept = await app.db.read(_opened, event)
    except Shredded:
        return  # it is out, or was waited for long enough
    to = Addressed(kept.to, b"", kept.username, kept.receipt, kept.locale)
    subject, text = letters.compose(app.instance, "erased", to)
    try:
        await letters.post(app, Letter(kept.to, subject, text))
    except Invalid:  # trying again would not make it an address
        log.warning("letter cannot be addressed", kind="erased", account=event.account)
    await app.db.write(_forget, event.slot)


def lapse(tx: Tx, event: FarewellLapses) -> None:
    """Handler: nobody waits for the letter any more."""
    _forget(tx, event.slot)


def _forget(tx: Tx, slot: int) -> None:
    tx.shred([slot])


def _opened(tx: Tx, event: FarewellWanted) -> Kept:
    sealed = tx.unseal(_place(event.account, event.slot), b64decode(event.kept))
    return msgspec.json.decode(sealed, type=Kept)


def _place(account: int, slot: int) -> Slot:
    return Slot(slot, slot, account, "farewell.kept")
