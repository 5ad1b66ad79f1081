"""Sealing to somebody who is not here: the server has the public key, the legal role has the other
one, on another machine.

A file has a key of its own; that is sealed with a one-time X25519 exchange, HKDF-SHA-256 and
ChaCha20-Poly1305. A bundle is what leaves the vault: for each file its sealed key and its bytes."""

import asyncio
import io
import tarfile
from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from whimbrel.core.keyring import Tampered
from whimbrel.core.sealed import plain_size, unseal_range

_INFO = b"whimbrel vault 1"
_PUBLIC = 32  # bytes


def new_pair() -> tuple[str, str]:
    """(private, public), each as one line of base64."""
    private = X25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    return b64encode(private.private_bytes_raw()).decode(), b64encode(public).decode()


def wrap(public: str, key: bytes) -> bytes:
    """`key` for the holder of the private key alone."""
    once = X25519PrivateKey.generate()
    theirs = b64decode(public)
    ours = once.public_key().public_bytes_raw()
    shared = once.exchange(X25519PublicKey.from_public_bytes(theirs))
    return ours + ChaCha20Poly1305(_derived(shared, ours, theirs)).encrypt(bytes(12), key, None)


def unwrap(private: str, wrapped: bytes) -> bytes:
    """The reverse, where the private key is. Raises ValueError: it is another key's."""
    own = X25519PrivateKey.from_private_bytes(b64decode(private))
    theirs = wrapped[:_PUBLIC]
    shared = own.exchange(X25519PublicKey.from_public_bytes(theirs))
    key = _derived(shared, theirs, own.public_key().public_bytes_raw())
    try:
        return ChaCha20Poly1305(key).decrypt(bytes(12), wrapped[_PUBLIC:], None)
    except InvalidTag:
        raise ValueError("it was sealed to another key") from None


def _derived(shared: bytes, once: bytes, public: bytes) -> bytes:
    """Each exchange has a key of its own, so its nonce can be nought."""
    return HKDF(algorithm=SHA256(), length=32, salt=once + public, info=_INFO).derive(shared)


def place(hold: int) -> bytes:
    """Where a sealed file belongs: authenticated with its bytes."""
    return f"whimbrel hold {hold}".encode()


def open_bundle(bundle: Path, private: str, to: Path) -> Iterator[Path]:
    """Open all that is in a bundle, each copy in a folder of its number; the files that come of it.

    Raises:
        ValueError: another key's; changed since; no bundle.
    """
    for number, wrapped, sealed in _holds(bundle):
        where = to / str(number)
        where.mkdir(parents=True, exist_ok=True)
        try:
            data = asyncio.run(_unsealed(unwrap(private, wrapped), place(number), sealed))
            with tarfile.open(fileobj=io.BytesIO(data)) as tar:
                tar.extractall(where, filter="data")
                yield from (where / name for name in tar.getnames())
        except (Tampered, tarfile.TarError) as error:
            raise ValueError(f"copy {number} does not open: it was changed") from error


class _InHand:
    """Bytes, read as an object of a store is."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    async def open(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes]:
        yield self._data[start:end]


async def _unsealed(key: bytes, aad: bytes, sealed: bytes) -> bytes:
    store: Any = _InHand(sealed)
    pieces = unseal_range(key, aad, store, "", plain_size(len(sealed)))
    async with aclosing(pieces):
        return b"".join([piece async for piece in pieces])


def _holds(bundle: Path) -> Iterator[tuple[int, bytes, bytes]]:
    """(hold, wrapped key, sealed file) of each in a bundle. Raises ValueError: it is none."""
    try:
        with tarfile.open(bundle) as tar:
            names = [name for name in tar.getnames() if name.endswith(".key")]
            for name in names:
                number = int(name.removesuffix(".key"))
                key, file = tar.extractfile(name), tar.extractfile(f"{number}.sealed")
                if key is not None and file is not None:
                    yield number, key.read(), file.read()
    except (tarfile.TarError, KeyError, ValueError, OSError) as error:
        raise ValueError(f"it is no bundle of a vault: {error}") from error
