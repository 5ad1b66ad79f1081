"""The page behind the last button of the bar: a way to everything."""

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


ROUTES: list[Any] = [show]
