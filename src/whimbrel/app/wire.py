"""How the answer of a hot route goes out: head and body in one write.

ASGI sends an answer as two messages whose headers the HTTP server checks and joins one by one: half
of what a cached page costs. Here the head is written as the handler made it, by the same server's
own connection; whatever is out of the ordinary goes the ordinary way, to the same bytes.

Answers that are made in the same turn of the event loop leave together at its end: waking whoever
waits for them, mostly a proxy on this machine, costs as much as half of a cached page, and it then
is awake already when the next one comes."""

import asyncio
import time
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from whimbrel.core.http import CORS_LINES, Scope, Send, coding_for, compressed, lines_of

from . import metrics

_OK = b"HTTP/1.1 200 OK\r\n"
_LONG = 128 << 10  # bytes
_HELD = 0.002  # seconds that an answer waits at most for others


class Departures:
    """Answers that are ready, until the turn of the event loop ends in which they were made."""

    def __init__(self) -> None:
        self._ready: list[tuple[asyncio.WriteTransport, bytes]] = []
        self._until = 0.0
        self._draining = False

    def add(self, transport: asyncio.WriteTransport, answer: bytes) -> None:
        """It is sent soon, after whatever was added before."""
        now = time.monotonic()
        if not self._ready:
            self._until = now + _HELD
            asyncio.get_running_loop().call_soon(self.leave)
        self._ready.append((transport, answer))
        if now > self._until or self._draining:
            self.leave()

    def leave(self) -> None:
        """Send all of them."""
        ready, self._ready = self._ready, []
        for transport, answer in ready:
            transport.write(answer)

    def drain(self) -> None:
        """Keep nothing waiting any more: connections are about to be closed."""
        self._draining = True
        self.leave()


class Wire:
    """The `send` of one hot request: `whole` is found by `core.http.send_whole`."""

    __slots__ = ("_began", "_cycle", "_departures", "_scope", "_send")

    def __init__(
        self, scope: Scope, send: Send, cycle: RequestResponseCycle, departures: Departures
    ) -> None:
        """`cycle` is that of `cycle_of`."""
        self._scope, self._send, self._cycle = scope, send, cycle
        self._departures = departures
        self._began = time.monotonic()

    async def __call__(self, message: Any) -> None:
        """The ordinary way."""
        await self._send(message)

    def whole(self, body: bytes, lines: bytes) -> None:
        """Answer 200. Args: `lines` as for `send_whole`."""
        cycle = self._cycle
        if cycle.disconnected:
            return
        coding = coding_for(self._scope)
        if coding is not None:
            body, lines = compressed(coding, body, lines)
        metrics.count(200, self._began)
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        length = b"content-length: %d\r\n\r\n" % len(body)
        date = lines_of(cycle.default_headers)
        cors = CORS_LINES if self._scope["path"].startswith("/api/") else b""
        head = _OK, date, cors, lines, length
        if len(body) < _LONG:
            self._departures.add(cycle.transport, b"".join((*head, body)))
        else:  # joining would cost more than it saves
            cycle.transport.write(b"".join(head))
            cycle.transport.write(body)
        cycle.message_event.set()
        cycle.on_response()


def cycle_of(scope: Scope, send: Send) -> RequestResponseCycle | None:
    """uvicorn's side of this request, where its answer may be written in one piece: nothing is
    waiting to be written before it, and the connection stays open after it."""
    cycle = getattr(send, "__self__", None)
    if type(cycle) is not RequestResponseCycle or scope["method"] != "GET":
        return None
    plain = cycle.keep_alive and not cycle.access_log and not cycle.flow.write_paused
    return cycle if plain else None
