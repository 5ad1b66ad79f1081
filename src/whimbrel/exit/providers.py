"""Who stands behind a name or an address, as far as these themselves tell. Nobody is asked.

Two things that share a provider go together when it goes. That is seen by a network, by the zone a
name leads to, or by whose name it is; a provider with many networks and names goes unseen."""

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address, ip_network
from itertools import combinations
from typing import NamedTuple

_SECOND = {"ac", "co", "com", "edu", "gob", "gov", "gr", "mil", "ne", "net", "nom", "or", "org"}
NEAR = "this machine"


class Role(NamedTuple):
    """What one job of a server is done by. `names`: of its machines, and what they lead to."""

    title: str
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    near: bool = False  # on this machine, or beside it in a network of its own
    silent: bool = False  # of some of it nobody would say what it means


def parent(name: str) -> str:
    """The part of a name that somebody registered: its last two labels, three where the last but
    one is such as co.uk's. That is a rule of thumb; the list of all suffixes is not kept here."""
    labels = name.lower().rstrip(".").split(".")
    most = 3 if len(labels[-1]) == 2 and labels[-2:-1] and labels[-2] in _SECOND else 2
    return ".".join(labels[-most:])


def network(address: str) -> str:
    """The /16 (IPv6: /32) that `address` lies in."""
    width = 16 if ip_address(address).version == 4 else 32
    return str(ip_network(f"{address}/{width}", strict=False))


def shared(roles: Sequence[Role], own: Iterable[str]) -> list[tuple[str, str, str]]:
    """Pairs of roles with one provider, and by what that is seen.

    Args:
        own: domains of the operator's, which say nothing of a provider.
    """
    mine = {parent(name) for name in own}
    signs = {role.title: _signs(role, mine) for role in roles}
    found = []
    for one, other in combinations(signs, 2):
        both = sorted(signs[one].keys() & signs[other].keys())
        found += [(one, other, signs[one][both[0]])] if both else []
    return found


def _signs(role: Role, mine: set[str]) -> Mapping[str, str]:
    """What a provider is known by, in words."""
    found = {network(each): f"addresses in {network(each)}" for each in role.addresses}
    found |= {
        parent(name): f"names under {parent(name)}"
        for name in role.names
        if parent(name) not in mine
    }
    return found | ({NEAR: NEAR} if role.near else {})
