"""The connections of `fetch`. Nothing else needs aiohttp, which takes long to load: this is read
when the first address is asked, and not when a server starts."""

import asyncio
import socket
import ssl
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
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
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from .abroad import Answer, Refused, Unreachable, address_of, is_public

_PORTS = (80, 443)
_BLOCK = 64 * 1024
NAMES = 256  # looked up at a time: each is a thread that may wait for ten seconds and more
REMEMBERED = 300  # seconds that a name means the same; what it means is checked each time


class _Inside(OSError):
    """A socket would have led to an address that is not public."""


@cache
def tls_of(extra_ca: str) -> ssl.SSLContext:
    """Whom we believe. Reading all the authorities a system has takes a tenth of a second."""
    tls = ssl.create_default_context()
    if extra_ca:
        tls.load_verify_locations(extra_ca)
    return tls


class _Names(AbstractResolver):
    """What names mean. The loop asks for two at a time (and asyncio's own for a few), so that names
    which nobody answers for, all of one provider, would keep everybody else from being asked."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(NAMES, thread_name_prefix="whimbrel-name")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _look_up, host, port, family)
        return [
            ResolveResult(
                hostname=host,
                host=str(where[0]),
                port=int(where[1]),
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, where in found
            if len(where) == 2 or not where[3]  # an address of one network cable is not public
        ]

    async def close(self) -> None:
        """Whoever is being looked up is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int, family: socket.AddressFamily) -> list[Any]:
    kind, flags = socket.SOCK_STREAM, socket.AI_ADDRCONFIG
    return socket.getaddrinfo(host, port, type=kind, family=family, flags=flags)


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
        self._names = _Names()
        self._public = _session(tls, allowed, agent, self._names, public=True)
        # Other ports, and addresses without TLS, only where the operator named the address.
        self._private = _session(tls, allowed, agent, self._names, public=False)

    async def close(self) -> None:
        """Close all connections."""
        await self._public.close()
        await self._private.close()
        await self._names.close()

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
    names: AbstractResolver,
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

    connector = TCPConnector(
        ssl=tls, resolver=names, ttl_dns_cache=REMEMBERED, socket_factory=gate, limit=0
    )
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
