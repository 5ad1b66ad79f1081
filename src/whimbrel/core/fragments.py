"""Finished pieces of pages: an entry of a feed is made once, however many readers see it, and what
stands around it once for each of them.

What an entry is made of is its key: the JSON it was told in, which says everything of it down to
the reader's own marks, the language, the reader's wishes, and the page. It lasts until the first of
its times is told in other words ("3 min"). The one thing that differs from reader to reader, the
hidden field of its forms, is put in when it is sent.

For the event loop's thread only."""

import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from .cache import Cache
from .ids import token

FEED_BYTES, FRAME_BYTES = 12 << 20, 8 << 20
NEVER = 1 << 62
# As `token` in _parts.html makes it: a tag, for what it holds could stand in anybody's words, and a
# link to elsewhere would hand out the next reader's.
_FIELD = '<input type="hidden" name="_csrf" value="{}">'
# As `still` in _media.html begins a picture that is not folded away; and one that is seen as soon
# as the page is: its file is asked for at once, not when the page is laid out. (With a higher
# priority it would come no sooner, and the style later.)
_LAZY, _FIRST = b'<img loading="lazy" ', b"<img "
_NEAR = 3  # entries that may be seen without moving
# What stands in a frame where something is put in; nobody outside this process knows it.
_SECRET = secrets.token_hex(16)
_HOLE = re.compile(rf"{_SECRET}_(\w+)_")
_FEED, _CSRF, _NONCE = "feed", "csrf", "nonce"


def hole(name: str) -> str:
    """What to put into a template where `name` is filled in later."""
    return f"{_SECRET}_{name}_"


class Entry:
    """An entry of a feed: the JSON it was told in, and what templates take, once it is needed."""

    __slots__ = ("_read", "told")

    def __init__(self, told: bytes, read: Callable[[bytes], Mapping[str, Any]]) -> None:
        """Args: `read` makes of `told` what templates take."""
        self.told, self._read = told, read

    @property
    def read(self) -> Mapping[str, Any]:
        """As templates take it."""
        return self._read(self.told)


class Piece(NamedTuple):
    """A finished entry."""

    until: int  # ms since 1970 from which on it would say something else
    parts: tuple[bytes, ...]  # the hidden field stands between them


class Frame(NamedTuple):
    """A finished page without what differs from one time to the next."""

    until: int
    parts: tuple[bytes | str, ...]  # texts; names of holes


class Fed(NamedTuple):
    """A page with a feed in it, as it is asked for."""

    template: str
    reads: str  # the language
    stamp: tuple[Any, ...]  # all that the frame depends on, beside which holes there are
    around: str  # all that entries depend on beside themselves: `around`
    me: str  # the id of who reads
    entries: Sequence[Entry]
    csrf: str
    holes: Mapping[str, str | None]  # by name: what else is put in; None: the template has none


def around(reads: str, path: str, prefers: object, signed_in: bool) -> str:
    """What entries of a page depend on beside themselves, as a key: the language, where their forms
    lead back to, how the reader likes pages, and whether there are forms."""
    return f"{reads} {path} {prefers!r} {signed_in}"


