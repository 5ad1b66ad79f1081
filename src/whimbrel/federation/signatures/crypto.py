"""The two kinds of keys. RSA below 2048 bits can be broken, above 8192 it keeps us busy."""

from functools import lru_cache
from typing import NamedTuple, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from .message import Algorithm

SMALLEST, LARGEST = 2048, 8192  # bits
LONGEST = 3000  # characters of a PEM

PublicKey: TypeAlias = RSAPublicKey | Ed25519PublicKey


class PrivateKeys(NamedTuple):
    """Those of one actor, opened."""

    rsa: RSAPrivateKey
    ed25519: Ed25519PrivateKey

    @classmethod
    def open(cls, rsa: bytes, ed25519: bytes) -> "PrivateKeys":
        """Args: PKCS#8 (DER), and 32 raw bytes: our own, so that their numbers are not checked
        again, which would take longer than a hundred signatures."""
        opened = serialization.load_der_private_key(rsa, None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(opened, RSAPrivateKey):
            raise ValueError("not an RSA key")
        return cls(opened, Ed25519PrivateKey.from_private_bytes(ed25519))


@lru_cache(maxsize=4096)
def public_key(pem: str) -> PublicKey:
    """The key in a PEM.

    Raises:
        ValueError: it is none, of another kind, too small or too large.
    """
    if len(pem) > LONGEST:
        raise ValueError("too long for a key")
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except (UnsupportedAlgorithm, UnicodeEncodeError) as error:
        raise ValueError("not a key we know") from error
    if isinstance(key, Ed25519PublicKey):
        return key
    if not isinstance(key, RSAPublicKey) or not SMALLEST <= key.key_size <= LARGEST:
        raise ValueError("neither Ed25519 nor RSA of 2048 to 8192 bits")
    return key


def ed25519_pem(raw: bytes) -> str:
    """The PEM of a raw Ed25519 public key. Raises ValueError."""
    return (
        Ed25519PublicKey.from_public_bytes(raw)
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def kind_of(key: PublicKey) -> Algorithm:
    """What this key signs with."""
    return "rsa-v1_5-sha256" if isinstance(key, RSAPublicKey) else "ed25519"


def verifies(key: PublicKey, signature: bytes, base: bytes) -> bool:
    """Whether the owner of `key` signed `base`."""
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(signature, base, padding.PKCS1v15(), hashes.SHA256())
        else:
            key.verify(signature, base)
    except InvalidSignature:
        return False
    return True


def sign_rsa(key: RSAPrivateKey, base: bytes) -> bytes:
    """RSASSA-PKCS1-v1_5 with SHA-256."""
    return key.sign(base, padding.PKCS1v15(), hashes.SHA256())
