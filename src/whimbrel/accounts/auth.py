"""Who is asking: a bearer token on the API, a cookie on pages, never the one in place of the other.

Every route says with `access` or `access_page` what it wants; without that the server refuses to
start. Whether somebody may see or touch a certain thing is not decided here."""

import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, Literal

import msgspec
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from whimbrel.core.app import App, of
from whimbrel.core.errors import Forbidden, Invalid, NotFound, TooMany, Unauthorized
from whimbrel.core.http import (
    PRIVATE_LINES,
    Scope,
    bearer,
    client_address,
    header,
    networks,
    request_id,
)
from whimbrel.core.ids import iso
from whimbrel.core.keyring import Keyring
from whimbrel.core.settings import Instance
from whimbrel.core.words import say
from whimbrel.privacy.budgets import LIMITS, Spent, network_of

from . import in_use, sessions, staff, strangers
from .queries import entry
from .queries.entry import Held
from .rules import BROWSER, STRANGER, Permission, Role, Viewer, covers
from .strangers import Strangers

DAY = 86_400_000  # ms
BY_SERVER = {"inbox", "fetch"}  # other servers, who speak for many
BY_NETWORK = {"sign_up", "sign_in", "mail", "oauth", "apps"} | BY_SERVER  # whoever asks
DEVICE_COOKIE = "device"
MANY = 100  # notifications, and more are not counted for the head of a page

Wanted = Literal["user", "app", "any", "optional", "ignored", "signed"]
_NOTHING = Permission(0)


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """What a route wants to know of whoever asks; see `access` and `access_page`."""

    scope: str | None = None
    rate: str = "api"
    who: Wanted | None = None
    unready: bool = False
    page: bool = False
    signed_in: bool = False
    strangers: Strangers = "all"
    needs: Permission = _NOTHING  # of the staff: what their role must have


def access(
    scope: str | None,
    *,
    rate: str = "api",
    token: Wanted | None = None,
    unready: bool = False,
    strangers: Strangers = "all",
    needs: Permission = _NOTHING,
) -> dict[str, Any]:
    """The `opt` of an API route.

    Args:
        scope: what the token must cover; None = nothing.
        rate: whose budget it spends, a key of `budgets.LIMITS`.
        token: user = somebody's (the default where there is a scope); app = an app's or somebody's
            that was given to an app; any = either; optional = none is fine, but one that is sent
            must cover `scope`; ignored = it is not looked at, for an app that proves itself in the
            body; signed = nor here, where another server signs the request. None without a scope:
            public, yet a wrong token is still refused.
        unready: true lets in whose address is not confirmed or who is not approved yet.
        strangers: what of it is for who is not signed in; see `strangers`.
        needs: of the staff's alone: what their role must have.
    """
    who = token or ("user" if scope is not None else None)
    more: dict[str, Any] = {"unready": unready, "strangers": strangers, "needs": needs}
    return {"access": _known(Access(scope=scope, rate=rate, who=who, **more))}


def access_page(
    rate: str = "page",
    *,
    signed_in: bool = False,
    unready: bool = False,
    strangers: Strangers = "all",
    needs: Permission = _NOTHING,
) -> dict[str, Any]:
    """The `opt` of a web page: the viewer comes from the session cookie.

    Args:
        signed_in: true refuses strangers (401, which the edge turns into the sign-in page).
        unready, strangers, needs: as for `access`; who is not ready counts as a stranger, and to
            whom is not of the staff its pages are not there.
    """
    more: dict[str, Any] = {"unready": unready, "strangers": strangers, "needs": needs}
    return {"access": _known(Access(rate=rate, page=True, signed_in=signed_in, **more))}


def _known(wanted: Access) -> Access:
    if wanted.rate not in LIMITS:
        raise ValueError(f"there is no rate class {wanted.rate}")
    return wanted


def check_routes(routes: Iterable[Any]) -> None:
    """Refuse to start with a route that does not say who may use it.

    Args:
        routes: of a Litestar application, or route handlers.
    Raises:
        RuntimeError: naming them.
    """
    handlers = [one for route in routes for one in _handlers(route)]
    silent = [
        one
        for one in handlers
        if not isinstance(one.opt.get("access"), Access)
        and getattr(one, "http_methods", None) != {"OPTIONS"}  # Litestar's own
    ]
    if silent:
        named = ", ".join(sorted(f"{path} ({one})" for one in silent for path in one.paths))
        raise RuntimeError(f"these routes do not say who may use them: {named}")


def _handlers(route: Any) -> Iterable[Any]:
    """A route has several handlers, a raw ASGI one has one, a handler is one."""
    if hasattr(route, "route_handlers"):
        return tuple(route.route_handlers)
    return (getattr(route, "route_handler", route),)


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Litestar's guard of every route: `enter` with what the route declared."""
    wanted = handler.opt.get("access")
    if wanted is None:
        raise NotFound
    await enter(connection.scope, wanted)


