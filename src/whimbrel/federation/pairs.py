"""Fresh keys of an actor. Pure work, some 30 ms of it: where they are kept is `keys.py`."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from . import multikey
from .rules import Pair, Private, Public

BITS = 2048


def make() -> Pair:
    """RSA-2048 and Ed25519; in a thread, for it does without the interpreter's lock."""
    slow = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    fast = ed25519.Ed25519PrivateKey.generate()
    pem = slow.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    der = slow.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Pair(
        Public(pem.decode(), multikey.write(fast.public_key().public_bytes_raw())),
        Private(der, fast.private_bytes_raw()),
    )
