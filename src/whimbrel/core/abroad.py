"""What may be asked of other servers and what comes back: addresses, answers, refusals."""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network
from typing import NamedTuple

from yarl import URL

from .errors import WhimbrelError

LONGEST = 2048  # characters of an address

_NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24"),
        *("192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        # inside 2000::/3; what lies outside is not public anyway
        *("2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20"),
    )
)
_PUBLIC_6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")


class Unreachable(WhimbrelError):
    """The other server could not be asked."""

    status, code = 502, "unreachable"


class Refused(Unreachable):
    """That address may not be asked, or what it answers may not be taken."""


class Answer(NamedTuple):
    """What came back. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str  # where it came from in the end


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether this address belongs to the public internet, also when it wraps another one."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = IPv4Address(address.packed[-4:])
        if inner is not None:
            return is_public(inner)
        if address not in _PUBLIC_6 or address.scope_id is not None:
            return False
    return not any(
        address in network for network in _NOT_PUBLIC if network.version == address.version
    )


@lru_cache(maxsize=4096)  # the same inboxes again and again
def address_of(url: str, base: URL | None = None) -> URL:
    """A URL as it will be asked, parsed once.

    Args:
        base: what a relative one is relative to.
    Raises:
        Refused: no http(s) address of a host, or one that carries a name and a password.
    """
    if len(url) > LONGEST or not url.isprintable() or "\\" in url or " " in url:
        raise Refused
    try:
        found = URL(url) if base is None else base.join(URL(url))
        port = found.port
    except (ValueError, IndexError) as error:  # yarl looks behind the end of `http://[::1]a@/`
        raise Refused from error
    if found.scheme not in ("http", "https") or not found.host or not port:
        raise Refused
    if found.user is not None or found.password is not None:
        raise Refused
    return found.with_fragment(None)