class Fragments:
    """The pieces that one set of templates made lately."""

    def __init__(self, clock: Callable[[], datetime], ends: Callable[[str], str]) -> None:
        """Args: `ends` gives what templates made its last shape."""
        self._clock, self._ends = clock, ends
        self._pieces: Cache[Piece] = Cache(
            FEED_BYTES, _size, lambda key, made, gone: gone.in_bytes(key[0], *made.parts)
        )
        self._frames: Cache[Frame] = Cache(
            FRAME_BYTES, _size, lambda key, made, gone: gone.in_bytes(*_texts(made))
        )
        self._until = NEVER

    def lasts(self, until: int) -> None:
        """What is being made says a time that is told in other words from `until` (ms) on."""
        self._until = min(self._until, until)

    @pass_context
    def feed(
        self,
        context: Context,
        entries: Iterable[Entry | Mapping[str, Any]],
        make: Callable[..., str],
        why: str,
    ) -> Markup:
        """All entries, one after another; what is no `Entry` is made anew each time.

        Args:
            make: the macro that makes one.
            why: for it.
        """
        field = _FIELD.format(context["csrf"]).encode()
        me, prefers = context["me"], context["prefers"]
        page = around(context["reading"]["code"], context["path"], prefers, me is not None)
        find = _finder(me["id"] if me else "", why, page)
        found = []
        for entry in entries:
            if isinstance(entry, Entry):
                made = self._piece(find(entry.told), entry, make, field)
                found.append(field.join(made.parts))
            else:
                found.append(make(entry, why=why).encode())
        return Markup(_joined(found).decode())  # noqa: S704 - made by templates, which escape

    def whole(self, fed: Fed) -> bytes | None:
        """The page, where all of it is at hand; None otherwise."""
        frame = self._fresh(self._frames, _frame_key(fed))
        if frame is None:
            return None
        find, now = _finder(fed.me, "", fed.around), self._now()
        found = self._pieces.all([find(entry.told) for entry in fed.entries])
        pieces = [piece for piece in found if piece is not None and now < piece.until]
        return _put_together(frame, fed, pieces) if len(pieces) == len(found) else None

    def frame(self, fed: Fed, render: Callable[[Mapping[str, Any]], str]) -> bytes:
        """The same, made and kept.

        Args:
            render: the template, with these values beside its own.
        """
        pieces: list[Piece] = []
        field = _FIELD.format(hole(_CSRF)).encode()
        find = _finder(fed.me, "", fed.around)

        def feed(entries: Iterable[Entry], make: Callable[..., str], why: str) -> Markup:
            pieces.extend(self._piece(find(each.told), each, make, field) for each in entries)
            return Markup(hole(_FEED))  # noqa: S704 - ours

        self._until = NEVER
        values: dict[str, Any] = {
            name: hole(name) if value else ""
            for name, value in fed.holes.items()
            if value is not None
        }
        values |= {"csrf": hole(_CSRF), "nonce": lambda: hole(_NONCE), "made": feed}
        made = _HOLE.split(render({**values, "statuses": fed.entries}))
        texts = [part if at % 2 else part.encode() for at, part in enumerate(made)]
        frame = Frame(self._until, tuple(texts))
        self._frames.put(_frame_key(fed), frame)
        return _put_together(frame, fed, pieces)

    def _piece(self, key: Any, entry: Entry, make: Callable[..., str], field: bytes) -> Piece:
        found: Piece | None = self._fresh(self._pieces, key)
        if found is None:
            outside, self._until = self._until, NEVER
            made = self._ends(str(make(entry.read, why=key[1]))).encode()
            found = Piece(self._until, tuple(made.split(field)))
            self._pieces.put(key, found)
            self._until = outside
        return found

    def _fresh(self, cache: Cache[Any], key: Any) -> Any:
        found = cache.get(key)
        return found if found is not None and self._now() < found.until else None

    def _now(self) -> int:
        return int(self._clock().timestamp() * 1000)


def _finder(me: str, why: str, page: str) -> Callable[[bytes], Any]:
    """Makes keys of entries for one page: who wrote it, or is named in it, may be shown what nobody
    else is."""
    mine = b'"id":"%b"' % me.encode()
    return lambda told: (told, why, me if me and mine in told else "", page)


def _size(made: Piece | Frame) -> int:
    return sum(map(len, made.parts))


def _texts(made: Frame) -> Iterator[bytes]:
    return (part for part in made.parts if isinstance(part, bytes))


def _frame_key(fed: Fed) -> Any:
    there = [value and True for value in fed.holes.values()]
    return fed.template, fed.around, fed.stamp, bool(fed.entries), *there


def _put_together(frame: Frame, fed: Fed, pieces: Iterable[Piece]) -> bytes:
    csrf = fed.csrf.encode()
    field = _FIELD.format(fed.csrf).encode()
    filled = {name: str(escape(value)).encode() for name, value in fed.holes.items() if value}
    filled |= {_CSRF: csrf, _NONCE: token(128).encode()}
    filled[_FEED] = _joined([field.join(piece.parts) for piece in pieces])
    return b"".join([filled[part] if isinstance(part, str) else part for part in frame.parts])


def at_once(piece: Markup) -> Markup:
    """A piece of which no picture waits for the layout: a page is about it."""
    return Markup(str(piece).replace(_LAZY.decode(), _FIRST.decode()))  # noqa: S704 (as it was)


def _joined(entries: list[bytes]) -> bytes:
    """Entries one after another; a picture at the top of them waits for nothing."""
    for at, entry in enumerate(entries[:_NEAR]):
        if _LAZY in entry:
            entries[at] = entry.replace(_LAZY, _FIRST, 1)
            break
    return b"".join(entries)
