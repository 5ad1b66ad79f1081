"""OAuth 2 as apps of this field use it: a person grants, a code becomes a token, a token ends.

The pages on which somebody grants are `web`; apps themselves are `clients`.

Source: RFC 6749, 7636 (S256 only), 8252, 9700; Mastodon's OAuth documentation."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import msgspec

from whimbrel.core.errors import Invalid
from whimbrel.core.ids import token
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from . import clients, tokens
from .clients import OOB, Credentials, OAuthError
from .queries import doors
from .queries import oauth as stored
from .queries.oauth import App, Code
from .rules import SCOPES, Viewer, covers

MINUTE = 60_000  # ms
CODE_LASTS = 1 * MINUTE
SHOWN_CODE_LASTS = 10 * MINUTE  # somebody has to copy it by hand


class AuthorizeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What an app asks a person for; everything in it is checked."""

    app: int
    name: str
    website: str | None
    client_id: str
    redirect: str
    scopes: str
    state: str | None
    challenge: str | None
    force_login: bool

    @property
    def shown(self) -> bool:
        """Whether the code is shown on a page instead of being sent to the app."""
        return self.redirect == OOB


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of the token endpoint."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 (RFC 6750's word)
    scope: str
    created_at: int  # seconds since 1970


def request_of(tx: Tx, params: Mapping[str, Any]) -> AuthorizeRequest:
    """The request an app sends a person with.

    Raises:
        Invalid: an unknown app, another redirect than it registered, or nonsense. Nobody may be
            sent anywhere then: show it.
    """
    app = stored.app_by_client_id(tx, _text(params, "client_id"))
    if app is None:
        raise Invalid(say("No such app is known here. Go back to the app and connect it again."))
    redirect = _text(params, "redirect_uri")
    if not clients.accepts(app, redirect):
        raise Invalid(say("The app wants to be answered at an address that it has not registered."))
    if _text(params, "response_type") != "code":
        raise Invalid(say("Only the response type code is known here."))
    challenge = _text(params, "code_challenge")
    method = _text(params, "code_challenge_method") or "plain"
    if challenge and (method != "S256" or len(challenge) != 43):
        raise Invalid(say("Only the code challenge method S256 is known here."))
    if not challenge and _text(params, "code_challenge_method"):
        raise Invalid(say("The code challenge is missing."))
    return AuthorizeRequest(
        app=app.id,
        name=app.name,
        website=app.website,
        client_id=app.client_id,
        redirect=redirect,
        scopes=_within(app, _text(params, "scope")),
        state=_text(params, "state") or None,
        challenge=challenge or None,
        force_login=_text(params, "force_login").lower() in ("true", "1"),
    )


def _text(params: Mapping[str, Any], name: str) -> str:
    value = params.get(name, "")
    return value[:2000] if isinstance(value, str) else "true" if value is True else ""


def _within(app: App, asked: str) -> str:
    """The scopes asked for ("" = read). Raises Invalid: more than the app registered."""
    scopes = tokens.scopes_of(asked or "read")
    registered = frozenset(app.scopes.split())
    if not all(covers(registered, scope) for scope in scopes.split()):
        raise Invalid(say("The app asks for more than it has registered."))
    return scopes


def grant(tx: Tx, viewer: Viewer, request: AuthorizeRequest) -> str:
    """The viewer says yes.

    Returns:
        The code, good once: for a minute, or ten where it is copied by hand.
    """
    code = token()
    until = tx.ms + (SHOWN_CODE_LASTS if request.shown else CODE_LASTS)
    row = Code(
        request.app, viewer.id, request.redirect, request.scopes, request.challenge, until, None
    )
    stored.add_code(tx, sha256(code.encode()).digest(), row)
    return code


def answer(request: AuthorizeRequest, **said: str) -> str:
    """Where the person goes next: `answer(request, code=code)` or
    `answer(request, error="access_denied")`. Not for requests whose code is `shown`."""
    if request.state is not None:
        said["state"] = request.state
    return f"{request.redirect}{'&' if '?' in request.redirect else '?'}{urlencode(said)}"


