"""Answers: JSON, text, pages, redirects, errors; as Litestar responses and as bare ASGI messages.

What an error says to a stranger is decided here and nowhere else; its cause stays in the log."""

import errno
import secrets
import traceback
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from .. import logs
from ..errors import Invalid, NoRoom, TooMany, Unavailable, WhimbrelError
from . import redirects
from .asgi import Scope, Send
from .request import request_id
from .secure import api_headers

log = logs.get(__name__)

_FULL = (errno.ENOSPC, errno.EDQUOT)

JSON = b"application/json; charset=utf-8"
HTML = b"text/html; charset=utf-8"
TEXT = b"text/plain; charset=utf-8"


def _raw(headers: Sequence[tuple[str, str]]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.encode(), value.encode()) for name, value in headers)


PRIVATE_HEADERS = _raw(api_headers())
PRIVATE_LINES = b"content-type: %b\r\n" % JSON + b"".join(
    b"%b: %b\r\n" % pair for pair in PRIVATE_HEADERS
)
PUBLIC_HEADERS = _raw(api_headers(private=False))

_CONTENT_TYPES = {kind: (b"content-type", kind) for kind in (JSON, HTML, TEXT)}
_JSON_ERROR = ((b"content-type", JSON), *PRIVATE_HEADERS)
_SENTENCES = {
    400: "The request could not be read.",
    401: "The access token is invalid.",
    403: "This action is not allowed.",
    404: "Record not found",
    405: "This address does not take that method.",
    413: "That is more than this server takes.",
    429: "Too many requests",
    503: "This does not work right now. Nothing was changed.",
}
_PLAIN = "text/plain"  # Litestar itself adds the charset to text
_KEPT = {"allow", "retry-after", "www-authenticate"}  # of a framework's error


