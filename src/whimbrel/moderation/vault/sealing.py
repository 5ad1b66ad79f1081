"""Sealing to somebody who is not here: the server has the public key, the legal role has the other
one, on another machine.

A copy has a key of its own; that is sealed with a one-time X25519 exchange, HKDF-SHA-256 and
ChaCha20-Poly1305. In a copy is what is told, and the keys of its files: they lie beside it as the
store had them. A bundle is what leaves the vault: of each copy its key, itself and its files."""

import asyncio
import io
import os
import tarfile
from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from whimbrel.core.keyring import Tampered
from whimbrel.core.sealed import Sealing, plain_size, unseal_range

_INFO = b"whimbrel vault 1"
_PUBLIC = 32  # bytes
_TOLD, _KEYS = "post.json", "keys.json"


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


class Enclosed(msgspec.Struct, frozen=True):
    """A file that lies beside its copy, sealed: what opens it."""

    name: str
    object: str  # what its sealed bytes are called there
    place: bytes  # see `Slot.place`
    key: bytes
    size: int  # of the plain file, bytes


def name_of(object_: str) -> str:
    """What an object of the store is called in the vault."""
    return object_.rpartition("/")[2]


def enclose(public: str, hold: int, told: bytes, files: Sequence[Enclosed]) -> tuple[bytes, bytes]:
    """What is told and the keys of its files, sealed: (the key, for the holder of the private one
    alone; the rest)."""
    key, plain, out = os.urandom(32), io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for name, data in ((_TOLD, told), (_KEYS, msgspec.json.encode(files))):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    sealing = Sealing(key, place(hold), out)
    sealing.write(plain.getvalue())
    sealing.close()
    return wrap(public, key), out.getvalue()


def open_bundle(bundle: Path, private: str, to: Path) -> Iterator[Path]:
    """Open all that is in a bundle, each copy in a folder of its number; the files that come of it.

    Raises:
        ValueError: another key's; changed since; no bundle.
    """
    try:
        with tarfile.open(bundle) as tar:
            names = [name for name in tar.getnames() if name.endswith(".key")]
            for number in [int(name.removesuffix(".key")) for name in names]:
                where = to / str(number)
                where.mkdir(parents=True, exist_ok=True)
                yield from _opened(tar, number, private, where)
    except Tampered as error:
        raise ValueError("a copy in it does not open: it was changed") from error
    except (tarfile.TarError, KeyError, msgspec.MsgspecError, OSError) as error:
        raise ValueError(f"it is no bundle of a vault: {error}") from error


def _opened(bundle: tarfile.TarFile, number: int, private: str, where: Path) -> Iterator[Path]:
    key, sealed = unwrap(private, _member(bundle, f"{number}.key")), f"{number}.sealed"
    with tarfile.open(fileobj=io.BytesIO(_unsealed(bundle, sealed, key, place(number)))) as copy:
        told, keys = _member(copy, _TOLD), _member(copy, _KEYS)
    yield _written(where / _TOLD, told)
    for file in msgspec.json.decode(keys, type=list[Enclosed]):
        beside = f"{number}.{file.object}"
        if beside in bundle.getnames():  # the store may have lost it before it was copied
            plain = _unsealed(bundle, beside, file.key, file.place, file.size)
            yield _written(where / Path(file.name).name, plain)


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    """Raises KeyError: there is none."""
    file = tar.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file.read()


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _unsealed(
    bundle: tarfile.TarFile, name: str, key: bytes, aad: bytes, size: int | None = None
) -> bytes:
    sealed = _member(bundle, name)
    return asyncio.run(_plain(key, aad, sealed, plain_size(len(sealed)) if size is None else size))


class _InHand:
    """Bytes, read as an object of a store is."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    async def open(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes]:
        yield self._data[start:end]


async def _plain(key: bytes, aad: bytes, sealed: bytes, size: int) -> bytes:
    store: Any = _InHand(sealed)
    async with aclosing(unseal_range(key, aad, store, "", size)) as pieces:
        return b"".join([piece async for piece in pieces])
