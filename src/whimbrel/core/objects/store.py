"""What an object store promises. Objects are sealed files: immutable, and named by the SHA-256 of
their (sealed) bytes, so that putting one twice is harmless and a copy can be checked by its name.

A name tells nothing of the content, but it is no capability either: stores are never public."""

import re
from collections.abc import AsyncGenerator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Protocol

BLOCK = 1 << 18  # bytes read or hashed at a time
_KEY = re.compile(r"([0-9a-f]{2})/([0-9a-f]{2})/\1\2[0-9a-f]{60}")


class Stored(NamedTuple):
    """An object: `key` is `ab/cd/abcd...` (64 hexadecimal digits), `size` in bytes."""

    key: str
    size: int


class ObjectStore(Protocol):
    """A folder or a bucket. Safe to use from many tasks of one event loop."""

    async def put(self, path: Path) -> Stored:
        """Store the bytes of the file at `path`, durably; nothing happens when they are there.

        Raises:
            Unavailable: the store cannot take it now. Try again later.
        """

    def open(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes]:
        """The bytes `start .. end` (`end` excluded, None = all) in blocks of any size.

        Close the generator (`contextlib.aclosing`) when you leave it early.

        Raises:
            NotFound: no such object (at the first block).
            Unavailable: the store does not answer, or stopped answering half-way.
        """

    async def delete(self, keys: Sequence[str]) -> None:
        """Remove objects. Absent ones are no error.

        Raises:
            Unavailable: the store failed; some may be gone. Try again later.
        """

    def list(self, prefix: str = "") -> AsyncGenerator[Stored]:
        """Every object whose key begins with `prefix`, in the order of keys. Strangers' files in
        the same place are passed over."""

    async def close(self) -> None:
        """Let connections go."""


def is_key(text: str) -> bool:
    """`text` is the name of an object and of nothing else: no path leads out of the store."""
    return _KEY.fullmatch(text) is not None


def checked(key: str) -> str:
    """`key`, which must be one. Raises ValueError: a caller's mistake, never a stranger's."""
    if not is_key(key):
        raise ValueError(f"not an object key: {key!r}")
    return key


def key_of(digest: str) -> str:
    """The key for a SHA-256 in hexadecimal."""
    return f"{digest[:2]}/{digest[2:4]}/{digest}"


def digest_file(path: Path) -> tuple[str, int]:
    """SHA-256 in hexadecimal and size in bytes of a file. Blocking."""
    found, size = sha256(), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
            size += len(block)
    return found.hexdigest(), size
