"""Letting an app in: it sends somebody here, they say yes or no, and are sent back to it.

Source: Mastodon's OAuth documentation, GET /oauth/authorize."""

from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.core.db import Db
from whimbrel.core.errors import Unauthorized
from whimbrel.core.http import Params, Redirect, Scope
from whimbrel.core.tx import Tx

from .. import oauth, views
from ..auth import access_page
from ..oauth import AuthorizeRequest
from ..rules import Viewer

_ASKED = (
    *("client_id", "redirect_uri", "response_type", "scope", "state"),
    *("code_challenge", "code_challenge_method", "lang"),
)


def _query(params: Params) -> dict[str, str]:
    """What the app asked, to be asked again: after signing in, and with the answer."""
    return {name: params.text(name) for name in _ASKED if params.get(name)}


def _place(redirect: str) -> tuple[str, str]:
    """Where an answer leads: for the policy of the page (`https://app.example`, `app:`), and for
    whoever reads it."""
    parts = urlsplit(redirect)
    if parts.scheme in ("http", "https"):
        return f"{parts.scheme}://{parts.netloc}", parts.netloc
    return f"{parts.scheme}:", f"{parts.scheme}:"


@get("/oauth/authorize", opt=access_page("oauth"))
async def ask(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Ask. A stranger signs in first and comes back with everything the app sent.

    Raises:
        Invalid: nothing that can be answered; nobody is sent anywhere then.
    """
    request = await db.read(oauth.request_of, params)
    if viewer.account is None or request.force_login:
        back = quote(f"/oauth/authorize?{urlencode(_query(params))}", safe="")
        return Redirect(f"/auth/sign-in?again=1&next={back}")
    views.speak(scope, params)
    me = await db.read(views.me, viewer)
    sends_to, host = ("", "") if request.shown else _place(request.redirect)
    return views.answer(
        scope,
        "consent.html",
        sends_to=sends_to,
        me=me,
        app={"name": request.name, "website": request.website},
        host=host,
        scopes=request.scopes.split(),
        query=_query(params),
    )


def _grant(tx: Tx, viewer: Viewer, params: Params) -> tuple[AuthorizeRequest, str]:
    request = oauth.request_of(tx, params)
    return request, oauth.grant(tx, viewer, request)


@post("/oauth/authorize", status_code=200, opt=access_page("oauth"))
async def decide(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Somebody said yes, or anything else.

    Raises:
        Invalid: as `ask`; Forbidden: another site's form.
    """
    if viewer.account is None:
        raise Unauthorized("Please sign in.")
    if params.text("decision") != "allow":
        return await _refuse(db, viewer, params, scope)
    request, code = await db.write(_grant, viewer, params)
    if request.shown:
        views.speak(scope, params)
        me = await db.read(views.me, viewer)
        return views.answer(scope, "oob.html", me=me, code=code, app={"name": request.name})
    return Redirect(oauth.answer(request, code=code), foreign=True)


async def _refuse(db: Db, viewer: Viewer, params: Params, scope: Scope) -> Response[bytes]:
    request = await db.read(oauth.request_of, params)
    if request.shown:
        return Redirect(views.HOME)
    return Redirect(oauth.answer(request, error="access_denied"), foreign=True)


ROUTES: list[Any] = [ask, decide]
