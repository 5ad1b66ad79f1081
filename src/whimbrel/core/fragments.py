"""Finished pieces of pages: an entry of a feed is made once, however many readers see it.

What it is made of is its key: the JSON it was told in, which says everything of it down to the
reader's own marks, the language, the reader's wishes, the page, and the minute, for it shows how
long ago it was. The one thing that differs from reader to reader, the hidden field of its forms, is
put in when it is sent."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from .cache import Cache

BYTES = 8 << 20
HOLE = secrets.token_hex(16)  # where the hidden field goes; nobody outside this process knows it
# As `token` in _parts.html makes it: a tag, for what it holds could stand in anybody's words, and a
# link to elsewhere would hand out the next reader's.
_FIELD = '<input type="hidden" name="_csrf" value="{}">'


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


class Fragments:
    """The pieces that one set of templates made lately."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._made: Cache[str] = Cache(BYTES, lambda made: 2 * len(made))

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
        me, field = context["me"], _FIELD.format(context["csrf"])
        around = (context["reading"]["code"], context["path"], context["prefers"], me is not None)
        minute = int(self._clock().timestamp() // 60)
        mine = b'"id":"%b"' % me["id"].encode() if me else None
        found = []
        for entry in entries:
            if not isinstance(entry, Entry):
                found.append(make(entry, why=why))
                continue
            # Who wrote it, or is named in it, may be shown what nobody else is.
            whose = me["id"] if mine is not None and mine in entry.told else ""
            key = (entry.told, why, whose, minute, *around)
            made = self._made.get(key)
            if made is None:
                made = str(make(entry.read, why=why)).replace(field, HOLE)
                self._made.put(key, made)
            found.append(made.replace(HOLE, field))
        return Markup("".join(found))  # noqa: S704 - made by templates, which escape
