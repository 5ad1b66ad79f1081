"""Compression of whole answers (JSON, HTML, CSS, scripts, XML, SVG) for clients that accept it.

zstd or else gzip, at their fastest levels: the time saved on the wire must not be spent on the
processor. Only what never changes (`immutable`) is packed as small as it gets, once. Streams, media
and anything sent in several pieces pass untouched."""

import zlib
from functools import lru_cache
from typing import Any

import zstandard

from .asgi import App, Receive, Scope, Send
from .request import header

SMALLEST = 1024  # bytes; below, headers cost more than is saved
LEVEL = 1
# What the files that come with the package are sent with; nothing else compressible is.
IMMUTABLE = b"public, max-age=31536000, immutable"
HARDEST = {b"zstd": 19, b"gzip": 9}
CODINGS = (b"zstd", b"gzip")  # as we like them: zstd takes half the time of gzip and less room
KINDS = (
    b"application/json",
    b"application/activity+json",
    b"application/ld+json",
    b"application/jrd+json",
    b"application/manifest+json",
    b"application/javascript",
    b"application/xml",
    b"application/rss+xml",
    b"application/atom+xml",
    b"application/xrd+xml",
    b"image/svg+xml",
    b"text/html",
    b"text/css",
    b"text/javascript",
    b"text/xml",
    b"text/plain",
)
_GZIP = 31  # zlib's word for: with a gzip header


class Compress:
    """Wraps an app. Where the client accepts nothing of it, the app is called as if we were not
    there."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted = coding_for(scope) if scope["type"] == "http" else None
        if wanted is not None:
            send = _Compressing(send, wanted)
        await self._app(scope, receive, send)


def coding_for(scope: Scope) -> bytes | None:
    """The one of `CODINGS` that an answer to this is to be sent in, if whoever asks takes any."""
    value = header(scope, b"accept-encoding")
    return None if value is None else accepted(value)


def compressed(coding: bytes, body: bytes, lines: bytes) -> tuple[bytes, bytes]:
    """A whole answer for who accepts `coding`: its body, and its header lines with what that
    adds."""
    lines += b"vary: Accept-Encoding\r\n"
    if len(body) <= SMALLEST:
        return body, lines
    return _pack(coding, body), b"%bcontent-encoding: %b\r\n" % (lines, coding)


def accepted(value: bytes) -> bytes | None:
    """The first of `CODINGS` that this Accept-Encoding takes: named, and not with the weight 0."""
    taken = set()
    for part in value.lower().split(b","):
        coding, _, weight = part.partition(b";")
        if weight.replace(b" ", b"").rstrip(b"0").rstrip(b".") not in (b"q=", b"q=0"):
            taken.add(coding.strip().removeprefix(b"x-"))
    return next((coding for coding in CODINGS if coding in taken), None)


class _Compressing:
    """A `send` that holds the headers back until it has seen the body."""

    __slots__ = ("_coding", "_send", "_start")

    def __init__(self, send: Send, coding: bytes) -> None:
        self._send, self._coding = send, coding
        self._start: Any = None

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            if _compressible(message):
                self._start = message
            else:
                await self._send(message)
            return
        if self._start is not None:
            start, self._start = self._start, None
            body = message.get("body", b"")
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                start, message = _packed(self._coding, start, body, message)
            await self._send(start)
        await self._send(message)


def _compressible(start: Any) -> bool:
    if start["status"] < 200 or start["status"] in (204, 206, 304):
        return False
    kind = b""
    for name, value in start["headers"]:
        if name == b"content-type":
            kind = value.partition(b";")[0]
        elif name == b"content-encoding":
            return False
    return kind in KINDS


def _packed(coding: bytes, start: Any, body: bytes, message: Any) -> tuple[Any, Any]:
    headers = [*start["headers"], (b"vary", b"Accept-Encoding")]
    if len(body) > SMALLEST:
        for_good = (b"cache-control", IMMUTABLE) in headers
        body = _pack_for_good(coding, body) if for_good else _pack(coding, body)
        length = (b"content-length", b"%d" % len(body))
        headers = [_weak(pair) for pair in headers if pair[0] != b"content-length"]
        headers += [(b"content-encoding", coding), length]
        message = {**message, "body": body}
    return {**start, "headers": headers}, message


def _pack(coding: bytes, body: bytes, level: int = LEVEL) -> bytes:
    if coding == b"zstd":
        return zstandard.ZstdCompressor(level=level).compress(body)
    packer = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
    return packer.compress(body) + packer.flush()


@lru_cache(maxsize=128)
def _pack_for_good(coding: bytes, body: bytes) -> bytes:
    return _pack(coding, body, HARDEST[coding])


def _weak(pair: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """A strong ETag promises equal bytes, which two encodings are not."""
    name, value = pair
    return (name, b"W/" + value) if name == b"etag" and not value.startswith(b"W/") else pair
