"""The new way: RFC 9421, narrowed to what a federated request must say.

Source: RFC 9421; Mastodon docs, Security"""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, NamedTuple

import http_sf

from . import digests, window
from .crypto import PrivateKeys, sign_rsa
from .message import Algorithm, BadSignature, Claim, Request

LONGEST = 4096  # characters of a header
MOST = 32  # components

_ALGORITHMS: dict[str | None, Algorithm | None] = {
    None: None,
    "rsa-v1_5-sha256": "rsa-v1_5-sha256",
    "ed25519": "ed25519",
}
_LABEL = "sig1"
_ALGORITHM = "rsa-v1_5-sha256"  # of what we sign
_FLAGS = {"created", "keyid", "alg"}  # asked for as such, these are there anyway


class Wish(NamedTuple):
    """What a server asks for beside what we sign anyway."""

    label: str
    covered: tuple[str, ...]
    said: dict[str, str]  # nonce and tag, to be said again


def wished(answer: Mapping[str, str], request: Request) -> Wish | None:
    """How the answer to a request asks it to be signed; None: not at all, or as we cannot.

    Args:
        answer: its headers, by lower-case name.
        request: what was sent, with all its headers but the signature's.
    Source: RFC 9421, section 5
    """
    try:
        label, covered, said = _input(answer.get("accept-signature", ""))
        there = {"content-digest"} if request.has_body else set()
        base(request, [name for name in covered if name not in there], "")
    except BadSignature:
        return None
    given = {name: said[name] for name in ("nonce", "tag") if type(said.get(name)) is str}
    for name, value in said.items():
        if name not in given and not (name in _FLAGS and value in (True, _ALGORITHM)):
            return None
    if len(covered) > MOST or len(set(covered)) < len(covered):
        return None
    return Wish(label, tuple(covered), given)


def sign(
    request: Request, keys: PrivateKeys, key_id: str, now: float, wish: Wish | None = None
) -> dict[str, str]:
    """The headers that make a signed request of one: Content-Digest, Signature-Input, Signature.

    Args:
        request: what it has of headers already is kept.
        key_id: an address of ours, so without quotes.
        wish: what its server asked for.
    """
    headers = dict(request.headers)
    covered = ["@method", "@target-uri"]
    if request.has_body:
        headers["content-digest"] = digests.write_new(request.body)
        covered.append("content-digest")
    label = _LABEL
    if wish is None:
        # As `_written` would, which takes longer than all the rest but the signature itself.
        names = " ".join(f'"{name}"' for name in covered)
        written = f'({names});created={int(now)};keyid="{key_id}";alg="{_ALGORITHM}"'
    else:
        label = wish.label
        covered += [name for name in wish.covered if name not in covered]
        said = {"created": int(now), "keyid": key_id, "alg": _ALGORITHM, **wish.said}
        written = _written(covered, said)
    made = base(request._replace(headers=headers), covered, written)
    signature = b64encode(sign_rsa(keys.rsa, made)).decode()
    headers["signature-input"] = f"{label}={written}"
    headers["signature"] = f"{label}=:{signature}:"
    return headers


def read(request: Request, now: float) -> Claim:
    """What `Signature-Input` and `Signature` claim.

    Raises:
        BadSignature: it cannot be read, covers too little, is too old, or its digest is wrong.
    """
    label, covered, said = _input(request.headers["signature-input"])
    signature = _signature(request.headers.get("signature", ""), label)
    _check_covered(request, covered)
    made = _moment(said.get("created"))
    expires = _moment(said["expires"]) if "expires" in said else None
    key_id, algorithm = said.get("keyid"), said.get("alg")
    if not isinstance(key_id, str) or not key_id:
        raise BadSignature("The signature does not name its key.")
    if not (algorithm is None or type(algorithm) is str) or algorithm not in _ALGORITHMS:
        raise BadSignature("This server does not take that algorithm.")
    window.check(made, expires, now)
    if request.has_body:
        digest = request.headers.get("content-digest")
        if digest is None:
            raise BadSignature("The signature covers a digest that is not there.")
        digests.check_new(digest, request.body)
    said_again = _written(covered, said)
    return Claim(
        key_id, (base(request, covered, said_again),), signature, _ALGORITHMS[algorithm], made
    )


