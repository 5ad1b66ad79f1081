"""What only one reader may open: files sealed to the public key of whoever is named.

X25519 with a key made for this file alone, HKDF-SHA256, and the STREAM construction of
`core.sealed`: chunks of 64 KiB under ChaCha20-Poly1305, numbered, the last one marked."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from whimbrel.core.errors import Invalid

MAGIC = b"whimbrel sealed 1\n"
CHUNK, TAG = 1 << 16, 16
_PUBLIC, _SECRET = "whimbrel-recipient-", "whimbrel-identity-"


def new_identity() -> str:
    """A secret key, as one line of text."""
    return _SECRET + _text(X25519PrivateKey.generate().private_bytes_raw())


def recipient_of(identity: str) -> str:
    """The public key that belongs to it, as one line of text. Raises Invalid."""
    return _PUBLIC + _text(_identity(identity).public_key().public_bytes_raw())


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _raw(text: str, prefix: str, what: str) -> bytes:
    try:
        raw = urlsafe_b64decode(text.strip().removeprefix(prefix) + "=")
    except ValueError:
        raw = b""
    if not text.strip().startswith(prefix) or len(raw) != 32:
        raise Invalid(f"This is no {what}: it begins with {prefix} (see whimbrel exit key).")
    return raw


def _identity(text: str) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(_raw(text, _SECRET, "identity"))


def checked_recipient(text: str) -> str:
    """The same, if it is one. Raises Invalid."""
    _raw(text, _PUBLIC, "recipient")
    return text.strip()


def _key(shared: bytes, ephemeral: bytes, recipient: bytes) -> ChaCha20Poly1305:
    derived = HKDF(SHA256(), 32, salt=ephemeral + recipient, info=MAGIC).derive(shared)
    return ChaCha20Poly1305(derived)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


class Sealer:
    """A file that is written sealed, from its beginning to `close`."""

    def __init__(self, out: BinaryIO, recipient: str) -> None:
        public = _raw(recipient, _PUBLIC, "recipient")
        ephemeral = X25519PrivateKey.generate()
        mine = ephemeral.public_key().public_bytes_raw()
        shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public))
        self._out, self._cipher, self._held = out, _key(shared, mine, public), bytearray()
        self._number = 0
        out.write(MAGIC + mine)

    def write(self, plain: bytes) -> None:
        """Add to what is sealed."""
        self._held += plain
        while len(self._held) > CHUNK:
            self._seal(CHUNK, last=False)

    def close(self) -> None:
        """Seal the rest. What was not closed does not open."""
        self._seal(len(self._held), last=True)

    def _seal(self, size: int, *, last: bool) -> None:
        chunk = bytes(self._held[:size])
        del self._held[:size]
        self._out.write(self._cipher.encrypt(_nonce(self._number, last=last), chunk, None))
        self._number += 1


class Opener:
    """Opens what was sealed to one identity."""

    def __init__(self, identity: str) -> None:
        self._secret = _identity(identity)
        self.recipient = recipient_of(identity)

    @classmethod
    def of_file(cls, path: Path) -> Self:
        """From the file that `whimbrel exit key` wrote. Raises Invalid."""
        return cls(path.read_text(encoding="utf-8").strip().splitlines()[-1])

    def chunks(self, path: Path) -> Iterator[bytes]:
        """The plain bytes of a sealed file, in pieces of up to 64 KiB.

        Raises:
            Invalid: sealed to another, changed, or cut.
        """
        public = self._secret.public_key().public_bytes_raw()
        with path.open("rb") as file:
            head = file.read(len(MAGIC) + 32)
            if not head.startswith(MAGIC) or len(head) != len(MAGIC) + 32:
                raise Invalid(f"{path.name} is no sealed file.")
            mine = head[len(MAGIC) :]
            shared = self._secret.exchange(X25519PublicKey.from_public_bytes(mine))
            cipher, number = _key(shared, mine, public), 0
            chunk = file.read(CHUNK + TAG)
            while True:
                following = file.read(CHUNK + TAG)
                try:
                    yield cipher.decrypt(_nonce(number, last=not following), chunk, None)
                except InvalidTag:
                    raise Invalid(
                        f"{path.name} does not open: it is sealed to another, or was changed."
                    ) from None
                if not following:
                    return
                number, chunk = number + 1, following

    def lines(self, path: Path) -> Iterator[bytes]:
        """The lines of a sealed file, without their line feeds. Raises Invalid, as `chunks`."""
        held = b""
        for chunk in self.chunks(path):
            *whole, held = (held + chunk).split(b"\n")
            yield from whole
