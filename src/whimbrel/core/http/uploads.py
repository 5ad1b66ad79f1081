"""Multipart bodies: fields in memory, files straight to a private folder on disk.

The folder lives as long as anybody holds one of its files, and goes with the request at the
latest. No name that a client sent is ever a name on disk."""

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any, BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from ..errors import Malformed, TooLarge
from .nesting import MAX_KEYS, checked, utf8

_UNREADABLE = "The multipart body could not be read."


class Folder:
    """A private temporary folder, removed with everything in it once nobody holds it."""

    def __init__(self, scratch: Path) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="upload-", dir=scratch))
        self._remove = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)

    def remove(self) -> None:
        """Remove it now; more often than once does no harm."""
        self._remove()


class Upload:
    """A file of a multipart body, on disk. Move `path` away or leave it: what is left goes away.

    `filename` (no folders, no control characters) and `content_type` are what the client claims.
    """

    __slots__ = ("_folder", "content_type", "filename", "path", "size")

    def __init__(
        self, path: Path, size: int, filename: str, content_type: str, folder: Folder | None = None
    ) -> None:
        self.path = path
        self.size = size
        self.filename = filename
        self.content_type = content_type
        self._folder = folder

    def __repr__(self) -> str:
        return f"Upload({self.size} bytes)"


def clear_scratch(scratch: Path) -> None:
    """Make the folder for uploads, empty: what a killed process left is removed. At start only,
    for one process that has `scratch` to itself."""
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in scratch.glob("upload-*"):
        shutil.rmtree(left, ignore_errors=True)


class Form:
    """A multipart body on its way in. Write to it, then `finish`; `discard` when it goes wrong."""

    def __init__(self, boundary: bytes, scratch: Path, *, file_bytes: int, form_bytes: int) -> None:
        """Limits: one file has at most `file_bytes`, all fields together `form_bytes`; `most` is
        what the whole body may have."""
        self.pairs: list[tuple[str, Any]] = []
        self.folder: Folder | None = None
        self._scratch = scratch
        self._file_bytes, self._form_left = file_bytes, form_bytes
        self.most = file_bytes + form_bytes
        self._header_name, self._header_value = bytearray(), bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._file: BinaryIO | None = None
        self._ended = False
        self._begun = False
        self._parts = 0
        if not boundary:
            raise Malformed(_UNREADABLE)
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._name_data,
                    "on_header_value": self._value_data,
                    "on_header_end": self._header_end,
                    "on_headers_finished": self._headers_end,
                    "on_part_data": self._data,
                    "on_part_end": self._end,
                    "on_end": self._all_read,
                },
            )
        except FormParserError:
            raise Malformed(_UNREADABLE) from None

    def write(self, chunk: bytes) -> None:
        """Take the next bytes. Raises Malformed, TooLarge, Invalid."""
        self._begun = self._begun or bool(chunk)
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise Malformed(_UNREADABLE) from None

    def finish(self) -> tuple[list[tuple[str, Any]], Folder | None]:
        """The fields and files, and the folder of the files.

        Raises:
            Malformed: the end is missing; half a file is no file.
        """
        if self._begun and not self._ended:
            raise Malformed("The multipart body ends too early.")
        del self._parser  # it holds us, and would keep the folder until a garbage collection
        return self.pairs, self.folder

    def discard(self) -> None:
        """Close and remove what has been written."""
        if self._file:
            self._file.close()
        if self.folder:
            self.folder.remove()

    # --- what the parser calls -----------------------------------------------

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_KEYS:
            raise Malformed(f"A request has at most {MAX_KEYS} parameters.")
        self._headers = {}
        self._size = 0
        self._text = bytearray()

    def _name_data(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _value_data(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _header_end(self) -> None:
        self._headers[bytes(self._header_name).lower()] = bytes(self._header_value)
        self._header_name.clear()
        self._header_value.clear()

    def _headers_end(self) -> None:
        kind, options = parse_options_header(self._headers.get(b"content-disposition"))
        if kind != b"form-data" or b"name" not in options:
            raise Malformed(_UNREADABLE)
        name = utf8(options[b"name"])
        self._key = checked(name, name)
        self._filename = options.get(b"filename")
        self._form_left -= len(options[b"name"])
        if self._filename:
            if self.folder is None:
                self.folder = Folder(self._scratch)
            self._path = self.folder.path / str(self._parts)
            self._file = self._path.open("xb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        count = end - start
        self._size += count
        if self._file:
            if self._size > self._file_bytes:
                raise TooLarge(f"A file may have at most {self._file_bytes} bytes.")
            self._file.write(memoryview(data)[start:end])
        elif self._filename is None:
            self._form_left -= count
            if self._form_left < 0:
                raise TooLarge("The form is too long.")
            self._text += data[start:end]

    def _end(self) -> None:
        if self._file:
            self._file.close()
            self._file = None
            claimed = self._headers.get(b"content-type", b"application/octet-stream")
            upload = Upload(
                self._path,
                self._size,
                _bare_name(self._filename or b""),
                parse_options_header(claimed)[0].decode("ascii", "replace")[:100],
                self.folder,
            )
            self.pairs.append((self._key, upload))
        elif self._filename is None:
            self.pairs.append((self._key, checked(self._key, utf8(bytes(self._text)))))
        # What remains is a file input in which nothing was chosen (filename=""): no parameter.

    def _all_read(self) -> None:
        self._ended = True


def _bare_name(raw: bytes) -> str:
    """The last part of a file's name, as text without control characters."""
    name = raw.decode("utf-8", "replace").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in name if c.isprintable())[:255]
