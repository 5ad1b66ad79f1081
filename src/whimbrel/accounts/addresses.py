"""Where people came from: for a week as it was, then the network, then nothing.

It is noted at sign-up, at sign-in, and once a day for each session and token in use. Whole
addresses are sealed under their day's key as well as their owner's: shredding it ends them in every
copy."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple

from whimbrel.core.errors import Invalid
from whimbrel.core.ids import moment
from whimbrel.core.keyring import Shredded, Slot
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .events import AddressesAge
from .queries import addresses as stored
from .queries import entry
from .queries.addresses import Row
from .rules import Viewer

DAY = 86_400_000  # ms
WHOLE = 7  # days
SLICE = 200  # addresses cut in one transaction
LOOKS = 20  # days of the staff's looking that somebody is told of
SIZES = {4: 24, 6: 48}  # what is left of an address after a week
WIDEST = 8  # bits above those that a search may leave open: 256 networks are looked up
WHAT = "addresses"

Network = IPv4Network | IPv6Network


class Kept(NamedTuple):
    """Where somebody came from: an address, or 203.0.113.0/24. `used_at`: ms; of a network, the
    day."""

    ip: str
    used_at: int


def used(tx: Tx, viewer: Viewer, address: str) -> None:
    """Note the day on which the viewer's token or session was last used, and from where.

    Emits: AddressesAge
    """
    entry.write_use(tx, viewer.account, viewer.token, viewer.session)
    if viewer.account is not None:
        seen(tx, viewer.account, address)


def seen(tx: Tx, account: int, address: str) -> None:
    """Note where somebody came from; "" and what is no address of the net are not kept.

    Emits: AddressesAge, for the first of a day
    """
    parsed = _parsed(address)
    if parsed is None or not tx.instance.address_days:
        return
    hash_, today = _hash(tx, str(parsed)), tx.ms // DAY
    if stored.again(tx, account, hash_, today):
        return
    author = stored.author(tx, account)
    if author is not None:
        slot = _place(account, author, _key(tx, today))
        sealed = tx.seal(slot, str(parsed).encode())
        stored.put(tx, account, hash_, _hash(tx, str(cut(parsed))), sealed, today, tx.ms)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return None if parsed.is_unspecified else parsed


def cut(address: IPv4Address | IPv6Address) -> Network:
    """The /24 or /48 in which an address lies."""
    return ip_network(f"{address}/{SIZES[address.version]}", strict=False)


def _hash(tx: Tx, text: str) -> str:
    return tx.mac("address", text.encode()).hex()


def _place(account: int, author: int, key: int | None) -> Slot:
    return Slot(author if key is None else key, author, account, "addresses.address")


def _key(tx: Tx, day: int) -> int:
    """The slot of a day; the first who needs it makes it, and starts its clock."""
    found = stored.key(tx, day)
    if found is not None:
        return found
    slot = tx.slot()
    if stored.add_key(tx, day, slot):
        tx.emit(AddressesAge(day=day), due=moment((day + WHOLE) * DAY))
        return slot
    return stored.key(tx, day) or slot


# --- growing old --------------------------------------------------------------------------------


def age(tx: Tx, event: AddressesAge) -> None:
    """Handler: what was last seen on that day becomes networks, some at a time; then its key is
    shredded, and what is older than the setting says goes.

    Emits: AddressesAge, at once while there are more, and once for when the networks go
    """
    day, keep = event.day, tx.instance.address_days
    key = stored.key(tx, day)
    if key is not None:
        rows = stored.of_day(tx, day, SLICE)
        for row in rows:
            _cut(tx, row, day)
        if len(rows) == SLICE:
            tx.emit(event)
            return
        tx.shred([key])
        stored.remove_key(tx, day)
        tx.emit(event, due=moment(max(tx.ms, (day + 1 + keep) * DAY)))
    stored.remove_older(tx, tx.ms - keep * DAY)


def _cut(tx: Tx, row: Row, day: int) -> None:
    text = _opened(tx, row)
    if not stored.remove(tx, row, day) or text is None:
        return
    network = str(cut(ip_address(text)))
    sealed = tx.seal(_place(row.account, row.author, None), network.encode())
    hash_ = _hash(tx, network)
    stored.put(tx, row.account, hash_, hash_, sealed, None, row.used_at - row.used_at % DAY)


def _opened(tx: Tx, row: Row) -> str | None:
    """The address, or the network; None where its owner is being erased."""
    try:
        return tx.unseal(_place(row.account, row.author, row.key), row.address).decode()
    except Shredded:
        return None


# --- looking ------------------------------------------------------------------------------------


def of(tx: Tx, accounts: Iterable[int]) -> dict[int, list[Kept]]:
    """Where these people came from, what was used last first; who never did is left out."""
    found: dict[int, list[Kept]] = {}
    for row in stored.of(tx, accounts):
        text = _opened(tx, row)
        if text is not None:
            found.setdefault(row.account, []).append(Kept(text, row.used_at))
    return found


def who_used(tx: Tx, text: str) -> list[int]:
    """Who came from an address or a network; nobody from what is neither. What is a network by now
    is found by one that holds all of it, not by an address that lies in it.

    Raises:
        Invalid: wider than a /16 (IPv6: /40).
    """
    try:
        asked = ip_network(text.strip(), strict=False)
    except ValueError:
        return []
    size = SIZES[asked.version]
    if asked.prefixlen < size - WIDEST:
        raise Invalid(say("A network has at least /%(length)s.", length=size - WIDEST))
    nets = asked.subnets(new_prefix=size) if asked.prefixlen < size else [cut(asked[0])]
    rows = stored.within(tx, [_hash(tx, str(each)) for each in nets])
    if asked.prefixlen <= size:
        return sorted({row.account for row in rows})
    whole = [(row.account, _opened(tx, row) or "/") for row in rows if row.key is not None]
    return sorted({who for who, at in whole if "/" not in at and ip_address(at) in asked})


def looked(tx: Tx, account: int) -> None:
    """Somebody of the staff looked where this person came from: they are told."""
    stored.looked(tx, account, WHAT, tx.ms // DAY)


def looks(tx: Tx, viewer: Viewer) -> list[int]:
    """When (ms, to the day) the staff looked where the viewer came from, the last time first."""
    return [day * DAY for day in stored.looks(tx, viewer.id, WHAT, LOOKS)]
