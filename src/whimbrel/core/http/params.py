"""What a request asks for: query and body, one tree, whatever form they came in.

Files of a multipart body are on disk by then (`Upload`). What the values mean is for the caller."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import msgspec
from python_multipart.multipart import parse_options_header

from ..errors import Invalid, Malformed, TooLarge
from ..ids import id_of
from . import lenient
from .asgi import Receive, Scope
from .nesting import DROPPED, checked, nest, pairs_of
from .request import header
from .uploads import Folder, Form, Upload

__all__ = ["Params", "Upload", "query_params", "read_body", "read_params"]

T = TypeVar("T")
Texts: TypeAlias = list[str]  # inside Params, `list` is a method
Ids: TypeAlias = list[int]

JSON_DEPTH = 32
FORM_SECONDS = 60.0
QUERY_SECONDS = 5  # for a body where none is usual
UPLOAD_SECONDS = 600.0
_BODILESS = {"GET", "HEAD", "OPTIONS"}
_PIECE = 256 * 1024  # bytes of an upload gathered before a thread writes them


class Params(Mapping[str, Any]):
    """Query and body of a request, merged (the body wins), names with brackets unfolded."""

    __slots__ = ("_folder", "_tree")

    def __init__(self, tree: Mapping[str, Any] | None = None, folder: Folder | None = None) -> None:
        self._tree = tree or {}
        self._folder = folder

    def __getitem__(self, key: str) -> Any:
        return self._tree[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tree)

    def __len__(self) -> int:
        return len(self._tree)

    def get(self, key: str, default: Any = None) -> Any:
        """The value as it came. (Mapping's own raises and catches for each key that is absent.)"""
        return self._tree.get(key, default)

    def __repr__(self) -> str:
        return f"Params({', '.join(self._tree)})"  # the values are people's words

    def to(self, kind: type[T]) -> T:
        """These parameters as a msgspec.Struct, forgivingly.

        Unknown names are ignored; text becomes the number, flag or time that is wanted, a number
        the text, one value a list; null takes the default, and so does "" except for text.
        Raises:
            Invalid: with every wrong field in `details`.
        """
        return lenient.convert(self._tree, kind)

    def text(self, key: str, default: str = "") -> str:
        """Raises Invalid for a list, a map or a file."""
        value = self._tree.get(key)
        return default if value is None else lenient.as_text(value, key)

    def flag(self, key: str, default: bool = False) -> bool:
        """Raises Invalid for what is neither true nor false."""
        value = self._tree.get(key)
        return default if value is None else lenient.as_bool(value, key)

    def number(self, key: str, default: int | None = None) -> int | None:
        """A whole number of at most 64 bits; "" is none. Raises Invalid."""
        value = self._tree.get(key)
        return default if value is None or value == "" else lenient.as_int(value, key)

    def list(self, key: str) -> Texts:
        """The texts of `key[]`, or of the one value `key`. Raises Invalid."""
        return [lenient.as_text(item, key) for item in lenient.as_list(self._tree.get(key))]

    def ids(self, key: str) -> Ids:
        """The ids of `key[]`, blanks left out; -1, which no row has, for what is no id."""
        return [id_of(text) for text in self.list(key) if text]

    def upload(self, key: str) -> Upload | None:
        """The file of that name; None where none was chosen. Raises Invalid for text."""
        value = self._tree.get(key)
        if value is None or value == "":
            return None
        if not isinstance(value, Upload):
            raise Invalid(f"{key} must be a file.", {key: [("ERR_INVALID", "must be a file.")]})
        return value

    def close(self) -> None:
        """Remove the files that nobody moved, now rather than when the request is forgotten."""
        if self._folder:
            self._folder.remove()


_NONE = Params()


def query_params(scope: Scope) -> Params:
    """The query alone. Raises Malformed, Invalid (a NUL)."""
    raw: bytes = scope["query_string"]
    return Params(nest(pairs_of(raw))) if raw else _NONE


async def read_params(
    scope: Scope,
    receive: Receive,
    *,
    scratch: Path,
    file_bytes: int = 104 * 2**20,
    form_bytes: int = 1 * 2**20,
) -> Params:
    """Query and body: JSON, urlencoded or multipart.

    Args:
        scratch: folder for uploaded files; it exists and is on the disk they will stay on.
        file_bytes: most a file may have.
        form_bytes: most the rest may have.
    Raises:
        Malformed: unreadable, of another content type, too slow (60 s, uploads 10 min), cut off.
        TooLarge: beyond the limits.
        Invalid: a NUL character.
    """
    query = query_params(scope)
    kind, options = parse_options_header(header(scope, b"content-type"))
    seconds = FORM_SECONDS
    if scope["method"] in _BODILESS:
        if kind != b"application/json":  # Mastodon.py asks for one route so
            return query
        seconds = QUERY_SECONDS
    if kind == b"multipart/form-data":
        boundary = options.get(b"boundary", b"")
        limits = {"file_bytes": file_bytes, "form_bytes": form_bytes}
        return await _read_form(scope, receive, query, Form(boundary, scratch, **limits))
    chunks = _chunks(scope, receive, form_bytes, seconds)
    body = b"".join([chunk async for chunk in chunks])
    if not body:
        return query
    if kind == b"application/x-www-form-urlencoded":
        return Params({**query, **nest(pairs_of(body))})
    if kind.endswith((b"/json", b"+json")):
        return Params({**query, **_read_json(body)})
    raise Malformed("Send the body as JSON, as a form or as multipart, and say so in Content-Type.")


async def read_body(scope: Scope, receive: Receive, most: int, seconds: float) -> bytes:
    """The body as it came.

    Args:
        most: bytes.
        seconds: for all of it.
    Raises:
        TooLarge, Malformed: beyond the limits, or cut off.
    """
    return b"".join([chunk async for chunk in _chunks(scope, receive, most, seconds)])


async def _read_form(scope: Scope, receive: Receive, query: Params, form: Form) -> Params:
    """Small pieces are parsed on the loop, large ones by a thread: a disk may be slow."""
    waiting = bytearray()
    try:
        async for chunk in _chunks(scope, receive, form.most, UPLOAD_SECONDS):
            waiting += chunk
            if len(waiting) >= _PIECE:
                await asyncio.to_thread(form.write, bytes(waiting))
                waiting.clear()
        form.write(bytes(waiting))
        pairs, folder = form.finish()
        return Params({**query, **nest(pairs)}, folder)
    except BaseException:
        form.discard()
        raise


async def _chunks(
    scope: Scope, receive: Receive, most: int, seconds: float
) -> AsyncIterator[bytes]:
    """The body in pieces, all within `seconds` and `most` bytes."""
    announced = header(scope, b"content-length") or b"0"
    if announced.isdigit() and int(announced[:20]) > most:
        raise TooLarge
    deadline = asyncio.get_running_loop().time() + seconds
    more = True
    while more:
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError:
            raise Malformed("The request took too long to arrive.") from None
        if message["type"] == "http.disconnect":
            raise Malformed("The request ended too early.")
        chunk = message.get("body", b"")
        most -= len(chunk)
        if most < 0:
            raise TooLarge
        yield chunk
        more = message.get("more_body", False)


def _read_json(body: bytes) -> dict[str, Any]:
    try:
        tree = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError):
        raise Malformed("The body is not the JSON it claims to be.") from None
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise Malformed("The JSON body must be an object.")
    tidy: dict[str, Any] = _tidied(tree, "", JSON_DEPTH)
    return tidy


def _tidied(value: Any, key: str, depth: int) -> Any:
    """`value` without surprises: no NUL, no `__proto__`, not too deep."""
    if isinstance(value, str):
        return checked(key, value)
    if not isinstance(value, dict | list):
        return value
    if depth == 0:
        raise Malformed(f"JSON nests at most {JSON_DEPTH} deep.")
    if isinstance(value, list):
        return [_tidied(item, key, depth - 1) for item in value]
    return {
        checked(name, name): _tidied(inner, key or name, depth - 1)
        for name, inner in value.items()
        if name != DROPPED
    }
