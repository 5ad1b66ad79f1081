"""From one server to another: where they send their visitor who has an account here."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import NotFound
from whimbrel.core.http import Params, Redirect, Scope

from .. import interact

ARRIVE = "/authorize_interaction"


@get(ARRIVE, opt=access_page("search", signed_in=True))
async def arrive(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Another server, or somebody by hand, names a person or a post in `uri`: on to its page here,
    with the buttons. Looking does nothing to it; each button is still to be pressed.

    Source: OStatus, section 2.1 (`subscribe`), as Mastodon answers it
    """
    uri = params.text("uri").strip()
    try:
        return Redirect(await interact.page_for(app, viewer, uri))
    except NotFound:
        who = await db.read(views.reader, app, viewer)
        shown = uri[: interact.LONGEST]
        return views.answer(scope, "arrive.html", 404 if uri else 200, **who, uri=shown)


ROUTES: list[Any] = [arrive]
