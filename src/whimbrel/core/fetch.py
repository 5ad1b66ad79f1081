"""The only HTTP client for addresses that strangers chose. It cannot be led inside: whatever a name
turns out to mean, a socket is opened to public addresses alone (and to the few private ones that
the operator named). No cookies, no proxies, no compression, nothing without an end.

What an answer means, and whether it is from whom it claims to be, is for the caller."""

import asyncio
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any

from .abroad import Answer, Refused, Unreachable, address_of, is_public

__all__ = ["Answer", "Fetcher", "Refused", "Unreachable", "address_of", "is_public"]

SECONDS = 10.0  # for everything, redirects included
MOST = 1 << 20  # bytes of an answer
REDIRECTS = 3


def _sockets_of(extra_ca: str) -> Any:
    """The class of connections, with all that takes long to read at hand."""
    from .sockets import Sockets, tls_of

    tls_of(extra_ca)
    return Sockets


class Fetcher:
    """Connections to other servers, opened on the running loop; close it when done.

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
        self._allowed = frozenset(ip_address(text) for text in allow_private)
        self._extra_ca, self._agent, self._seconds = extra_ca, agent, seconds
        self._open: Any = None  # Sockets, once something was asked

    async def _sockets(self) -> Any:
        if self._open is None:
            # A quarter of a second in which nobody else would be answered.
            made = await asyncio.to_thread(_sockets_of, self._extra_ca)
            if self._open is None:
                self._open = made(self._allowed, self._extra_ca, self._agent, self._seconds)
        return self._open

    async def close(self) -> None:
        """Close all connections."""
        if self._open is not None:
            await self._open.close()

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
        sockets = await self._sockets()
        found: Answer = await sockets.ask("GET", url, headers, None, most, redirects, cut)
        return found

    async def post(
        self, url: str, body: bytes, *, headers: Mapping[str, str] | None = None, most: int = MOST
    ) -> Answer:
        """POST. A redirect is an answer like any other: nothing is sent a second time. Of what is
        said to it the beginning is enough, as it comes: a large page about an error is an answer.

        Raises:
            Refused, Unreachable: as `get`.
        """
        sockets = await self._sockets()
        found: Answer = await sockets.ask("POST", url, headers, body, most, 0)
        return found