async def enter(scope: Scope, wanted: Access, *, token: str | None = None) -> Viewer:
    """Find out who asks, spend from the right budget, refuse whom the route does not want.

    Args:
        wanted: `access(...)["access"]`.
        token: a bearer token that came another way than by header (streaming).
    Returns:
        The viewer, also kept for `viewer_of`.
    Raises:
        Unauthorized: no token where one is needed, or an unknown one anywhere.
        ForMembers: strangers may not read this, or not so far.
        Forbidden: outside the scopes; unconfirmed, unapproved, disabled or suspended; a role that
            may not.
        NotFound: a page of the staff's, for somebody else.
        Invalid: an app's own token where a person is needed.
        TooMany: the budget is spent.
    """
    app = of(scope)
    reader = None
    if wanted.page:
        held, reader = await _session(app, scope, wanted)
    else:
        held = await _held(app, scope, wanted, token)
    viewer = STRANGER if held is None else _viewer(held, wanted.page, reader)
    _spend(app, scope, wanted.rate, viewer)
    _admit(wanted, viewer, held)
    if viewer.account is None and wanted.strangers != "all":
        strangers.admit(scope, wanted.strangers)
    if held is not None and (held.used_at or 0) < held.now - held.now % DAY:
        in_use.note(app, viewer, address_of(scope))
    scope["whimbrel.viewer"] = viewer
    scope["whimbrel.locale"] = held.locale if held is not None else None
    return viewer


def viewer_of(scope: Scope) -> Viewer:
    """Whom `enter` found on this connection."""
    viewer: Viewer = scope["whimbrel.viewer"]
    return viewer


async def _session(app: App, scope: Scope, wanted: Access) -> tuple[Held | None, Any]:
    """The session whose cookie was shown, and what its pages have around them."""
    cookie = cookie_of(scope, session_cookie_name(app.instance))
    if cookie is None:
        return None, None
    hash_ = sha256(cookie.encode()).digest()
    found = await app.db.recall(app.reader, hash_, sessions.ABSOLUTE, sessions.IDLE, MANY)
    return (None, None) if found is None or _refused(found[0], wanted) else found


async def _held(app: App, scope: Scope, wanted: Access, token: str | None) -> Held | None:
    """The token that was shown. Raises Unauthorized for an unknown one."""
    text = bearer(scope) if token is None else token
    if text is None or wanted.who in ("ignored", "signed"):
        return None
    held = await app.db.recall(entry.token, sha256(text.encode()).digest())
    if held is None:
        _spend(app, scope, wanted.rate, STRANGER)  # guessing costs as well
        raise Unauthorized
    return held


def _viewer(held: Held, page: bool, reader: Any) -> Viewer:
    had: Any = held.role or "user"
    asleep = had != "user" and not held.factor
    role: Role = "user" if asleep else had
    whose = held.account
    if page:
        return Viewer(
            account=whose, scopes=BROWSER, role=role, session=held.id, reader=reader, asleep=asleep
        )
    scopes = scope_set(held.scopes)
    return Viewer(
        account=whose, scopes=scopes, role=role, token=held.id, app=held.app, asleep=asleep
    )


def _admit(wanted: Access, viewer: Viewer, held: Held | None) -> None:
    if held is None:
        if wanted.signed_in or wanted.who in ("user", "app", "any"):
            raise Unauthorized("Please sign in." if wanted.page else "")
        if wanted.needs:
            raise NotFound
        return
    if held.account is not None:
        said = _refused(held, wanted)
        if said:
            raise Forbidden(said)
    elif wanted.who == "user":
        raise Invalid("This method requires an authenticated user")
    if wanted.who == "app" and viewer.app is None:
        raise Forbidden("This action is outside the authorized scopes")
    if wanted.scope is not None and not covers(viewer.scopes, wanted.scope):
        raise Forbidden("This action is outside the authorized scopes")
    if wanted.needs:
        staff.admit(viewer, wanted.needs, page=wanted.page)


def _refused(held: Held, wanted: Access) -> str:
    """Why this account may not act here, in Mastodon's words; "" when it may."""
    if held.disabled_at is not None or held.suspended_at is not None or held.role is None:
        return "Your login is currently disabled"
    if wanted.unready:
        return ""
    if held.confirmed_at is None:
        return "Your login is missing a confirmed e-mail address"
    if held.approved_at is None:
        return "Your login is currently pending approval"
    return ""


@lru_cache(maxsize=1024)
def scope_set(scopes: str) -> frozenset[str]:
    """`read write:media` as a set."""
    return frozenset(scopes.split())


# --- budgets ---------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _trusted(texts: tuple[str, ...]) -> Any:
    return networks(texts)


def address_of(scope: Scope) -> str:
    """The IP address of whoever asks, as far as the proxies in front are to be believed."""
    return client_address(scope, _trusted(of(scope).settings.trusted_proxies))


