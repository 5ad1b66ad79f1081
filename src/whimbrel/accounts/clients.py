"""Apps: how they register, where they may be answered, and how they prove who they are."""

import hmac
from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import SplitResult, unquote_plus, urlsplit

from whimbrel.core.errors import Invalid, WhimbrelError
from whimbrel.core.ids import new_id, token
from whimbrel.core.tx import Tx

from . import tokens
from .events import AppLapses
from .queries import oauth as stored
from .queries.oauth import App

OOB = "urn:ietf:wg:oauth:2.0:oob"  # the code is shown on a page, for an app without an address
UNUSED_STAYS = timedelta(days=1)
NAME_CHARS, URI_CHARS, URIS_CHARS = 200, 2000, 8000
# Schemes that a browser would run or read itself; everything else belongs to some app.
_NEVER = {"javascript", "data", "vbscript", "file", "blob", "about", "view-source", "filesystem"}


class OAuthError(WhimbrelError):
    """A refusal in the words of RFC 6749: a code, and a sentence in `error_description`."""

    code = "oauth"

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.error_description = description
        self.status = status


class Credentials(NamedTuple):
    """What an app sent to prove who it is."""

    client_id: str
    secret: str | None


def register(
    tx: Tx, name: str, redirects: Sequence[str], scopes: str = "", website: str = ""
) -> tuple[App, str]:
    """Register an app. It goes again when nobody has signed in with it after a day.

    Args:
        redirects: where its people may be sent back to.
        scopes: all it will ever ask for; "" = read.
    Returns:
        The app, and its secret, which is not stored.
    Raises:
        Invalid: no name, an unusable address, an unknown scope.
    Emits: AppLapses
    """
    name, website = name.strip(), website.strip()
    if not name or len(name) > NAME_CHARS:
        raise Invalid("Validation failed: the app needs a name of at most 200 characters.")
    uris = [uri.strip() for uri in redirects if uri.strip()]
    if not uris or len("\n".join(uris)) > URIS_CHARS or not all(map(_usable, uris)):
        raise Invalid("Validation failed: redirect_uris must be absolute, safe addresses.")
    if website and not _is_web(website):
        raise Invalid("Validation failed: the website must be an http or https address.")
    secret = token()
    app = App(
        id=new_id(tx.now),
        name=name,
        website=website or None,
        redirects="\n".join(uris),
        scopes=tokens.scopes_of(scopes or "read"),
        client_id=token(),
        secret=sha256(secret.encode()).digest(),
    )
    stored.add_app(tx, app)
    tx.emit(AppLapses(app=app.id), due=tx.now + UNUSED_STAYS)
    return app, secret


def drop_unused(tx: Tx, event: AppLapses) -> None:
    """Handler: an app with which nobody has signed in goes."""
    stored.drop_unused_app(tx, event.app)


def credentials_of(params: Mapping[str, Any], authorization: bytes | None) -> Credentials:
    """Who an app says it is, in the body or as Basic authorization (RFC 6749, 2.3.1)."""
    if authorization is not None and authorization[:6].lower() == b"basic ":
        try:
            text = b64decode(authorization[6:].strip(), validate=True).decode()
        except ValueError:
            return Credentials("", "")
        client_id, _, secret = text.partition(":")
        return Credentials(unquote_plus(client_id), unquote_plus(secret))
    sent = params.get("client_secret")
    return Credentials(str(params.get("client_id", "")), None if sent is None else str(sent))


def authenticate(tx: Tx, credentials: Credentials, *, secretless: bool = False) -> App:
    """The app that these credentials are of.

    Args:
        secretless: true lets an app without secret through: the caller checks a PKCE verifier.
    Raises:
        OAuthError: invalid_client.
    """
    app = stored.app_by_client_id(tx, credentials.client_id)
    given = sha256((credentials.secret or "").encode()).digest()
    right = app is not None and hmac.compare_digest(app.secret, given)
    if app is None or not (right or (secretless and credentials.secret is None)):
        raise OAuthError("invalid_client", "Client authentication failed.", 401)
    return app


def accepts(app: App, redirect: str) -> bool:
    """Whether `redirect` is one of the app's addresses, to the letter.

    On the app's own machine the port is free: it listens on whatever is (RFC 8252, 7.3)."""
    known = app.redirects.split("\n")
    if redirect in known:
        return True
    parts = _split(redirect)
    if parts is None or parts.scheme != "http" or not _is_loopback(parts):
        return False
    without_port = _portless(parts)
    return any(
        each.scheme == "http" and _is_loopback(each) and _portless(each) == without_port
        for each in map(_split, known)
        if each is not None
    )


def _usable(uri: str) -> bool:
    """Whether people may be sent there at all."""
    if uri == OOB:
        return True
    parts = _split(uri)
    printable = uri.isascii() and uri.isprintable() and " " not in uri and "\\" not in uri
    if parts is None or not parts.scheme or len(uri) > URI_CHARS or not printable:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname) and not parts.fragment and parts.username is None
    if parts.scheme == "http":
        return _is_loopback(parts) or (parts.hostname or "").endswith(".onion")
    return parts.scheme not in _NEVER and not parts.fragment


def _is_web(uri: str) -> bool:
    parts = _split(uri)
    return bool(
        parts and parts.scheme in ("http", "https") and parts.hostname and len(uri) <= URI_CHARS
    )


def _split(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _portless(parts: SplitResult) -> tuple[str | None, str, str, str]:
    return parts.hostname, parts.path, parts.query, parts.fragment


def _is_loopback(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return parts.username is None
    try:
        return ip_address(host).is_loopback and parts.username is None
    except ValueError:
        return False
