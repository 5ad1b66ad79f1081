"""Who is kept out at the doors: by where they come from, or by the address they give.

Addresses are compared in one spelling, so that a dot, a `+tag` or a capital is no way around; they
are kept as keyed hashes, so that the list tells nobody who is on it."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple

from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .queries import barred
from .queries.barred import Email

CHANNEL = "barred"  # said when the networks that get no answer are others now
REFUSED = "ERR_BLOCKED", say("is not one that this server takes.")


class Welcome(NamedTuple):
    """How somebody who wants in is met."""

    email: bool  # whether the address may be used
    network: bool  # whether anybody may sign up from there
    approval: bool  # whether a moderator looks first, whatever else holds


def canonical(folded: str) -> str:
    """The one spelling of an address that letters to all its spellings would reach."""
    local, _, host = folded.rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{host}"


def email_mac(tx: Tx, folded: str) -> bytes:
    """What a barred address is found by."""
    return tx.mac("barred email", canonical(folded).encode())


def bar_email(tx: Tx, folded: str, *, account: int | None = None) -> Email | None:
    """Take an address no more, in any spelling; None where it is so already.

    Args:
        account: whose suspension this comes with; it ends with it.
    """
    made = Email(new_id(tx.now), email_mac(tx, folded))
    return made if barred.add_email(tx, made, account) else None


def domain_of(text: str) -> str | None:
    """A host as it is kept and compared: lower case, ASCII (punycode), no dot at the end.

    Returns:
        None for what is no host.
    """
    host = text.strip().rpartition("@")[2].rstrip(".").lower()
    try:
        found = host.encode("idna").decode()
    except UnicodeError:
        return None
    fine = 0 < len(found) <= 253 and all(found.split(".")) and not found.startswith("-")
    plain = found.replace("-", "").replace(".", "")
    return found if fine and plain.isascii() and plain.isalnum() else None


def refuses_email(tx: Tx, folded: str) -> bool:
    """Whether an address may not be used here."""
    return not _email_welcome(tx, folded)[0]


def _email_welcome(tx: Tx, folded: str) -> tuple[bool, bool]:
    """Whether an address may be used, and whether a moderator looks first."""
    labels = folded.rpartition("@")[2].split(".")
    hosts = [".".join(labels[at:]) for at in range(len(labels))]
    found = barred.email_domains_among(tx, hosts)
    closed = any(not each.with_approval for each in found)
    known = barred.email_by_hash(tx, email_mac(tx, folded)) is not None
    return not (closed or known), bool(found)


def welcome(tx: Tx, folded: str, address: str) -> Welcome:
    """How somebody is met who signs up with this address from that IP address ("" = none)."""
    email, looked_at = _email_welcome(tx, folded)
    severities = barred.severities(tx, around(address)) if address else set()
    closed = severities & {"sign_up_block", "no_access"}
    return Welcome(email, not closed, looked_at or "sign_up_requires_approval" in severities)


def around(address: str) -> list[str]:
    """Every network that an IP address lies in, as they are kept; [] for what is none."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return []
    at = int(parsed)
    kind = type(parsed)
    bits = parsed.max_prefixlen
    return [f"{kind(at >> (bits - size) << (bits - size))}/{size}" for size in range(bits, -1, -1)]


class ShutOut:
    """The networks that get no answer, ready to be asked before every request: one look-up for
    each size of network there is, nothing where there is none."""

    def __init__(self, networks: list[str]) -> None:
        self._by_size: dict[tuple[int, int], set[int]] = {}
        for text in networks:
            network = ip_network(text)
            shift = network.max_prefixlen - network.prefixlen
            at = int(network.network_address) >> shift
            self._by_size.setdefault((network.version, shift), set()).add(at)

    def __bool__(self) -> bool:
        return bool(self._by_size)

    def __contains__(self, address: str) -> bool:
        try:
            parsed: IPv4Address | IPv6Address = ip_address(address)
        except ValueError:
            return False
        at, version = int(parsed), parsed.version
        return any(
            version == kind and at >> shift in held for (kind, shift), held in self._by_size.items()
        )


def shut_out(tx: Tx) -> ShutOut:
    """As it is today."""
    return ShutOut(barred.shut_out(tx))
