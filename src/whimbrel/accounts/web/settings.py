"""Settings: the list of them. Each has a page of its own."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency

from whimbrel.core.app import of
from whimbrel.core.db import Db
from whimbrel.core.http import Html, Scope

from .. import views
from ..auth import access_page
from ..rules import Viewer

PATH = "/settings"


@get(PATH, opt=access_page(signed_in=True))
async def show(db: NamedDependency[Db], viewer: NamedDependency[Viewer], scope: Scope) -> Html:
    """What can be set, and where."""
    reader = await db.read(views.reader, of(scope), viewer)
    return views.answer(scope, "settings.html", **reader, path=PATH)


ROUTES: list[Any] = [show]
