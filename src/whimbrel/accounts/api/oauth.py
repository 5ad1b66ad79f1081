"""The doors of OAuth that apps themselves knock at. The pages people see are `web`'s."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency

from whimbrel.core.db import Db
from whimbrel.core.errors import NotFound
from whimbrel.core.http import Json, Params, Scope, header
from whimbrel.core.webpush import public_key

from .. import clients, oauth, serialize
from .. import queries as people
from ..auth import access
from ..clients import OAuthError
from ..queries import oauth as stored
from ..queries.oauth import App
from ..rules import Viewer


def _app(db: Db, app: App) -> dict[str, Any]:
    """Mastodon's Application entity."""
    redirects = app.redirects.split("\n")
    return {
        "id": str(app.id),
        "name": app.name,
        "website": app.website,
        "scopes": app.scopes.split(),
        "redirect_uris": redirects,
        "redirect_uri": app.redirects,
        "vapid_key": public_key(db.keyring),  # older apps look for it here
    }


@post("/api/v1/apps", status_code=200, opt=access(None, rate="apps", token="ignored"))  # noqa: S106
async def create_app(db: NamedDependency[Db], params: NamedDependency[Params]) -> Json:
    """Register an app; `redirect_uris` is a list, or one text with newlines between."""
    redirects = [uri for text in params.list("redirect_uris") for uri in text.split()]
    app, secret = await db.write(
        clients.register,
        params.text("client_name"),
        redirects,
        params.text("scopes"),
        params.text("website"),
    )
    said = {"client_id": app.client_id, "client_secret": secret, "client_secret_expires_at": 0}
    return Json({**_app(db, app), **said})


@get("/api/v1/apps/verify_credentials", opt=access(None, token="any", unready=True))  # noqa: S106
async def verify_app(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Json:
    """The app that a token was given to."""
    app = None if viewer.app is None else await db.read(stored.app_by_id, viewer.app)
    if app is None:
        raise NotFound
    return Json(_app(db, app))


@post("/oauth/token", status_code=200, opt=access(None, rate="oauth", token="ignored"))  # noqa: S106
async def create_token(
    db: NamedDependency[Db], params: NamedDependency[Params], scope: Scope
) -> Json:
    """A code, or the app's own secret, becomes a token."""
    credentials = clients.credentials_of(params, header(scope, b"authorization"))
    granted = await db.write(oauth.exchange, credentials, params)
    if isinstance(granted, OAuthError):
        raise granted
    return Json(granted)


@post("/oauth/revoke", status_code=200, opt=access(None, rate="oauth", token="ignored"))  # noqa: S106
async def revoke_token(
    db: NamedDependency[Db], params: NamedDependency[Params], scope: Scope
) -> Json:
    """A token ends. For one that is unknown the answer is the same."""
    credentials = clients.credentials_of(params, header(scope, b"authorization"))
    await db.write(oauth.revoke, credentials, params)
    return Json({})


@get("/.well-known/oauth-authorization-server", opt=access(None, token="ignored"))  # noqa: S106
async def server_metadata(db: NamedDependency[Db]) -> Json:
    """What is offered here."""
    return Json(oauth.metadata(db.instance), headers={"cache-control": "public, max-age=3600"})


_USERINFO = access("profile")


async def _userinfo(db: Db, viewer: Viewer) -> Json:
    me = await db.read(people.by_id, viewer.id)
    return Json(serialize.userinfo(db.instance, me))


@get("/oauth/userinfo", opt=_USERINFO)
async def userinfo(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Json:
    """Who signed in, in OpenID Connect's words."""
    return await _userinfo(db, viewer)


@post("/oauth/userinfo", status_code=200, opt=_USERINFO)
async def userinfo_posted(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Json:
    """The same: OpenID Connect wants both methods."""
    return await _userinfo(db, viewer)


ROUTES: list[Any] = [
    *(create_app, verify_app, create_token, revoke_token, server_metadata),
    *(userinfo, userinfo_posted),
]
