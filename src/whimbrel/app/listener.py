"""A connection of somebody who may be slow, or means to be: uvicorn's own waits for ever for the
end of a request's head, and keeps as much of it as comes.

What is read by whoever answers has its limits there (`core.http.params`). Here end: heads that take
too long, what comes after an answer was given, and what is neither a whole head nor a body."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 20.0  # for a head, and for what is left of a request that is answered
HEAD_BYTES = 64 << 10
_MUCH = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)
_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Listener(HttpToolsProtocol):
    """As uvicorn's, with an end to everything."""

    _limit: asyncio.TimerHandle | None = None
    _moved = False
    _left = 0  # bytes since the last head or piece of a body

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Whoever comes has to say something."""
        super().connection_made(transport)
        self._limit = self.loop.call_later(HEAD_SECONDS, self._late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is waited for any more."""
        self._in_time()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """What comes counts until it was a head or a body."""
        before, self._moved = self.cycle, False
        super().data_received(data)
        cycle = self.cycle
        if cycle is not before and cycle.scope is self.scope and self._limit is None:
            self._left = 0  # a whole head, as nearly always: this is the way of every request
            return
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            self._in_time()
            return
        self._left = 0 if self._moved or cycle is not before else self._left + len(data)
        if self._left > HEAD_BYTES:
            self._end(_MUCH)
        elif cycle is None or cycle.scope is not self.scope or cycle.response_complete:
            if self._limit is None:
                self._limit = self.loop.call_later(HEAD_SECONDS, self._late)
        elif self._limit is not None:
            self._in_time()

    def on_body(self, body: bytes) -> None:
        """A piece of what was announced."""
        self._moved = True
        super().on_body(body)

    def _in_time(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _late(self) -> None:
        self._limit = None
        self._end(_SLOW)

    def _end(self, answer: bytes) -> None:
        """Say why, where nothing else is being said, and that is all."""
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(answer)
        self.transport.close()