def exchange(tx: Tx, credentials: Credentials, params: Mapping[str, Any]) -> Granted | OAuthError:
    """The token endpoint.

    Returns:
        The token; or the refusal where something must be stored all the same (a code that is used
        twice ends the token it gave). The caller raises it after the commit.
    Raises:
        OAuthError: in the words of RFC 6749, 5.2.
    Emits: AccessRevoked, where a code is used twice
    """
    kind = _text(params, "grant_type")
    if kind == "client_credentials":
        return _client_credentials(tx, credentials, params)
    if kind == "authorization_code":
        return _authorization_code(tx, credentials, params)
    raise OAuthError("unsupported_grant_type", "This kind of grant is not offered here.")


def _client_credentials(
    tx: Tx, credentials: Credentials, params: Mapping[str, Any]
) -> Granted | OAuthError:
    app = clients.authenticate(tx, credentials)
    try:
        scopes = _within(app, _text(params, "scope"))
    except Invalid as wrong:
        raise OAuthError("invalid_scope", str(wrong)) from None
    secret = tokens.issue(tx, None, scopes, app.id)
    return Granted(access_token=secret, scope=scopes, created_at=tx.ms // 1000)


def _authorization_code(
    tx: Tx, credentials: Credentials, params: Mapping[str, Any]
) -> Granted | OAuthError:
    hash_ = sha256(_text(params, "code").encode()).digest()
    code = stored.code_by_hash(tx, hash_)
    app = clients.authenticate(tx, credentials, secretless=bool(code and code.challenge))
    refusal = OAuthError("invalid_grant", "The code is unknown, used, too old or another app's.")
    if code is None or code.app != app.id:
        raise refusal
    if code.token is not None:
        tokens.end(tx, code.token, code.account)
        return refusal
    verifier = _text(params, "code_verifier")
    if code.challenge is not None and not _proves(verifier, code.challenge):
        raise OAuthError("invalid_grant", "The code verifier does not fit the challenge.")
    if code.until <= tx.ms or code.redirect != _text(params, "redirect_uri"):
        raise refusal
    secret, id_ = tokens.issue_with_id(tx, code.account, code.scopes, app.id)
    if not stored.use_code(tx, hash_, id_):
        raise refusal
    return Granted(access_token=secret, scope=code.scopes, created_at=tx.ms // 1000)


def _proves(verifier: str, challenge: str) -> bool:
    digest = sha256(verifier.encode()).digest()
    found = urlsafe_b64encode(digest).rstrip(b"=")
    return 43 <= len(verifier) <= 128 and hmac.compare_digest(found, challenge.encode())


def revoke(tx: Tx, credentials: Credentials, params: Mapping[str, Any]) -> None:
    """End a token an app holds. An unknown one is ended already.

    Raises:
        OAuthError: another app's token, or nobody knows who asks.
    Emits: AccessRevoked
    """
    refusal = OAuthError("unauthorized_client", "You are not authorized to revoke this token", 403)
    try:
        app = clients.authenticate(tx, credentials)
    except OAuthError:
        raise refusal from None
    found = doors.token_by_hash(tx, sha256(_text(params, "token").encode()).digest())
    if found is None:
        return
    id_, holder, account = found
    if holder != app.id:
        raise refusal
    tokens.end(tx, id_, account)


def metadata(instance: Instance) -> dict[str, Any]:
    """What this server offers, for apps that ask first (RFC 8414)."""
    origin = instance.origin
    return {
        "issuer": f"{origin}/",
        "authorization_endpoint": f"{origin}/oauth/authorize",
        "token_endpoint": f"{origin}/oauth/token",
        "revocation_endpoint": f"{origin}/oauth/revoke",
        "userinfo_endpoint": f"{origin}/oauth/userinfo",
        "app_registration_endpoint": f"{origin}/api/v1/apps",
        "scopes_supported": sorted(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    }
