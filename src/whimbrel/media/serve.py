"""Serving files: GET and HEAD of /media/<token>/<name>, whole or a range, opened as they are sent.
One of another server is fetched by whoever first looks, and never named by an address of theirs.

The token is the permission to see what everybody may; for all else it takes a pass (`links`), or
the signature of a server that the post went to. The row is asked for every answer and the key at
every piece, and nothing is kept here: what is erased is gone with the next byte. Cross-origin
headers come from `core/http/cors`, the answers for what is raised here from whoever called us."""

import re
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

from whimbrel.core.app import App, of
from whimbrel.core.errors import NotFound
from whimbrel.core.http import Receive, Scope, Send, header, is_known, send_bytes
from whimbrel.core.keyring import Slot
from whimbrel.core.sealed import unseal_range

from . import copies, links, queries
from .rules import Served, column

# The path as it came, before any decoding: %2e, backslash, NUL and dots have no way in.
_PATH = re.compile(
    rb"/media/([A-Za-z0-9_-]{22})/(?:([A-Za-z0-9_-]{38,480})/)?([a-z]{1,20}(?:\.[a-z0-9]{2,4})?)"
)
_RANGE = re.compile(rb"bytes=([0-9]{0,18})-([0-9]{0,18})")
_ALLOW = ((b"allow", b"GET, HEAD"),)
_GUARDS = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-disposition", b"inline"),
    (b"content-security-policy", b"sandbox; default-src 'none'"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"referrer-policy", b"same-origin"),
    (b"accept-ranges", b"bytes"),
)
# The name that files have is reached by https only, as that of the pages (`core/http/secure.py`).
_HTTPS = (b"strict-transport-security", b"max-age=63072000; includeSubDomains; preload")
# A browser keeps what it saw; whoever keeps it for others asks every minute whether it is there.
_LASTING = (b"cache-control", b"public, max-age=31536000, s-maxage=60, immutable")
_PRIVATE = (b"cache-control", b"private, no-store")
_STATIC = Path(__file__).parents[1] / "static"
_GREY = tuple((_STATIC / f"{name}-missing.png").read_bytes() for name in ("header", "avatar"))


def _guards(app: App) -> tuple[tuple[bytes, bytes], ...]:
    secure = app.instance.media_origin.startswith("https:")
    return (*_GUARDS, _HTTPS) if secure else _GUARDS


class Unsatisfiable(Exception):
    """A range that lies outside the file."""


