"""A request as signatures see it, and what one claims."""

from collections.abc import Mapping
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from whimbrel.core.errors import Unauthorized

Algorithm = Literal["rsa-v1_5-sha256", "ed25519"]


class BadSignature(Unauthorized):
    """The signature of this request is missing or does not hold."""

    challenge = 'sig1=("@method" "@target-uri");created;keyid'


class Request(NamedTuple):
    """What was received, or is about to be sent."""

    method: str  # upper case
    origin: str  # scheme and host where it is served: from the settings, never from the request
    target: str  # path and query, as they are on the wire
    headers: Mapping[str, str]  # by lower-case name; several of a name are joined by ", "
    body: bytes = b""

    @property
    def has_body(self) -> bool:
        """Whether a digest of the body has to be signed."""
        return self.method not in ("GET", "HEAD")

    @property
    def authority(self) -> str:
        """Host, and the port where it is not the usual one."""
        return urlsplit(self.origin).netloc.lower()


class Claim(NamedTuple):
    """A signature that could be right, if the key says so."""

    key_id: str
    bases: tuple[bytes, ...]  # what was signed: one of these
    signature: bytes
    algorithm: Algorithm | None  # None = whatever the key is for
    made: int  # seconds since 1970


def request_to(
    method: str, url: str, body: bytes = b"", headers: Mapping[str, str] = {}
) -> Request:
    """A request about to be sent to `url`."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Request(method, f"{parts.scheme}://{parts.netloc}", target, headers, body)
