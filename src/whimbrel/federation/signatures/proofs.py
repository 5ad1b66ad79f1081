"""Proofs inside of documents: who said something, whoever passes it on. Pure.

Source: FEP-8b32; W3C Data Integrity EdDSA Cryptosuites 1.0, `eddsa-jcs-2022`"""

from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..multikey import base58, unbase58
from .canonical import canonical
from .crypto import verifies
from .message import BadSignature
from .window import MARGIN

SUITE = "eddsa-jcs-2022"
LONGEST = 100  # letters of a signature; it has 88

_LEFT_OUT = ("proof", "signature")


class Proof(NamedTuple):
    """What a document claims: by which key, and what that has to have signed."""

    key_id: str
    signature: bytes
    base: bytes


def add(
    document: dict[str, Any], key: Ed25519PrivateKey, key_id: str, created: str
) -> dict[str, Any]:
    """A document with a proof in it."""
    proof = {
        "@context": document["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": created,
        "proofPurpose": "assertionMethod",
        "verificationMethod": key_id,
    }
    signed = key.sign(_base(document, proof))
    return {**document, "proof": {**proof, "proofValue": "z" + base58(signed)}}


def read(document: dict[str, Any], now: float) -> Proof:
    """The proof in a document, exactly as it was parsed.

    Args:
        now: seconds.
    Raises:
        BadSignature: none, several, or one of another kind, of the future, or over.
    """
    proof = document.get("proof")
    if isinstance(proof, list) and len(proof) == 1:
        proof = proof[0]
    if not isinstance(proof, dict):
        raise BadSignature("There is no proof in it.")
    kind = (proof.get("type"), proof.get("cryptosuite"), proof.get("proofPurpose"))
    if kind != ("DataIntegrityProof", SUITE, "assertionMethod"):
        raise BadSignature("There is no proof in it that we know.")
    if "@context" in proof and proof["@context"] != document.get("@context"):
        raise BadSignature("That proof is of another document.")
    key_id, value = proof.get("verificationMethod"), proof.get("proofValue")
    if not isinstance(key_id, str) or not isinstance(value, str):
        raise BadSignature("That proof proves nothing.")
    if not _at(proof.get("created")) < now + MARGIN:
        raise BadSignature("That proof is of the future.")
    if "expires" in proof and not _at(proof["expires"]) > now:
        raise BadSignature("That proof is over.")
    try:
        if not value.startswith("z") or len(value) > LONGEST:
            raise ValueError("not base58btc")
        rest = {name: each for name, each in proof.items() if name != "proofValue"}
        return Proof(key_id, unbase58(value[1:]), _base(document, rest))
    except ValueError as error:
        raise BadSignature("That proof proves nothing.") from error


def holds(proof: Proof, key: Any) -> bool:
    """Whether the owner of this key (Ed25519) signed it."""
    return not hasattr(key, "key_size") and verifies(key, proof.signature, proof.base)


def _base(document: dict[str, Any], proof: dict[str, Any]) -> bytes:
    said = {name: each for name, each in document.items() if name not in _LEFT_OUT}
    return sha256(canonical(proof)).digest() + sha256(canonical(said)).digest()


def _at(value: Any) -> float:
    """Seconds. Raises BadSignature."""
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is None:
            raise ValueError("no zone")
        return found.timestamp()
    except (TypeError, ValueError, OverflowError) as error:
        raise BadSignature("That proof has no time.") from error
