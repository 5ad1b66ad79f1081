"""The only HTTP client for addresses that strangers chose. It cannot be led inside: whatever a name
turns out to mean, a socket is opened to public addresses alone (and to the few private ones that
the operator named). No cookies, no proxies, no compression, nothing without an end.

What an answer means, and whether it is from whom it claims to be, is for the caller."""

import asyncio
import socket
import ssl
from collections.abc import Collection, Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, NamedTuple

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from yarl import URL

from .errors import WhimbrelError

SECONDS = 10.0  # for everything, redirects included
MOST = 1 << 20  # bytes of an answer
REDIRECTS = 3
LONGEST = 2048  # characters of an address
_PORTS = (80, 443)
_BLOCK = 64 * 1024

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


class _Inside(OSError):
    """A socket would have led to an address that is not public."""


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


class Fetcher:
    """Open connections to other servers. Make it on the running loop; close it when done.

    Args:
        allow_private: exact addresses that may be asked although they are not public, on any port
            and without TLS.
        extra_ca: PEM file of further certificate authorities.
        agent: what we say we are.
    """

    def __init__(
        self,
        *,
        allow_private: Iterable[str] = (),
        extra_ca: str = "",
        agent: str = "Whimbrel",
        seconds: float = SECONDS,
    ) -> None:
        allowed = frozenset(ip_address(text) for text in allow_private)
        tls = ssl.create_default_context()
        if extra_ca:
            tls.load_verify_locations(extra_ca)
        self._seconds = seconds
        self._public = _session(tls, allowed, agent, public=True)
        # Other ports, and addresses without TLS, only where the operator named the address.
        self._private = _session(tls, allowed, agent, public=False)

    async def close(self) -> None:
        """Close all connections."""
        await self._public.close()
        await self._private.close()

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        most: int = MOST,
        redirects: int = REDIRECTS,
        cut: bool = False,
    ) -> Answer:
        """GET, following at most `redirects` redirects, each checked like the first address.

        Args:
            headers: sent to the first address and, after a redirect, to whoever comes next.
            most: bytes that are taken.
            cut: take the beginning of a longer answer, where it would be refused.
        Raises:
            Refused: an address that may not be asked, or an answer too large or compressed.
            Unreachable: no answer within 10 seconds.
        """
        return await self._ask("GET", url, headers, None, most, redirects, cut)

    async def post(
        self, url: str, body: bytes, *, headers: Mapping[str, str] | None = None, most: int = MOST
    ) -> Answer:
        """POST. A redirect is an answer like any other: nothing is sent a second time.

        Raises:
            Refused, Unreachable: as `get`.
        """
        return await self._ask("POST", url, headers, body, most, 0)

    async def _ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        body: bytes | None,
        most: int,
        redirects: int,
        cut: bool = False,
    ) -> Answer:
        at = address_of(url)
        try:
            async with asyncio.timeout(self._seconds):
                for _ in range(redirects + 1):
                    answer = await self._once(method, at, headers, body, most, cut)
                    onward = answer.headers.get("location")
                    if not redirects or onward is None or answer.status // 100 != 3:
                        return answer
                    at = address_of(onward, at)
        except (ClientError, OSError, TimeoutError) as failure:
            if _was_inside(failure):
                raise Refused from failure
            raise Unreachable from failure
        raise Refused("That address leads on and on.")

    async def _once(
        self,
        method: str,
        at: URL,
        headers: Mapping[str, str] | None,
        body: bytes | None,
        most: int,
        cut: bool,
    ) -> Answer:
        plain = at.scheme == "https" and at.port in _PORTS
        session = self._public if plain else self._private
        async with session.request(
            method, at, headers=headers, data=body, allow_redirects=False
        ) as response:
            got = {name.lower(): value for name, value in response.headers.items()}
            if got.get("content-encoding", "identity").lower() != "identity":
                raise Refused("That server compresses what was asked for as it is.")
            return Answer(response.status, got, await _body(response, most, cut), str(at))


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
    except ValueError as error:
        raise Refused from error
    if found.scheme not in ("http", "https") or not found.host or not port:
        raise Refused
    if found.user is not None or found.password is not None:
        raise Refused
    return found.with_fragment(None)


def _session(
    tls: ssl.SSLContext,
    allowed: Collection[IPv4Address | IPv6Address],
    agent: str,
    *,
    public: bool,
) -> ClientSession:
    def gate(info: tuple[Any, Any, int, str, tuple[Any, ...]]) -> socket.socket:
        """Every connection passes here with the very address it goes to."""
        family, kind, protocol, _, where = info
        address = ip_address(where[0])
        if not (address in allowed or (public and is_public(address))):
            raise _Inside(f"{address} is not public")
        return socket.socket(family, kind, protocol)

    connector = TCPConnector(ssl=tls, use_dns_cache=False, socket_factory=gate, limit=0)
    return ClientSession(
        connector=connector,
        cookie_jar=DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        timeout=ClientTimeout(total=None),
        headers={"User-Agent": agent, "Accept-Encoding": "identity"},
    )


async def _body(response: ClientResponse, most: int, cut: bool) -> bytes:
    if (response.content_length or 0) > most and not cut:
        raise Refused("That answer is too large.")
    body = bytearray()
    async for block in response.content.iter_chunked(_BLOCK):
        body += block
        if len(body) > most and cut:
            return bytes(body[:most])
        if len(body) > most:
            raise Refused("That answer is too large.")
    return bytes(body)


def _was_inside(failure: BaseException | None) -> bool:
    """Whether our own gate was what failed, however deep it is wrapped."""
    while failure is not None:
        if isinstance(failure, _Inside):
            return True
        if isinstance(failure, BaseExceptionGroup):
            return any(_was_inside(each) for each in failure.exceptions)
        inner = getattr(failure, "os_error", None)
        failure = inner if inner not in (None, failure) else failure.__cause__
    return False
