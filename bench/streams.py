"""A client that opens many streams and then keeps quiet: `python -m bench.streams KIND URL`.

Reads a JSON list of tokens from standard input and opens a stream for each; prints how many were
opened. For each further line it prints how many are still open; it ends with its input."""

import asyncio
import json
import os
import sys
from base64 import b64encode
from typing import Any
from urllib.parse import urlsplit

from . import process

AT_ONCE = 64  # connections being opened
PATIENCE = 60  # seconds for one to open
PING, PONG, MASKED = 0x89, 0x8A, 0x80  # RFC 6455; a mask of zeros changes nothing
GREETINGS = {"websockets": b"HTTP/1.1 101", "events": b"HTTP/1.1 200"}


class Stream(asyncio.Protocol):
    """One open stream. What comes over it is dropped; pings are answered, or it would be closed."""

    def __init__(self, hello: bytes, greeting: bytes) -> None:
        self._hello, self._greeting, self._kept = hello, greeting, b""
        self._pings = b"101" in greeting
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_open = False

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._hello)

    def data_received(self, data: bytes) -> None:
        if self.opened.done() and not self._pings:
            return
        self._kept += data
        if not self.opened.done():
            self._greet()
        if self.is_open and self._pings:
            self._frames()

    def _greet(self) -> None:
        head, end, rest = self._kept.partition(b"\r\n\r\n")
        if end:
            self._kept = rest
            self.is_open = head.startswith(self._greeting)
            if self.is_open:
                self.opened.set_result(None)
            else:
                self.opened.set_exception(ConnectionError(head[:300].decode("latin-1")))

    def _frames(self) -> None:
        while len(self._kept) >= 4:
            size, begin = self._kept[1] & 127, 2
            if size == 126:
                size, begin = int.from_bytes(self._kept[2:4], "big"), 4
            if len(self._kept) < begin + size:
                return
            if self._kept[0] == PING:
                payload = self._kept[begin : begin + size]
                self._transport.write(bytes((PONG, MASKED | size, 0, 0, 0, 0)) + payload)
            self._kept = self._kept[begin + size :]

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if not self.opened.done():
            self.opened.set_exception(exc or ConnectionError("closed"))


def hello(kind: str, host: str, token: str) -> bytes:
    """The request that opens a stream."""
    path = "/api/v1/streaming/user" if kind == "events" else "/api/v1/streaming?stream=user"
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", f"Authorization: Bearer {token}"]
    if kind == "websockets":
        key = b64encode(os.urandom(16)).decode()
        lines += ["Connection: Upgrade", "Upgrade: websocket"]
        lines += ["Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def main(kind: str, url: str) -> None:
    """See the module."""
    place, loop = urlsplit(url), asyncio.get_running_loop()
    tokens = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    host, port = place.hostname or "", place.port or 80
    places, streams = asyncio.Semaphore(AT_ONCE), []

    async def open_one(token: str) -> None:
        async with places:
            made = lambda: Stream(hello(kind, place.netloc, token), GREETINGS[kind])  # noqa: E731
            _, stream = await loop.create_connection(made, host, port)
            streams.append(stream)
            await asyncio.wait_for(stream.opened, PATIENCE)

    await asyncio.gather(*map(open_one, tokens))
    print(len(streams), flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(sum(stream.is_open for stream in streams), flush=True)


if __name__ == "__main__":
    import uvloop

    process.raise_file_limit()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], sys.argv[2]))
