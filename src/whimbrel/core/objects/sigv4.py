"""Signing requests to S3: AWS Signature Version 4, with the signature in the headers.

Source: AWS General Reference, "Create a signed AWS API request"."""

import hmac
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote

EMPTY = sha256(b"").hexdigest()  # payload hash of a request without a body


class Credentials(NamedTuple):
    """Who signs, and for which region."""

    key: str
    secret: str
    region: str


def query_string(query: Mapping[str, str]) -> str:
    """Sorted and percent-encoded as the signature demands; send exactly this."""
    pairs = sorted((_encode(name), _encode(value)) for name, value in query.items())
    return "&".join(f"{name}={value}" for name, value in pairs)


def sign(
    who: Credentials,
    now: datetime,
    method: str,
    host: str,
    path: str,
    query: str = "",
    payload: str = EMPTY,
    headers: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """All headers of a signed request.

    Args:
        now: UTC. Stores refuse a clock that is 15 minutes off.
        host: as sent, with the port when it is not the scheme's own.
        path: percent-encoded, beginning with a slash.
        query: from `query_string`.
        payload: SHA-256 of the body in hexadecimal.
        headers: further ones to send and sign; names in lower case.
    """
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{who.region}/s3/aws4_request"
    sent = {**(headers or {}), "host": host, "x-amz-content-sha256": payload, "x-amz-date": stamp}
    names = ";".join(sorted(sent))
    lines = "".join(f"{name}:{sent[name].strip()}\n" for name in sorted(sent))
    request = "\n".join((method, path, query, lines, names, payload))
    digest = sha256(request.encode()).hexdigest()
    text = "\n".join(("AWS4-HMAC-SHA256", stamp, scope, digest))
    key = f"AWS4{who.secret}".encode()
    for part in (stamp[:8], who.region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    sent["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={who.key}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    return sent


def _encode(text: str) -> str:
    return quote(text, safe="-_.~")
