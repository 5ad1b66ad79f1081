"""What is in a kit, and the file it is sealed into: for one recovery key, and for nobody else.

X25519 with a key made for this file alone, HKDF-SHA256, AES-256-GCM: what every browser has. The
key of a file encrypts once, so the nonce is nothing. Layout: a line that names it, the recovery key
it is for, the key of the file, the sealed JSON."""

from base64 import urlsafe_b64encode

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from whimbrel.core.errors import Invalid

from . import recovery

MAGIC = b"whimbrel recovery kit 1\n"
HEAD = len(MAGIC) + 64
LARGEST = 64 << 20  # bytes of a file
_NONCE = bytes(12)


class Kit(msgspec.Struct, frozen=True):
    """All that it takes to go on elsewhere. `followers` are actors with the inbox that reaches
    them, `following` addresses (name@domain)."""

    actor: str
    handle: str
    made: int  # ms
    public: str  # PEM
    rsa: bytes  # PKCS#8, DER
    ed25519: bytes
    followers: list[tuple[str, str]]
    following: list[str]
    archive: str = ""  # where its owner keeps their archive, in their own words

    @property
    def inboxes(self) -> list[str]:
        """Where its followers are reached, each once."""
        return list(dict.fromkeys(inbox for _, inbox in self.followers))


_decode = msgspec.json.Decoder(Kit).decode


def seal(kit: Kit, recovery_key: str) -> bytes:
    """The file. Raises Invalid: `recovery_key` is none."""
    to = recovery.raw(recovery_key)
    once = X25519PrivateKey.generate()
    mine = once.public_key().public_bytes_raw()
    try:
        shared = once.exchange(X25519PublicKey.from_public_bytes(to))
    except ValueError:  # a point of low order: anybody could open it
        raise Invalid("Nothing can be sealed to this key.") from None
    head = MAGIC + to + mine
    return head + _cipher(shared, mine, to).encrypt(_NONCE, msgspec.json.encode(kit), head)


def _cipher(shared: bytes, mine: bytes, to: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=mine + to, info=MAGIC).derive(shared))


def sealed_to(file: bytes) -> str:
    """The public recovery key that a file is for. Raises Invalid: it is no kit."""
    if not file.startswith(MAGIC) or not HEAD < len(file) <= LARGEST:
        raise Invalid("This is no recovery kit.")
    to = file[len(MAGIC) : len(MAGIC) + 32]
    return recovery.PUBLIC + urlsafe_b64encode(to).decode().rstrip("=")


def unseal(file: bytes, words: str) -> Kit:
    """What is in it.

    Raises:
        Invalid: it is no kit, is for another key, was changed, or these are no words of a key.
    """
    key = recovery.secret(words)
    if sealed_to(file) != recovery.public(key):
        raise Invalid("This kit opens with other words.")
    head, rest = file[:HEAD], file[HEAD:]
    to, mine = head[len(MAGIC) : -32], head[-32:]
    try:
        shared = key.exchange(X25519PublicKey.from_public_bytes(mine))
        return _decode(_cipher(shared, mine, to).decrypt(_NONCE, rest, head))
    except (InvalidTag, ValueError):
        raise Invalid("This kit was changed, or is not whole.") from None
