"""Whether any bytes still hold a text: as it is, and as files, logs, queues and backups spell it.

For whoever has to show that something is gone. What is sealed or packed away in a format of its own
is only noise to this; gzip, bzip2, xz, zstd and zip are opened and looked into."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
import zlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any, BinaryIO, NamedTuple
from unicodedata import normalize
from urllib.parse import quote, quote_plus

import zstandard

SHORTEST = 6  # characters: less is found everywhere by chance
BLOCK = 4 << 20  # bytes looked through at a time
DEEPEST = 4  # a packed file in a packed file in ...
_HEAD = 6

Spellings = Mapping[bytes, str]  # bytes to how that is called


class Unreadable(Exception):
    """Not all of a file could be looked through."""


class Trace(NamedTuple):
    """Where a text was found."""

    text: str
    spelled: str
    place: str  # "" = the file itself, else what was unpacked: "gzip", "zip: folder/name"
    at: int  # bytes from the beginning of that place


def spellings(text: str) -> Spellings:
    """How bytes may hold `text`. Raises ValueError: too short to look for."""
    if len(text.strip()) < SHORTEST:
        raise ValueError(f"{text!r} is too short: it would be found by chance.")
    found: dict[bytes, str] = {}
    for form in dict.fromkeys((text, normalize("NFC", text), normalize("NFD", text), text.lower())):
        plain = form.encode()
        for name, spelled in _plain(form).items():
            found.setdefault(spelled, name)
        found.setdefault(plain.hex().encode(), "hexadecimal")
        found.setdefault(plain.hex().upper().encode(), "hexadecimal")
        for skipped in range(3):
            for encode in (b64encode, urlsafe_b64encode):
                found.setdefault(_inside(encode(bytes(skipped) + plain), skipped, plain), "base64")
    return found


def _plain(form: str) -> dict[str, bytes]:
    return {
        "UTF-8": form.encode(),
        "UTF-16": form.encode("utf-16-le"),
        "UTF-16, big end first": form.encode("utf-16-be"),
        "Latin-1": form.encode("latin-1", "xmlcharrefreplace"),
        "JSON": json.dumps(form)[1:-1].encode(),
        "JSON with its letters": json.dumps(form, ensure_ascii=False)[1:-1].encode(),
        "HTML": escape(form).encode(),
        "a URL": quote(form).encode(),
        "a form": quote_plus(form).encode(),
    }


def _inside(encoded: bytes, skipped: int, plain: bytes) -> bytes:
    """Of base64 only the digits that depend on nothing but `plain`."""
    first = -(-skipped * 8 // 6)
    return encoded[first : (skipped + len(plain)) * 8 // 6]


def traces(file: BinaryIO, texts: Mapping[str, Spellings], place: str = "") -> Iterator[Trace]:
    """Every text that the bytes of a file hold, once for each place; and those of what is packed
    in it, where the file can be read twice.

    Args:
        texts: to their `spellings`.
        place: what the file was unpacked from, as in `Trace`.
    Raises:
        Unreadable: the rest of it is damaged, or no more than `DEEPEST` layers are looked into.
    """
    head = file.read(_HEAD)
    yield from _raw(head, file, texts, place)
    if head[:4] not in _ZIP and not head.startswith(tuple(_UNPACK)):
        return
    if not file.seekable() or place.count(_INTO) >= DEEPEST:
        raise Unreadable(f"{place or 'the file'} holds more that is packed")
    file.seek(0)
    try:
        for name, inner in _packed(head, file):
            yield from traces(inner, texts, f"{place}{_INTO}{name}" if place else name)
    except _DAMAGED as error:
        raise Unreadable(f"{place or 'the file'} cannot be unpacked: {error}") from error


def _raw(
    head: bytes, file: BinaryIO, texts: Mapping[str, Spellings], place: str
) -> Iterator[Trace]:
    """In the bytes as they are; what lies across two blocks is in the overlap."""
    overlap = max(len(each) for spelled in texts.values() for each in spelled) - 1
    left, known, at = dict(texts), head, 0
    while left:
        block = file.read(BLOCK)
        known += block
        for text, spelled in [*left.items()]:
            for each, name in spelled.items():
                found = known.find(each)
                if found >= 0:
                    yield Trace(text, name, place, at + found)
                    del left[text]
                    break
        if not block:
            return
        at += max(0, len(known) - overlap)
        known = known[-overlap:]


def _packed(head: bytes, file: BinaryIO) -> Iterator[tuple[str, BinaryIO]]:
    """What is in a packed file, by name."""
    if head[:4] in _ZIP:
        with zipfile.ZipFile(file) as parts:
            for info in parts.infolist():
                if not info.is_dir():
                    with parts.open(info) as inner:
                        yield f"zip: {info.filename}", inner  # type: ignore[misc]
        return
    magic = next(each for each in _UNPACK if head.startswith(each))
    name, unpack = _UNPACK[magic]
    with unpack(file) as inner:
        yield name, inner


def _zstd(file: BinaryIO) -> BinaryIO:
    reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
    return io.BufferedReader(reader)


_INTO = " > "
# RuntimeError: a zip with a password; NotImplementedError: one packed in a way that we lack.
_DAMAGED = (
    *(OSError, EOFError, RuntimeError, NotImplementedError),
    *(zlib.error, lzma.LZMAError, zipfile.BadZipFile, zstandard.ZstdError),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_UNPACK: dict[bytes, tuple[str, Callable[[BinaryIO], Any]]] = {
    b"\x1f\x8b": ("gzip", gzip.open),
    b"BZh": ("bzip2", bz2.open),
    b"\xfd7zXZ\x00": ("xz", lzma.open),
    b"\x28\xb5\x2f\xfd": ("zstd", _zstd),
}
