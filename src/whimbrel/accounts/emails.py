"""E-mail addresses: which we write to, how they are compared, and how one is kept."""

import re
import unicodedata

from whimbrel.core.tx import Tx

from .queries.users import User

# No quotes, comments, %, ! or |: legal by the letter of RFC 5322, and read in two ways by mail
# servers, so that a letter reaches somebody else than the one who was checked.
_LOCAL = re.compile(r"[a-z0-9_+&'=~/*{}^$#?-]+(?:\.[a-z0-9_+&'=~/*{}^$#?-]+)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
LONGEST = 254


def fold(text: str) -> str | None:
    """An address as it is compared and kept: NFKC, lower case, the host in ASCII.

    Returns:
        None for what is no address we would write to.
    """
    local, at, host = unicodedata.normalize("NFKC", text.strip()).lower().rpartition("@")
    try:
        ascii_host = host.encode("idna").decode()
    except UnicodeError:
        return None
    labels = ascii_host.split(".")
    fine = (
        at
        and len(local) <= 64
        and _LOCAL.fullmatch(local)
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
    )
    address = f"{local}@{ascii_host}"
    return address if fine and len(address) <= LONGEST else None


def mac(tx: Tx, folded: str) -> bytes:
    """What an address is found by, without storing it."""
    return tx.mac("email", folded.encode())


def of(tx: Tx, user: User) -> str:
    """The address of a user; "" where he has none. Raises Shredded: he was erased."""
    return tx.unseal(user.place, user.email).decode()
