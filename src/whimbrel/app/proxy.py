"""Whoever still comes to a node that has moved is served by the one that took over: their caches of
DNS know no better for some minutes. Every request goes there as it came, and the answer back.

Streams over WebSockets are not carried: they are closed, and apps come back by the new address."""

from collections.abc import AsyncIterator
from typing import Any

from whimbrel.core.app import App
from whimbrel.core.errors import Unavailable
from whimbrel.core.http import Receive, Send, client_address, networks, send_error

_CONNECT, _SILENCE = 10, 120  # seconds
_HOP = frozenset(  # of one connection alone (RFC 9110, 7.6.1)
    (
        *(b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"upgrade"),
        *(b"transfer-encoding", b"expect"),
    )
)
_SAID_ANEW = _HOP | {b"x-forwarded-for", b"x-forwarded-proto"}
_BROKEN = "This server has moved, and does not answer from there yet. Nothing was changed."
_BLOCK = 64 * 1024


class Proxy:
    """Asks another node, by connections that are opened when first needed."""

    def __init__(self, app: App) -> None:
        self._host = app.instance.origin.partition("://")[2].partition(":")[0]
        self._secure = app.instance.origin.startswith("https:")
        self._trusted = networks(app.settings.trusted_proxies)
        self._extra_ca = app.settings.extra_ca
        self._session: Any = None

    async def __call__(self, scope: Any, receive: Receive, send: Send, there: str) -> None:
        """Args: `there`: http(s)://HOST[:PORT] of the node that serves."""
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1012})
            return
        from aiohttp import ClientError

        began = False

        async def told(message: Any) -> None:
            nonlocal began
            began = True
            await send(message)

        try:
            await self._pass(scope, receive, told, there)
        except (ClientError, OSError) as error:  # OSError: TimeoutError, and TLS, as well
            if began:
                raise  # half an answer is out: the connection has to break
            refusal = Unavailable(_BROKEN)
            refusal.__cause__ = error
            await send_error(scope, send, refusal)

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def _pass(self, scope: Any, receive: Receive, send: Send, there: str) -> None:
        from yarl import URL

        if self._session is None:
            self._session = self._opened()
        path = (scope.get("raw_path") or scope["path"].encode()).decode("ascii")
        asked = scope["query_string"].decode("ascii")
        headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in scope["headers"]
            if name not in _SAID_ANEW
        ]
        headers.append(("X-Forwarded-For", client_address(scope, self._trusted)))
        headers.append(("X-Forwarded-Proto", "https" if self._secure else "http"))
        has_body = any(
            name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"]
        )
        async with self._session.request(
            scope["method"],
            URL(f"{there}{path}{'?' if asked else ''}{asked}", encoded=True),
            headers=headers,
            data=_body(receive) if has_body else None,
            allow_redirects=False,
            server_hostname=self._host if there.startswith("https:") else None,
        ) as answer:
            kept = [(n.lower(), v) for n, v in answer.raw_headers if n.lower() not in _HOP]
            await send({"type": "http.response.start", "status": answer.status, "headers": kept})
            async for block in answer.content.iter_any():
                await send({"type": "http.response.body", "body": block, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

    def _opened(self) -> Any:
        # Nobody who reads this server loads these, which takes a quarter of a second.
        from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

        from whimbrel.core.sockets import tls_of

        return ClientSession(
            connector=TCPConnector(limit=0, ssl=tls_of(self._extra_ca)),
            timeout=ClientTimeout(total=None, sock_connect=_CONNECT, sock_read=_SILENCE),
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            read_bufsize=_BLOCK,
        )


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        yield message.get("body", b"")
        more = message.get("more_body", False)