async def media(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer for one file.

    Raises:
        NotFound: no such file, erased, called otherwise, or not for whoever asks: the four cannot
            be told apart.
        Unavailable: the store does not answer.
        TooMany: more files than there are for whoever asks.
    """
    if scope["method"] not in ("GET", "HEAD"):
        await send_bytes(send, 405, b"", _ALLOW, b"text/plain")
        return
    file, who = await _find(of(scope), scope)
    await answer(scope, send, file, who)


async def answer(scope: Scope, send: Send, file: Served, who: links.Who | None = None) -> None:
    """Answer with a file, or the part of it that is asked for, to whoever may have it.

    Args:
        who: whom its link was made for.
    Raises:
        NotFound: it is erased. Unavailable, TooMany: as `media`.
    """
    app = of(scope)
    if not file.object:
        copy = None if _is_loop(app, scope) else await copies.have(app, file)
        if copy is None:
            await _stand_in(file, send)
            return
        file = copy
    tag = b'"%b"' % file.token.encode()
    headers = [*_guards(app), _LASTING if file.open else _PRIVATE, (b"etag", tag)]
    if is_known(header(scope, b"if-none-match"), tag):
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    headers.append((b"content-type", file.mime.encode()))
    try:
        wanted = _range(scope, tag, file.size)
    except Unsatisfiable:
        headers = [*_guards(app), _PRIVATE, (b"content-range", b"bytes */%d" % file.size)]
        await send_bytes(send, 416, b"", headers, b"text/plain")
        return
    start, end = wanted or (0, file.size)
    headers.append((b"content-length", b"%d" % (end - start)))
    if wanted:
        headers.append((b"content-range", b"bytes %d-%d/%d" % (start, end - 1, file.size)))
    begin = {"type": "http.response.start", "status": 206 if wanted else 200, "headers": headers}
    if scope["method"] == "HEAD":
        await send(begin)
        await send({"type": "http.response.body", "body": b""})
        return
    unsent = _nothing if app.sends is None else app.sends(scope, who, end - start)
    await _stream(app, file, start, end, begin, send, unsent)


def _nothing(_left: int) -> None:
    """Nobody counts."""


async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
    """Where files have a name of their own, an address from before leads on to it. Raises NotFound:
    it is none."""
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    if _PATH.fullmatch(path) is None or scope["query_string"]:
        raise NotFound
    there = of(scope).instance.media_origin.encode() + path
    await send_bytes(send, 301, b"", (*_GUARDS, (b"location", there)), b"text/plain")


async def _find(app: App, scope: Scope) -> tuple[Served, links.Who | None]:
    """The file a request names, and whom its link was made for. A query changes nothing here, so
    it names no file of ours."""
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    match = _PATH.fullmatch(path)
    if match is None or scope["query_string"]:
        raise NotFound
    found = await app.db.read(queries.served, match[1].decode())
    if found is None or found.name.encode() != match[3] or not _alive(app, found):
        raise NotFound
    who = None
    if not found.open or match[2] is not None:
        if match[2] is not None:
            now = int(app.db.env.clock().timestamp() * 1000)
            who = links.reader(app.db.keyring, found.token, found.post, match[2], now)
        if app.may_look is None or not await app.may_look(scope, who, found):
            raise NotFound
    return found, who


def _is_loop(app: App, scope: Scope) -> bool:
    """Whether we are asking ourselves, led here by somebody else."""
    return f" {app.instance.domain}".encode() in (header(scope, b"via") or b"")


async def _stand_in(file: Served, send: Send) -> None:
    """Something grey in the place of a picture that cannot be had. Raises NotFound: it is none."""
    if file.name == "emoji" or (file.kind in ("video", "gifv", "audio") and file.name != "small"):
        raise NotFound
    headers = [*_GUARDS, _PRIVATE]
    await send_bytes(send, 200, _GREY[file.name == "avatar"], headers, b"image/png")


def _alive(app: App, file: Served) -> bool:
    keyring = app.db.keyring
    return keyring.alive(file.slot) and keyring.alive(file.author_slot)


async def _stream(
    app: App,
    file: Served,
    start: int,
    end: int,
    begin: Any,
    send: Send,
    unsent: Callable[[int], None],
) -> None:
    """Send the bytes `start .. end`. What goes wrong before the first is an error as any other;
    afterwards the answer is broken off, and so it is when the file is erased meanwhile.

    Args:
        unsent: told how many of them were not sent: a film that is wound forward.
    """
    slot = Slot(file.slot, file.author_slot, file.media, column(file.variant))
    key = app.db.keyring.key(slot)
    pieces = unseal_range(key, slot.place, app.store, file.object, file.size, start, end)
    left = end - start
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                if begin:
                    await send(begin)
                    begin = None
                if not _alive(app, file):
                    raise NotFound
                left -= len(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": left > 0})
    finally:
        if left:
            unsent(left)


def _range(scope: Scope, tag: bytes, size: int) -> tuple[int, int] | None:
    """The one range asked for as (start, end), `end` excluded; None = the whole file.

    Several ranges, or what is no range at all, get the whole file, as RFC 9110 allows.
    Raises:
        Unsatisfiable: outside the file.
    """
    given = header(scope, b"range") if scope["method"] == "GET" else None
    match = _RANGE.fullmatch(given) if given else None
    condition = header(scope, b"if-range")
    if match is None or condition not in (None, tag) or match[1] == match[2] == b"":
        return None
    if match[1] == b"":  # the last so many bytes
        start, end = max(0, size - int(match[2])), size
    else:
        start = int(match[1])
        end = min(size, int(match[2]) + 1) if match[2] else size
        if match[2] and int(match[2]) < start:
            return None
    if start >= end:
        raise Unsatisfiable
    return start, end
