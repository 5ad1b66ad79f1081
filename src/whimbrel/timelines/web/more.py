"""A way to everything: the page behind the last button of the bar, and that of the keys."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Html, Scope


@get("/more", opt=access_page(signed_in=True))
async def show(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    scope: Scope,
) -> Html:
    """Where one can go from here."""
    return views.answer(scope, "more.html", **await db.read(views.reader, app, viewer))


@get("/keys", opt=access_page())
async def keys(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    scope: Scope,
) -> Html:
    """What the keyboard does."""
    body = views.render(scope, "keys.html", **await db.read(views.reader, app, viewer))
    return Html(body, 200, views.headers(app, private=viewer.account is not None))


ROUTES: list[Any] = [show, keys]
