"""Reading a request's headers straight from the ASGI scope: who asks, from where, wanting what.

Nothing here decides anything; a header is what a stranger claims, and is told so."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from random import getrandbits
from typing import TypeAlias
from urllib.parse import unquote

from .asgi import Scope

Network: TypeAlias = IPv4Network | IPv6Network

UNKNOWN = "0.0.0.0"  # noqa: S104 (an answer, not a place to listen)
LONGEST_TOKEN = 512
_ID = "whimbrel.request_id"


def header(scope: Scope, name: bytes) -> bytes | None:
    """The first header of this (lower-case) name."""
    for key, value in scope["headers"]:
        if key == name:
            found: bytes = value
            return found
    return None


def request_id(scope: Scope) -> str:
    """16 hexadecimal digits that name this request in logs and answers. Never the client's own:
    whoever chooses it can forge what others read in the log."""
    known: str | None = scope.get(_ID)
    if known is None:
        known = scope[_ID] = f"{getrandbits(64):016x}"  # a name, no secret
    return known


def bearer(scope: Scope, *, query: bool = False) -> str | None:
    """The access token, if one was sent.

    Args:
        query: whether `access_token` in the query counts as well (streaming only: URLs get logged).
    Returns:
        None without a token; "" for one that cannot be right, so that it is refused, not ignored.
    """
    given = header(scope, b"authorization")
    if given is not None and given[:7].lower() == b"bearer ":
        return _plain(given[7:].decode("latin-1").strip())
    if query:
        for part in scope["query_string"].split(b"&"):
            if part.startswith(b"access_token="):
                return _plain(unquote(part[13:].decode("latin-1")))
    return None


def _plain(token: str) -> str:
    fine = len(token) <= LONGEST_TOKEN and token.isascii() and token.isprintable()
    return token if fine and " " not in token else ""


def prefers_html(scope: Scope) -> bool:
    """Whether a person's browser asks rather than a program: HTML is wanted more than JSON."""
    best = {"html": 0.0, "json": 0.0}
    for part in (header(scope, b"accept") or b"").decode("latin-1").lower().split(",")[:32]:
        kind, *options = part.split(";")
        kind = kind.strip()
        if kind in ("text/html", "application/xhtml+xml"):
            best["html"] = max(best["html"], _weight(options))
        elif kind.endswith(("/json", "+json")):
            best["json"] = max(best["json"], _weight(options))
    return best["html"] > best["json"]


def _weight(options: Sequence[str]) -> float:
    for option in options:
        name, _, value = option.partition("=")
        if name.strip() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Addresses and networks (`10.0.0.0/8`, `::1`) as `client_address` takes them.

    Raises:
        ValueError: one of them is none.
    """
    return tuple(ip_network(text.strip(), strict=False) for text in texts)


def client_address(scope: Scope, trusted: tuple[Network, ...] = ()) -> str:
    """The IP address of whoever asks, in its one usual spelling.

    X-Forwarded-For is read from right to left and only as long as the hop that wrote it is
    trusted; what lies further left anybody can have made up. Forwarded and X-Real-IP are not
    read at all.
    Returns:
        "0.0.0.0" where there is no address (a Unix socket).
    """
    client = scope.get("client")
    at = _spelled(client[0]) if client else None
    if at is None:
        return UNKNOWN
    if not trusted or not _within(at, trusted):
        return at
    for hop in reversed(_hops(scope)):
        further = _spelled(hop)
        if further is None:
            break
        at = further
        if not _within(at, trusted):
            break
    return at


def _hops(scope: Scope) -> list[str]:
    values = [value for key, value in scope["headers"] if key == b"x-forwarded-for"]
    return b",".join(values).decode("latin-1").split(",")


@lru_cache(maxsize=4096)
def _spelled(text: str) -> str | None:
    """The usual spelling of an address; a port is cut off. None where it is no address."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(address)


@lru_cache(maxsize=4096)
def _within(text: str, trusted: tuple[Network, ...]) -> bool:
    address = ip_address(text)
    return any(address in network for network in trusted)
