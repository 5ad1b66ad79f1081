"""What reads the same for everybody may be kept and asked for again: who has it already is told so
without it (304).

Only for who comes without token and cookie: what somebody is shown is theirs alone."""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

from .answers import PRIVATE_HEADERS
from .asgi import App, Receive, Scope, Send
from .request import header

_WHOSE = (b"authorization", b"cookie")
_PRIVATE = next(pair for pair in PRIVATE_HEADERS if pair[0] == b"cache-control")
_OF_BODY = (b"content-type", b"content-length")  # what an answer without one leaves out


def tag_of(body: bytes) -> bytes:
    """A weak ETag: equal for equal bytes, however they are packed on the way."""
    return b'W/"%b"' % blake2b(body, digest_size=12).hexdigest().encode()


def is_known(given: bytes | None, tag: bytes) -> bool:
    """Whether an If-None-Match names `tag`, alone or among others, or is for anything (`*`)."""
    if given is None:
        return False
    bare = tag.removeprefix(b"W/")
    return any(each.strip().removeprefix(b"W/") in (bare, b"*") for each in given.split(b","))


class Unchanged:
    """Wraps an app: public answers get an ETag, and are left out where they are known."""

    def __init__(self, app: App, public: Callable[[str], bool]) -> None:
        """`public` says of a path whether its answers are the same for all strangers."""
        self._app, self._public = app, public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted = scope["method"] in ("GET", "HEAD") and self._public(scope["path"])
        if not wanted or any(header(scope, name) is not None for name in _WHOSE):
            return await self._app(scope, receive, send)
        given = header(scope, b"if-none-match")
        start: Any = None

        async def send_known(message: Any) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and message["status"] == 200:
                start = message
                return
            if start is not None:
                begin, start = start, None
                if not message.get("more_body", False):  # or it is not whole, and has no tag
                    begin, message = _tagged(begin, message, given)
                await send(begin)
            await send(message)

        return await self._app(scope, receive, send_known)


def _tagged(start: Any, message: Any, given: bytes | None) -> tuple[Any, Any]:
    tag = tag_of(message.get("body", b""))
    headers = [pair for pair in start["headers"] if pair != _PRIVATE]
    if all(name != b"cache-control" for name, _ in headers):
        headers.append((b"cache-control", b"no-cache"))
    headers += [(b"etag", tag), (b"vary", b"Authorization, Cookie")]
    if not is_known(given, tag):
        return {**start, "headers": headers}, message
    headers = [pair for pair in headers if pair[0] not in _OF_BODY]
    return {**start, "status": 304, "headers": headers}, {**message, "body": b""}
