"""A client that opens many streams and then keeps quiet: `python -m bench.streams KIND URL`.

Reads a JSON list of tokens from standard input and opens a stream for each; prints how many were
opened. For each further line it prints how many are still open; it ends with its input."""

import asyncio
import json
import os
import sys
from base64 import b64encode
from urllib.parse import urlsplit

from . import process

AT_ONCE = 64  # connections being opened
PATIENCE = 60  # seconds for one to open
GREETINGS = {"websockets": b"HTTP/1.1 101", "events": b"HTTP/1.1 200"}


class Stream(asyncio.Protocol):
    """One open stream. What comes over it is dropped."""

    def __init__(self, hello: bytes, greeting: bytes) -> None:
        self._hello, self._greeting, self._head = hello, greeting, b""
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._hello)

    def data_received(self, data: bytes) -> None:
        if self.opened.done():
            return
        self._head += data
        if b"\r\n\r\n" in self._head:
            if self._head.startswith(self._greeting):
                self.is_open = True
                self.opened.set_result(None)
            else:
                self.opened.set_exception(ConnectionError(self._head[:300].decode("latin-1")))
            self._head = b""

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
