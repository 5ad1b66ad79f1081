"""Files sealed in chunks, so that any range can be read without opening all of it.

This is the STREAM construction (as in age and Tink): each chunk of 64 KiB is sealed by itself with
ChaCha20-Poly1305; its nonce is a random prefix, the chunk's number and a flag on the last one. A
chunk that is changed, moved, missing or taken from another file does not open. Keys come from
`keyring.Keyring.key`, places from `Slot.place`."""

import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from .keyring import Tampered
from .objects.store import ObjectStore

CHUNK = 1 << 16  # plain bytes in a chunk
TAG = 16
_MAGIC = b"whbs\x01"  # the last byte is the version
_PREFIX = 7
HEADER = len(_MAGIC) + _PREFIX


def sealed_size(plain: int) -> int:
    """Bytes that a file of `plain` bytes has when sealed."""
    return HEADER + plain + TAG * _chunks(plain)


def plain_size(sealed: int) -> int:
    """Bytes that a sealed file of `sealed` bytes holds.

    Raises:
        Tampered: no sealed file has this size.
    """
    body = sealed - HEADER
    whole, rest = divmod(body, CHUNK + TAG)
    if body < TAG or 0 < rest < TAG or (rest == TAG and whole):
        raise Tampered
    return body - TAG * (whole + (rest > 0))


class Sealing:
    """A file that is sealed as it is written, from its first byte to `close`.

    Args:
        key: 32 bytes, see `Keyring.key`.
        aad: where the file belongs, see `Slot.place`.
    """

    def __init__(self, key: bytes, aad: bytes, out: BinaryIO) -> None:
        header = _MAGIC + os.urandom(_PREFIX)
        self._cipher, self._header, self._place = ChaCha20Poly1305(key), header, header + aad
        self._out, self._held, self._number = out, bytearray(), 0
        self.plain = 0  # bytes so far
        out.write(header)

    def write(self, plain: bytes) -> int:
        """Add to what is sealed; how much."""
        self._held += plain
        self.plain += len(plain)
        while len(self._held) > CHUNK:
            self._seal(CHUNK, last=False)
        return len(plain)

    def flush(self) -> None:
        """Nothing goes out before its chunk is full."""

    def close(self) -> None:
        """Seal the rest. What was not closed does not open."""
        self._seal(len(self._held), last=True)

    def _seal(self, size: int, *, last: bool) -> None:
        chunk = bytes(self._held[:size])
        del self._held[:size]
        nonce = _nonce(self._header, self._number, last=last)
        self._out.write(self._cipher.encrypt(nonce, chunk, self._place))
        self._number += 1


def seal_file(key: bytes, aad: bytes, source: Path, target: Path) -> int:
    """Seal the file `source` into a new file `target` (mode 0600). Blocking: for a worker thread.

    Args:
        key: 32 bytes, see `Keyring.key`.
        aad: where the file belongs, see `Slot.place`.
    Returns:
        The size of `target` in bytes.
    Raises:
        FileExistsError: `target` is there already.
    """
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as out, source.open("rb") as file:
        sealing = Sealing(key, aad, out)
        while chunk := file.read(CHUNK):
            sealing.write(chunk)
        sealing.close()
        return out.tell()


async def unseal_range(
    key: bytes,
    aad: bytes,
    store: ObjectStore,
    object_key: str,
    plain_size: int,
    start: int = 0,
    end: int | None = None,
) -> AsyncGenerator[bytes]:
    """The plain bytes `start .. end` (`end` excluded, None = all) of a sealed object, in pieces
    of up to 64 KiB. Only the chunks that hold them are read.

    Args:
        plain_size: what the database says the file holds: a shortened object is so noticed.
    Raises:
        ValueError: not a range inside the file.
        NotFound: the object is gone.
        Tampered: the object is not what was sealed. Nothing of the bad chunk is given out.
        Unavailable: the store does not answer.
    """
    end = plain_size if end is None else end
    if not 0 <= start <= end <= plain_size:
        raise ValueError(f"{start}..{end} is not in a file of {plain_size} bytes")
    if start == end:
        return
    first, final = start // CHUNK, (end - 1) // CHUNK
    last = _chunks(plain_size) - 1
    begin = HEADER + first * (CHUNK + TAG)
    stop = min(HEADER + (final + 1) * (CHUNK + TAG), sealed_size(plain_size))
    header = b"" if first == 0 else await _read_header(store, object_key)
    cipher, held, number = ChaCha20Poly1305(key), bytearray(), first
    async with aclosing(store.open(object_key, begin if first else 0, stop)) as blocks:
        async for block in blocks:
            held += block
            if not header:
                if len(held) < HEADER:
                    continue
                header = _checked(bytes(held[:HEADER]))
                del held[:HEADER]
            while number <= final and len(held) >= (size := _sealed_chunk(number, plain_size)):
                nonce = _nonce(header, number, last=number == last)
                plain = _open(cipher, nonce, bytes(held[:size]), header + aad)
                del held[:size]
                yield plain[max(start - number * CHUNK, 0) : end - number * CHUNK]
                number += 1
    if number <= final or held:
        raise Tampered


def _chunks(plain: int) -> int:
    return max(1, -(-plain // CHUNK))  # an empty file has one empty chunk


def _sealed_chunk(number: int, plain: int) -> int:
    return min(CHUNK, plain - number * CHUNK) + TAG


def _nonce(header: bytes, number: int, *, last: bool) -> bytes:
    return header[-_PREFIX:] + number.to_bytes(4, "big") + (b"\x01" if last else b"\x00")


def _open(cipher: ChaCha20Poly1305, nonce: bytes, chunk: bytes, place: bytes) -> bytes:
    try:
        return cipher.decrypt(nonce, chunk, place)
    except InvalidTag:
        raise Tampered from None


async def _read_header(store: ObjectStore, object_key: str) -> bytes:
    async with aclosing(store.open(object_key, 0, HEADER)) as blocks:
        return _checked(b"".join([block async for block in blocks]))


def _checked(header: bytes) -> bytes:
    if len(header) != HEADER or not header.startswith(_MAGIC):
        raise Tampered
    return header