def _spend(app: App, scope: Scope, kind: str, viewer: Viewer) -> None:
    """Spend from every budget this request falls under; the headers tell of the narrowest."""
    budgets = app.budgets
    try:
        if kind in BY_NETWORK or (viewer.account is None and viewer.token is None):
            scope["rate"] = budgets.spend(kind, network_of(address_of(scope)))
            if viewer.token is None and kind not in BY_SERVER:
                budgets.spend("strangers", 0)
            return
        who = viewer.token if viewer.token is not None else -viewer.id
        scope["rate"] = budgets.spend(kind, who)
        if kind not in ("api", "page"):
            budgets.spend("page" if viewer.token is None else "api", who)
        if viewer.account is not None:
            budgets.spend("account", viewer.account)
    except TooMany as error:
        scope["rate"] = Spent(LIMITS[kind].most, 0, time.time() + error.retry_after)
        raise


def rate_headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    """X-RateLimit-* for the answer; empty where nothing was spent."""
    spent: Spent | None = scope.get("rate")
    if spent is None:
        return []
    return [
        (b"x-ratelimit-limit", b"%d" % spent.limit),
        (b"x-ratelimit-remaining", b"%d" % spent.remaining),
        (b"x-ratelimit-reset", _iso(int(spent.reset_at * 10))),
    ]


def answer_lines(scope: Scope, lines: bytes = PRIVATE_LINES) -> bytes:
    """The header lines of a hot route's answer (`core.http.send_whole`): it has an id, and says
    what is left.

    Args:
        lines: what else it has; as they are, those of private JSON.
    """
    named = lines, request_id(scope).encode()
    spent: Spent | None = scope.get("rate")
    if spent is None:
        return b"%bx-request-id: %b\r\n" % named
    return (
        b"%bx-request-id: %b\r\nx-ratelimit-limit: %d\r\nx-ratelimit-remaining: %d\r\n"
        b"x-ratelimit-reset: %b\r\n"
    ) % (*named, spent.limit, spent.remaining, _iso(int(spent.reset_at * 10)))


@lru_cache(maxsize=4096)
def _iso(tenths: int) -> bytes:
    return iso(tenths * 100).encode()


# --- cookies and forms -------------------------------------------------------------------------


def session_cookie_name(instance: Instance) -> str:
    """`__Host-` binds a cookie to this very host, which browsers only do over https."""
    return _cookie_name(instance, "")


def _cookie_name(instance: Instance, what: str) -> str:
    name = f"whimbrel-{what}" if what else "whimbrel"
    return f"__Host-{name}" if instance.origin.startswith("https:") else name


def cookie_of(scope: Scope, name: str) -> str | None:
    """The value of a cookie as sent."""
    for part in (header(scope, b"cookie") or b"").split(b";"):
        key, _, value = part.strip().partition(b"=")
        if key == name.encode():
            return value.decode("latin-1")[:512]
    return None


def device_of(scope: Scope) -> str:
    """What an earlier sign-in left in this browser; "" when nothing."""
    return cookie_of(scope, _cookie_name(of(scope).instance, DEVICE_COOKIE)) or ""


def set_cookie(instance: Instance, value: str, *, device: bool = False) -> tuple[str, str]:
    """The Set-Cookie header of a session, or of a known device; an empty value ends it."""
    name = _cookie_name(instance, DEVICE_COOKIE if device else "")
    age = (365 * DAY if device else sessions.ABSOLUTE) // 1000 if value else 0
    secure = "; Secure" if name.startswith("__Host-") else ""
    return "set-cookie", f"{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"


def csrf_token(scope: Scope) -> str:
    """What a form of ours carries as `_csrf`; it goes with the session cookie."""
    app = of(scope)
    cookie = cookie_of(scope, session_cookie_name(app.instance)) or ""
    return _csrf(app.db.keyring, cookie)


@lru_cache(maxsize=1024)
def _csrf(keyring: Keyring, cookie: str) -> str:
    return urlsafe_b64encode(keyring.mac("csrf", cookie.encode())[:18]).decode()


def check_csrf(scope: Scope, params: Mapping[str, Any]) -> None:
    """Refuse a form that another site sent in the viewer's name.

    A stranger's token could be fetched by anybody, so the browser's own word on where the form
    comes from is asked as well.
    Raises:
        Forbidden: from elsewhere, or without the token of this session.
    """
    site, origin = header(scope, b"sec-fetch-site"), header(scope, b"origin")
    ours = of(scope).instance.origin.encode()
    elsewhere = site not in (b"same-origin", b"none") if site else origin not in (None, ours)
    given = str(params.get("_csrf", "")).encode()
    if elsewhere or not hmac.compare_digest(given, csrf_token(scope).encode()):
        raise Forbidden(say("This form is out of date. Go back, reload the page and try again."))
