"""The old way, which everybody speaks: draft-cavage-http-signatures-12, as Mastodon uses it.

Source: draft-cavage-http-signatures-12; Mastodon docs, Security"""

import re
from base64 import b64decode, b64encode
from typing import Any

from . import digests, window
from .crypto import PrivateKeys, sign_rsa
from .message import Algorithm, BadSignature, Claim, Request

LONGEST = 4096  # characters of the header
MOST = 32  # names in the list of what is covered

_ALGORITHMS: dict[str, Algorithm | None] = {
    "": None,
    "hs2019": None,
    "rsa-sha256": "rsa-v1_5-sha256",
}
_PARAMETER = re.compile(r'\s*([A-Za-z][A-Za-z0-9]{0,31})=(?:"([^"]*)"|([0-9]{1,12}))\s*(?:,|$)')
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+|\((?:request-target|created|expires)\)")


def sign(request: Request, keys: PrivateKeys, key_id: str, now: float) -> dict[str, str]:
    """The headers that make a signed request of one: Host, Date, Digest, Signature.

    Args:
        request: its Content-Type among the headers, where there is a body.
    """
    headers = {**request.headers, "host": request.authority, "date": window.write_date(now)}
    covered = ["(request-target)", "host", "date"]
    if request.has_body:
        headers["digest"] = digests.write_old(request.body)
        covered += ["digest", *(["content-type"] if "content-type" in headers else [])]
    base = _base(request._replace(headers=headers), covered, {}, request.target)
    signature = b64encode(sign_rsa(keys.rsa, base)).decode()
    headers["signature"] = (
        f'keyId="{key_id}",algorithm="rsa-sha256",headers="{" ".join(covered)}",'
        f'signature="{signature}"'
    )
    return headers


def read(request: Request, now: float) -> Claim:
    """What the `Signature` of a request claims.

    Raises:
        BadSignature: it cannot be read, covers too little, is too old, or its digest is wrong.
    """
    given = _parameters(request.headers["signature"])
    algorithm = given.get("algorithm", "").lower()
    if algorithm not in _ALGORITHMS:
        raise BadSignature("This server does not take that algorithm.")
    key_id, text = given.get("keyId", ""), given.get("signature", "")
    covered = given.get("headers", "(created)").split(" ")
    _check_covered(request, covered, algorithm)
    made, expires = _times(request, covered, given)
    window.check(made, expires, now)
    if request.has_body:
        digests.check_old(request.headers["digest"], request.body)
    try:
        signature = b64decode(text, validate=True)
    except ValueError as error:
        raise BadSignature("The signature cannot be read.") from error
    if not key_id or not signature:
        raise BadSignature("The signature lacks its key or itself.")
    path, query, _ = request.target.partition("?")
    # Peers differ on whether the query belongs to the target. What changes something has none.
    targets = [request.target, path] if query and not request.has_body else [request.target]
    bases = tuple(_base(request, covered, given, target) for target in targets)
    return Claim(key_id, bases, signature, _ALGORITHMS[algorithm], made)


def _parameters(header: str) -> dict[str, str]:
    if len(header) > LONGEST:
        raise BadSignature("The signature is too long.")
    found: dict[str, str] = {}
    at = 0
    while at < len(header):
        match = _PARAMETER.match(header, at)
        if match is None or match[1] in found:
            raise BadSignature("The signature cannot be read.")
        found[match[1]] = match[3] if match[2] is None else match[2]
        at = match.end()
    return found


def _check_covered(request: Request, covered: list[str], algorithm: str) -> None:
    """That enough is signed, and nothing that cannot be."""
    names = set(covered)
    if len(covered) > MOST or len(names) < len(covered):
        raise BadSignature("The signature covers something twice, or too much.")
    if not all(_NAME.fullmatch(name) for name in covered):
        raise BadSignature("The signature covers what is no header.")
    if names & {"(created)", "(expires)"} and algorithm != "hs2019":
        raise BadSignature("(created) and (expires) belong to hs2019.")
    if not names & {"date", "(created)"}:
        raise BadSignature("The signature does not cover when it was made.")
    needed = {"host", "(request-target)"} | ({"digest"} if request.has_body else set())
    if not needed <= names:
        raise BadSignature(f"The signature does not cover {', '.join(sorted(needed - names))}.")
    for name in names - {"host"}:
        if name[0] != "(" and name not in request.headers:
            raise BadSignature("The signature covers a header that is not there.")


def _times(request: Request, covered: list[str], given: dict[str, Any]) -> tuple[int, int | None]:
    """When it was made and when it ends, as far as that is signed."""
    try:
        expires = int(given["expires"]) if "(expires)" in covered else None
        if "(created)" in covered:
            return int(given["created"]), expires
    except (KeyError, ValueError) as error:
        raise BadSignature("The signature does not say when it was made.") from error
    return window.read_date(request.headers["date"]), expires


def _base(request: Request, covered: list[str], given: dict[str, str], target: str) -> bytes:
    """What is signed. The host is ours, whatever the request says: a signature made for another
    server is none here."""
    lines = []
    for name in covered:
        if name == "(request-target)":
            lines.append(f"{name}: {request.method.lower()} {target}")
        elif name == "host":
            lines.append(f"host: {request.authority}")
        elif name[0] == "(":
            lines.append(f"{name}: {given.get(name[1:-1], '')}")
        else:
            lines.append(f"{name}: {request.headers[name].strip()}")
    return "\n".join(lines).encode("latin-1", "replace")