def base(request: Request, covered: list[str], written: str) -> bytes:
    """The signature base: each component on a line, and the parameters on the last.

    Args:
        written: the inner list of Signature-Input, serialized.
    Raises:
        BadSignature: it covers what is not there.
    """
    lines = [f'"{name}": {_value(request, name)}' for name in covered]
    lines.append(f'"@signature-params": {written}')
    return "\n".join(lines).encode("latin-1", "replace")


def _input(header: str) -> tuple[str, list[str], dict[str, Any]]:
    """Label, components and parameters of the only signature."""
    found = _dictionary(header)
    if len(found) != 1:
        raise BadSignature("This server takes exactly one signature.")
    ((label, member),) = found.items()
    if not isinstance(member, tuple) or not isinstance(member[0], list):
        raise BadSignature("The signature does not say what it covers.")
    covered: list[str] = []
    for item in member[0]:
        name, parameters = item if isinstance(item, tuple) else (item, {})
        if not isinstance(name, str) or type(name) is not str or parameters:
            raise BadSignature("This server takes no components with parameters.")
        covered.append(name)
    return label, covered, dict(member[1])


def _signature(header: str, label: str) -> bytes:
    found = _dictionary(header)
    member = found.get(label)
    if len(found) != 1 or not isinstance(member, tuple) or not isinstance(member[0], bytes):
        raise BadSignature("The signature is not there.")
    if not member[0]:
        raise BadSignature("The signature is empty.")
    return member[0]


def _dictionary(header: str) -> dict[str, Any]:
    twice: list[str] = []
    try:
        if len(header) > LONGEST or not header.isascii():
            raise BadSignature("The signature is too long.")
        found = http_sf.parse(
            header.encode(), tltype="dictionary", on_duplicate_key=lambda key, _: twice.append(key)
        )
    except (http_sf.StructuredFieldError, ValueError, RecursionError) as error:
        raise BadSignature("The signature cannot be read.") from error
    if twice or not isinstance(found, dict):
        raise BadSignature("The signature says something twice.")
    return found


def _check_covered(request: Request, covered: list[str]) -> None:
    names = set(covered)
    if len(covered) > MOST or len(names) < len(covered):
        raise BadSignature("The signature covers something twice, or too much.")
    needed = {"@method", "@target-uri"} | ({"content-digest"} if request.has_body else set())
    if not needed <= names:
        raise BadSignature(f"The signature does not cover {', '.join(sorted(needed - names))}.")


def _value(request: Request, name: str) -> str:
    """A component. What names us comes from the settings, not from the request."""
    path, _, query = request.target.partition("?")
    match name:
        case "@method":
            return request.method
        case "@target-uri":
            return request.origin + request.target
        case "@authority" | "host":
            return request.authority
        case "@scheme":
            return request.origin.partition(":")[0]
        case "@request-target":
            return request.target
        case "@path":
            return path
        case "@query":
            return f"?{query}"
    if name.startswith("@") or name != name.lower() or name not in request.headers:
        raise BadSignature("The signature covers what is not there.")
    return request.headers[name].strip()


def _written(covered: list[str], said: dict[str, Any]) -> str:
    """The inner list, serialized as the RFC does."""
    try:
        inner: Any = ([(name, {}) for name in covered], said)
        whole = http_sf.ser({"x": inner})
    except (ValueError, TypeError) as error:
        raise BadSignature("The signature cannot be read.") from error
    return whole.removeprefix("x=")


def _moment(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 40:
        raise BadSignature("The signature does not say when it was made.")
    return value
