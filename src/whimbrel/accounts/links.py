"""One-use links: what proves that a letter reached its reader, or that somebody reads the console.

Kept as hashes, good once and for a while. Who writes the letter: `letters`."""

from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Literal

from whimbrel.core.errors import Gone
from whimbrel.core.ids import token
from whimbrel.core.keyring import Slot
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .queries import links as stored
from .queries.links import Link

Kind = Literal["confirm", "reset", "change", "setup"]

HOUR = 3_600_000  # ms
LASTS: dict[Kind, int] = {
    "confirm": 48 * HOUR,
    "reset": 2 * HOUR,
    "change": 24 * HOUR,
    "setup": 30 * 24 * HOUR,
}
_PLACE = "letters.link"


def issue(tx: Tx, kind: Kind, account: int | None = None, email: bytes | None = None) -> str:
    """A fresh link; earlier ones of this kind for this account are void from now on.

    Args:
        email: the new address, sealed (kind = change).
    Returns:
        The secret to put into the URL. It is not stored.
    """
    secret = token()
    stored.drop(tx, kind, account)
    stored.add(tx, hashed(secret), kind, account, email, tx.ms + LASTS[kind])
    return secret


def look(tx: Tx, kind: Kind, secret: str) -> Link:
    """What a link is for, without using it: mail programs open links before people do.

    Raises:
        Gone: used, too old, or never given.
    """
    found = stored.find(tx, hashed(secret), kind)
    if found is None:
        raise Gone(say("This link has been used already or is too old."))
    return found


def redeem(tx: Tx, kind: Kind, secret: str) -> Link:
    """Use a link up. Raises Gone as `look` does; two at once cannot both have it."""
    found = look(tx, kind, secret)
    if not stored.take(tx, hashed(secret)):
        raise Gone(say("This link has been used already or is too old."))
    return found


def sealed(tx: Tx, account: int, slot: int, secret: str) -> str:
    """`secret` as `LetterWanted.link` carries it."""
    return b64encode(tx.seal(Slot(slot, slot, account, _PLACE), secret.encode())).decode()


def opened(tx: Tx, account: int, slot: int, link: str) -> str:
    """The reverse, for whoever writes the letter. Raises Shredded: the account was erased."""
    return tx.unseal(Slot(slot, slot, account, _PLACE), b64decode(link)).decode()


def email_place(account: int, slot: int) -> Slot:
    """Where the sealed new address of a change belongs."""
    return Slot(slot, slot, account, "links.email")


def hashed(secret: str) -> bytes:
    """What is stored of a link."""
    return sha256(secret.encode()).digest()
