"""Another server for the length of a drill: an inbox that believes what is signed, and no more."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from whimbrel.federation import signatures
from whimbrel.federation.signatures import BadSignature, Request

_MOST = 1 << 20  # bytes
_LINES = 100  # headers


class Inbox:
    """What came, if it was signed with the key that is expected."""

    def __init__(self) -> None:
        self.origin = ""
        self.pem = ""  # whose signature counts
        self.bodies: list[bytes] = []
        self.refused = 0
        self.came = asyncio.Event()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one delivery."""
        try:
            async with asyncio.timeout(10):
                status = await self._take(reader)
                writer.write(f"HTTP/1.1 {status}\r\ncontent-length: 0\r\n".encode())
                writer.write(b"connection: close\r\n\r\n")
                await writer.drain()
        except (OSError, EOFError, TimeoutError, ValueError):
            self.refused += 1
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _take(self, reader: asyncio.StreamReader) -> str:
        method, target, _ = (await reader.readline()).decode("latin-1").split(" ", 2)
        headers: dict[str, str] = {}
        for _ in range(_LINES):
            line = (await reader.readline()).decode("latin-1").strip()
            if not line:
                break
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        size = int(headers.get("content-length", "0"))
        if not 0 <= size <= _MOST:
            return "413 Content Too Large"
        body = await reader.readexactly(size)
        try:
            request = Request(method, self.origin, target, headers, body)
            claim = signatures.read(request, time.time())
            if not signatures.proves(claim, signatures.public_key(self.pem)):
                raise BadSignature
        except (BadSignature, ValueError):
            self.refused += 1
            return "401 Unauthorized"
        self.bodies.append(body)
        self.came.set()
        return "202 Accepted"


@asynccontextmanager
async def listening() -> AsyncIterator[Inbox]:
    """An inbox on a port of this machine for the length of the block."""
    inbox = Inbox()
    server = await asyncio.start_server(inbox.answer, "127.0.0.1", 0, limit=1 << 16)
    inbox.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield inbox
    finally:
        server.close()
        await server.wait_closed()
