"""The connections of `fetch`. Nothing else needs aiohttp, which takes long to load: this is read
when the first address is asked, and not when a server starts."""

import asyncio
import socket
import ssl
from collections.abc import Collection, Mapping
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from yarl import URL

from .abroad import Answer, Refused, Unreachable, address_of, is_public

_PORTS = (80, 443)
_BLOCK = 64 * 1024


class _Inside(OSError):
    """A socket would have led to an address that is not public."""


@cache
def tls_of(extra_ca: str) -> ssl.SSLContext:
    """Whom we believe. Reading all the authorities a system has takes a tenth of a second."""
    tls = ssl.create_default_context()
    if extra_ca:
        tls.load_verify_locations(extra_ca)
    return tls


class Sockets:
    """Open connections; see `fetch.Fetcher`."""

    def __init__(
        self,
        allowed: Collection[IPv4Address | IPv6Address],
        extra_ca: str,
        agent: str,
        seconds: float,
    ) -> None:
        tls = tls_of(extra_ca)
        self._seconds = seconds
        self._public = _session(tls, allowed, agent, public=True)
        # Other ports, and addresses without TLS, only where the operator named the address.
        self._private = _session(tls, allowed, agent, public=False)

    async def close(self) -> None:
        """Close all connections."""
        await self._public.close()
        await self._private.close()

    async def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        body: bytes | None,
        most: int,
        redirects: int,
        cut: bool = False,
    ) -> Answer:
        """As `fetch.Fetcher.get`; `body` for what is sent."""
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
            sent = method == "POST"  # what is answered to that counts, not how it is said
            if not sent and got.get("content-encoding", "identity").lower() != "identity":
                raise Refused("That server compresses what was asked for as it is.")
            return Answer(response.status, got, await _body(response, most, cut or sent), str(at))


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
