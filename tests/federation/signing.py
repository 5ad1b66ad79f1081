"""Keys and requests to sign, made once: an RSA key takes 30 ms."""

from functools import cache

from whimbrel.federation.pairs import make
from whimbrel.federation.rules import Pair
from whimbrel.federation.signatures import (
    PrivateKeys,
    PublicKey,
    Request,
    public_key,
    sign_draft,
    sign_rfc9421,
)

ORIGIN = "https://social.example"
NOW = 1_795_000_000.0  # seconds
KEY_ID = "https://far.example/users/eve#main-key"
BODY = b'{"type":"Create"}'
STYLES = {"draft": sign_draft, "rfc9421": sign_rfc9421}


@cache
def pair() -> Pair:
    """The keys of Eve, who lives elsewhere."""
    return make()


@cache
def private() -> PrivateKeys:
    return PrivateKeys.open(pair().private.rsa, pair().private.ed25519)


def public() -> PublicKey:
    return public_key(pair().public.rsa)


def signed(
    style: str,
    method: str = "POST",
    target: str = "/inbox",
    body: bytes = BODY,
    now: float = NOW,
) -> Request:
    """A request as it arrives here."""
    content = {"content-type": "application/activity+json"} if method == "POST" else {}
    request = Request(method, ORIGIN, target, content, body if method == "POST" else b"")
    return request._replace(headers=STYLES[style](request, private(), KEY_ID, now))


def without(request: Request, *names: str, **changes: str) -> Request:
    """The same with headers taken out or changed (`_` in a name stands for `-`)."""
    kept = {name: value for name, value in request.headers.items() if name not in names}
    new = {name.replace("_", "-"): value for name, value in changes.items()}
    return request._replace(headers={**kept, **new})
