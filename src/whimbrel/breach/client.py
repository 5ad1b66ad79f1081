"""Requests exactly as they are written, to a server that is the operator's own.

No address is tidied up on its way, no redirect followed: a drill asks for `/../` and means it."""

import asyncio
import ssl
import time
from typing import NamedTuple
from urllib.parse import urlsplit

SECONDS = 20.0  # for an answer
MOST = 32 << 20  # bytes of one

_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_Place = tuple[str, str, int]  # scheme, host, port


class Answer(NamedTuple):
    """What came back. Status 0: the connection was closed without an answer."""

    status: int
    pairs: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float = 0.0

    @property
    def headers(self) -> dict[str, str]:
        """By name in small letters; of several of a name, the last."""
        return dict(self.pairs)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")


NOTHING = Answer(0, (), b"")


class Broken(Exception):
    """The server cannot be reached, or does not speak HTTP."""


class Client:
    """Connections to one server, kept open between requests."""

    def __init__(self, base: str) -> None:
        """Args: `base`, such as https://social.example. Raises ValueError: no such address."""
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{base!r} is no address of a server.")
        self.base = f"{parts.scheme}://{parts.netloc}"
        self.netloc = parts.netloc
        self._place = _place(self.base)
        self._idle: dict[_Place, list[_Connection]] = {}
        self._tls = ssl.create_default_context()

    @property
    def is_here(self) -> bool:
        """Whether the server is on this machine."""
        return self._place[1] in ("localhost", "127.0.0.1", "::1")

    async def ask(
        self, method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """One request.

        Args:
            target: path and query as they go over the wire; or a whole address, which is looked for
                where this server is unless it names another.
        Raises:
            Broken: no connection, or no answer in time.
        """
        place, host, path = self._where(target)
        began = time.monotonic()
        lines = {"host": host, "accept": "application/json", **(headers or {})}
        if body:
            lines.setdefault("content-length", str(len(body)))
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        sent = f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1", "replace") + body
        try:
            async with asyncio.timeout(SECONDS):
                status, pairs, got = await self._exchange(place, sent, method)
        except (OSError, TimeoutError, asyncio.LimitOverrunError) as error:
            raise Broken(f"{method} {path[:80]}: {type(error).__name__}") from error
        return Answer(status, pairs, got, time.monotonic() - began)

    async def listen(self, target: str, headers: dict[str, str]) -> "Listening":
        """A request whose answer does not end by itself. Raises Broken: it was refused."""
        place, host, path = self._where(target)
        reader, writer = await self._open(place)
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"GET {path} HTTP/1.1\r\nhost: {host}\r\n{head}\r\n".encode())
        async with asyncio.timeout(SECONDS):
            status = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1]
        if status not in (b"200", b"101"):
            writer.close()
            raise Broken(f"GET {path}: {status.decode()}")
        return Listening(reader, writer)

    async def close(self) -> None:
        """Close what is idle."""
        for connections in self._idle.values():
            for _, writer in connections:
                writer.close()
        self._idle.clear()

    def _where(self, target: str) -> tuple[_Place, str, str]:
        if not target.startswith(("http://", "https://")):
            return self._place, self.netloc, target
        parts = urlsplit(target)
        path = target.split(parts.netloc, 1)[1] or "/"
        place = self._place if self.is_here else _place(f"{parts.scheme}://{parts.netloc}")
        return place, parts.netloc, path

    async def _exchange(
        self, place: _Place, sent: bytes, method: str
    ) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        """On a connection that was kept, or where that is gone by now, on a new one."""
        idle = self._idle.setdefault(place, [])
        while True:
            kept = bool(idle)
            reader, writer = idle.pop() if kept else await self._open(place)
            try:
                writer.write(sent)
                await writer.drain()
                head = await reader.readuntil(b"\r\n\r\n")
                break
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()
                if not kept:
                    return NOTHING[:3]
            except BaseException:
                writer.close()
                raise
        try:
            status, pairs = _head(head)
            named = dict(pairs)
            body = b"" if method == "HEAD" or status in (204, 304) else await _body(reader, named)
        except (asyncio.IncompleteReadError, ConnectionError):  # broken off in the middle
            writer.close()
            return status, pairs, b""
        except BaseException:
            writer.close()
            raise
        if named.get("connection", "").lower() == "close":
            writer.close()
        else:
            idle.append((reader, writer))
        return status, pairs, body

    async def _open(self, place: _Place) -> _Connection:
        scheme, host, port = place
        tls = self._tls if scheme == "https" else None
        return await asyncio.open_connection(host, port, ssl=tls, limit=1 << 20)


class Listening:
    """An answer that goes on."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ended(self, seconds: float) -> bool:
        """Whether the server ends it within so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                while got := await self._reader.read(4096):
                    if got.startswith(b"\x88") or got.endswith(b"0\r\n\r\n"):
                        return True
        except TimeoutError:
            return False
        except ConnectionError:
            return True
        return True

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


def _place(base: str) -> _Place:
    parts = urlsplit(base)
    return (
        parts.scheme,
        parts.hostname or "",
        parts.port or (443 if parts.scheme == "https" else 80),
    )


def _head(head: bytes) -> tuple[int, tuple[tuple[str, str], ...]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return int(first.split(" ", 2)[1]), tuple((n.lower(), v.strip()) for n, _, v in pairs)


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding") == "chunked":
        got = b""
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            got += (await reader.readexactly(size + 2))[:-2]
            if len(got) > MOST:
                raise Broken("an answer without an end")
        await reader.readexactly(2)
        return got
    size = int(headers.get("content-length", 0))
    if size > MOST:
        raise Broken("an answer that is too long")
    return await reader.readexactly(size)
