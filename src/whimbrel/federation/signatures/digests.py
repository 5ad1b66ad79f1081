"""The digest of a body, in the old header and the new one."""

import hmac
from base64 import b64decode, b64encode
from functools import lru_cache
from hashlib import sha256

import http_sf

from .message import BadSignature


@lru_cache(maxsize=16)  # the same goes to many servers
def write_old(body: bytes) -> str:
    """The value of `Digest`."""
    return f"SHA-256={b64encode(sha256(body).digest()).decode()}"


@lru_cache(maxsize=16)
def write_new(body: bytes) -> str:
    """The value of `Content-Digest` (RFC 9530)."""
    return f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"


def check_old(value: str, body: bytes) -> None:
    """Refuse a body that is not the one in `Digest`, or a header without SHA-256.

    Raises:
        BadSignature: it is not.
    """
    named = [part.strip().partition("=") for part in value.split(",")]
    found = [text for name, _, text in named if name.lower() == "sha-256"]
    if len(found) != 1:
        raise BadSignature("The digest of this request is not SHA-256.")
    try:
        given = b64decode(found[0], validate=True)
    except ValueError as error:
        raise BadSignature("The digest of this request cannot be read.") from error
    _compare(given, body)


def check_new(value: str, body: bytes) -> None:
    """As `check_old`, of `Content-Digest`."""
    try:
        found = http_sf.parse(value.encode("latin-1", "replace"), tltype="dictionary")
    except (http_sf.StructuredFieldError, ValueError) as error:
        raise BadSignature("The digest of this request cannot be read.") from error
    member = found.get("sha-256") if isinstance(found, dict) else None
    if not isinstance(member, tuple) or not isinstance(member[0], bytes):
        raise BadSignature("The digest of this request is not SHA-256.")
    _compare(member[0], body)


def _compare(given: bytes, body: bytes) -> None:
    if not hmac.compare_digest(given, sha256(body).digest()):
        raise BadSignature("The digest of this request is not that of its body.")
