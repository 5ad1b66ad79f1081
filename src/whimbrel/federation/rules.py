"""Values of this room, and what is decided without asking anybody."""

import msgspec

SERVER = 0  # whose keys the server's own are, where accounts have their ids


class Public(msgspec.Struct, frozen=True):
    """What others verify with."""

    rsa: str  # PEM of SubjectPublicKeyInfo
    ed25519: str  # Multikey: `z` and base58btc


class Private(msgspec.Struct, frozen=True):
    """What is signed with."""

    rsa: bytes  # PKCS#8, DER
    ed25519: bytes  # 32 bytes


class Pair(msgspec.Struct, frozen=True):
    """Both halves of the keys of one actor."""

    public: Public
    private: Private
