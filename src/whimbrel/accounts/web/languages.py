"""Settings, language: what the pages are read in."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.core.app import of
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.words import NAMES, say

from .. import language, views
from ..auth import access_page
from ..rules import Viewer

PATH = "/settings/language"
_CHOSEN = say("Pages, letters and push messages are in this language from now on.")


async def _page(db: Db, viewer: Viewer, scope: Scope, status: int = 200, **more: Any) -> Html:
    reader = await db.read(views.reader, of(scope), viewer)
    given = {**reader, "names": NAMES, "path": PATH, **more}
    return views.answer(scope, "settings_language.html", status, **given)


@get(PATH, opt=access_page(signed_in=True))
async def show(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """Each language by its own name."""
    return await _page(db, viewer, scope, notice=_CHOSEN if params.get("done") else "")


@post(PATH, status_code=200, opt=access_page(signed_in=True))
async def choose(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Read in another one."""
    try:
        await db.write(language.choose, viewer, params.text("language"))
    except Invalid as error:
        return await _page(db, viewer, scope, 422, errors=views.faults(error))
    return Redirect(f"{PATH}?done=1")


ROUTES: list[Any] = [show, choose]
