"""A Merkle tree over a list of commitments, and signed heads of it: what lets a stranger who kept
one line from last week find that a row of the log was changed, removed or put elsewhere.

Source: RFC 6962, section 2.1; the signed note is that of https://c2sp.org/tlog-checkpoint"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"


def leaf_hash(data: bytes) -> bytes:
    """A leaf."""
    return sha256(b"\x00" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The head of a tree of these leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    level = list(leaves)
    # Level by level: the odd one out moves up as it is, which is the same tree as the RFC's.
    while len(level) > 1:
        pairs = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = [*pairs, level[-1]] if len(level) % 2 else pairs
    return level[0]


def path_of(leaves: Sequence[bytes], at: int) -> list[bytes]:
    """What proves that leaf `at` is in the tree: the hashes beside its way up."""
    if len(leaves) <= 1:
        return []
    half = _split(len(leaves))
    if at < half:
        return [*path_of(leaves[:half], at), root_of(leaves[half:])]
    return [*path_of(leaves[half:], at - half), root_of(leaves[:half])]


def root_from(leaf: bytes, at: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The head that a path leads to; None where it is none of such a tree.

    Source: RFC 9162, section 2.1.3.2
    """
    if not 0 <= at < size:
        return None
    way, last, head = at, size - 1, leaf
    for beside in path:
        if last == 0:
            return None
        if way & 1 or way == last:
            head = _node(beside, head)
            while not way & 1 and way:
                way, last = way >> 1, last >> 1
        else:
            head = _node(head, beside)
        way, last = way >> 1, last >> 1
    return head if last == 0 else None


# --- signed heads ---------------------------------------------------------------------------------


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """The public half."""
    return key.public_key().public_bytes_raw()


def _key_id(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def verifier(name: str, public: bytes) -> str:
    """The public key as one line, to be kept beside old heads."""
    return f"{name}+{_key_id(name, public).hex()}+{b64encode(_ED25519 + public).decode()}"


def sign(name: str, size: int, root: bytes, key: Ed25519PrivateKey) -> str:
    """A head of the tree of `size` leaves, signed in the name of a log."""
    body = f"{name}\n{size}\n{b64encode(root).decode()}\n"
    signature = _key_id(name, public_bytes(key)) + key.sign(body.encode())
    return f"{body}\n— {name} {b64encode(signature).decode()}\n"


def read(note: str, public: bytes) -> tuple[str, int, bytes]:
    """(name, size, root) of a signed head.

    Raises:
        ValueError: it is none, or not signed with this key.
    """
    try:
        body, _, signed = note.partition("\n\n")
        name, size, root = body.split("\n")
        signature = b64decode(signed.strip().removeprefix(f"— {name} "), validate=True)
        if signature[:4] != _key_id(name, public):
            raise ValueError("signed with another key")
        Ed25519PublicKey.from_public_bytes(public).verify(signature[4:], f"{body}\n".encode())
        return name, int(size), b64decode(root, validate=True)
    except (ValueError, InvalidSignature) as error:
        raise ValueError(f"no checkpoint signed with this key: {error}") from None
