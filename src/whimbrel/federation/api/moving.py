"""Moving, for apps: as GoToSocial shapes it."""

from typing import Any

from litestar import post
from litestar.di import NamedDependency

from whimbrel.accounts import auth, serialize, signin
from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params, Scope

from .. import moving


@post("/api/v1/accounts/alias", status_code=200, opt=access("write:accounts", rate="search"))
async def alias(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Json:
    """Say which other accounts are one's own.

    Raises:
        Invalid: somebody who cannot be found, or too many.
    Source: GoToSocial API, POST /api/v1/accounts/alias
    """
    written = params.list("also_known_as_uris")[: moving.MOST_WRITTEN]
    await moving.alias(app, viewer, written)
    return Json(await db.read(serialize.credential, viewer))


@post("/api/v1/accounts/move", status_code=202, opt=access("write:accounts", rate="sign_in"))
async def move(
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Json:
    """Go to another account.

    Raises:
        Invalid: another password; see `moving.leave`.
    Source: GoToSocial API, POST /api/v1/accounts/move
    """
    password = params.text("password")
    await signin.check_password(app, viewer.id, password, auth.address_of(scope))
    await moving.leave(app, viewer, params.text("moved_to_uri"))
    return Json({"status": "accepted"})


ROUTES: list[Any] = [alias, move]