class Json(Response[bytes]):
    """JSON: bytes already encoded, or anything msgspec encodes.

    Private to whoever asked (`Cache-Control: private, no-store`) unless `headers` says otherwise.
    """

    def __init__(
        self,
        content: Any,
        status_code: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        body = content if isinstance(content, bytes) else msgspec.json.encode(content)
        own = {name.lower(): value for name, value in (headers or {}).items()}
        super().__init__(
            body,
            status_code=status_code,
            headers={**dict(api_headers()), **own},
            media_type=JSON.decode(),
        )


class Text(Response[bytes]):
    """Plain text."""

    def __init__(
        self,
        content: str,
        status_code: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        plain = {"x-content-type-options": "nosniff", **(headers or {})}
        super().__init__(
            content.encode(), status_code=status_code, headers=plain, media_type=_PLAIN
        )


class Html(Response[bytes]):
    """A page. Its security headers are `page_headers`."""

    def __init__(
        self,
        content: str | bytes,
        status_code: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        body = content.encode() if isinstance(content, str) else content
        super().__init__(
            body, status_code=status_code, headers=dict(headers or {}), media_type="text/html"
        )


class Redirect(Response[bytes]):
    """Go on elsewhere: to a path of ours, or anywhere when `foreign`."""

    def __init__(
        self,
        to: str,
        *,
        foreign: bool = False,
        status_code: int = 303,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`foreign` is for addresses that were checked against something (an app's redirect_uri).

        Raises:
            Malformed: `to` leads to another origin without `foreign`, or could not be a header.
        """
        place = redirects.foreign(to) if foreign else redirects.own(to)
        super().__init__(
            b"",
            status_code=status_code,
            headers={**(headers or {}), "location": place},
            media_type=_PLAIN,
        )


async def send_bytes(
    send: Send,
    status: int,
    body: bytes,
    headers: Sequence[tuple[bytes, bytes]] = PRIVATE_HEADERS,
    content_type: bytes = JSON,
) -> None:
    """A whole answer from a raw handler. `headers` come beside content type and length."""
    kind = _CONTENT_TYPES.get(content_type) or (b"content-type", content_type)
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [kind, (b"content-length", b"%d" % len(body)), *headers],
        }
    )
    await send({"type": "http.response.body", "body": body})


async def send_whole(send: Send, body: bytes, lines: bytes) -> None:
    """Status 200 from a hot handler, in one write where `send` can do that.

    Args:
        lines: the header lines but for the length, each with its line end: see `lines_of`.
    """
    whole = getattr(send, "whole", None)
    if whole is not None:
        whole(body, lines)
        return
    headers = [tuple(line.split(b": ", 1)) for line in lines.split(b"\r\n")[:-1]]
    headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def lines_of(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Headers as they stand in an answer; nothing a stranger sent may be among them."""
    return b"".join([b"%b: %b\r\n" % pair for pair in headers])


@lru_cache(maxsize=64)
def html_lines(headers: tuple[tuple[str, str], ...]) -> bytes:
    """The header lines of a page with these headers, for `send_whole`."""
    return lines_of([(b"content-type", HTML), *_raw(headers)])


async def send_error(scope: Scope, send: Send, exc: Exception) -> None:
    """The error answer of a raw handler that has not yet sent anything."""
    status, headers, body = error_parts(exc, request_id(scope))
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})


def on_error(request: Request[Any, Any, Any], exc: Exception) -> Response[bytes]:
    """Litestar's exception handler for every path that answers in JSON."""
    status, headers, body = error_parts(exc, request_id(request.scope))
    return Json(body, status, {name.decode(): value.decode() for name, value in headers})


def error_parts(
    exc: Exception, request: str | None = None
) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """What a client is told of an error. One that nobody foresaw is logged, without its words.

    Args:
        request: the request's id, to be found again in the log.
    Returns:
        Status, headers (content type, no length), body.
    """
    headers = list(_JSON_ERROR)
    if isinstance(exc, OSError) and exc.errno in _FULL:
        _note(exc, request or "")
        exc = NoRoom()
    if isinstance(exc, WhimbrelError) and exc.status != 500:
        status, said = exc.status, _told(exc)
        if isinstance(exc, TooMany | Unavailable):
            headers.append((b"retry-after", b"%d" % max(1, exc.retry_after)))
    elif isinstance(exc, HTTPException) and (exc.status_code < 500 or exc.status_code == 503):
        status, said = exc.status_code, {"error": _sentence(exc.status_code)}
        kept = {name: v for name, v in (exc.headers or {}).items() if name.lower() in _KEPT}
        headers += _raw([(name.lower(), value) for name, value in kept.items()])
    else:
        known = request or secrets.token_hex(8)
        _note(exc, known)
        status = 500
        said = {"error": f"Something went wrong here. It has been noted as {known}."}
        headers.append((b"x-request-id", known.encode()))
    if isinstance(exc, WhimbrelError) and exc.challenge:
        headers.append((b"accept-signature", exc.challenge.encode()))
    if status == 401 and all(name != b"www-authenticate" for name, _ in headers):
        headers.append((b"www-authenticate", b"Bearer"))
    return status, headers, msgspec.json.encode(said, enc_hook=str)


def _told(exc: WhimbrelError) -> dict[str, Any]:
    said: dict[str, Any] = {"error": str(exc)}
    description = getattr(exc, "error_description", None)
    if description:
        said["error_description"] = description
    if isinstance(exc, Invalid) and exc.details:
        said["details"] = {
            field: [{"error": code, "description": sentence} for code, sentence in wrong]
            for field, wrong in exc.details.items()
        }
    return said


def _sentence(status: int) -> str:
    try:
        return _SENTENCES.get(status) or HTTPStatus(status).phrase
    except ValueError:
        return _SENTENCES[400]


def _note(exc: Exception, request: str) -> None:
    """Where it happened, not what was said: a database's complaint quotes the rows."""
    where = traceback.extract_tb(exc.__traceback__)[-12:]
    log.error(
        "request failed",
        request=request,
        error=type(exc).__name__,
        at=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in where],
    )
