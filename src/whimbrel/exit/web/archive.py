"""Settings, the archive: all that is one's own as a file, and posts out of the archive of another
server."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Conflict, Invalid
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.timelines import carry

from .. import arrive, takeout

PATH = "/settings/archive"


def _read(tx: Tx, app: App, viewer: Viewer) -> dict[str, Any]:
    brought = [each for each in carry.mine(tx, viewer) if each.kind == arrive.KIND]
    return {
        **views.reader(tx, app, viewer),
        "archive": takeout.mine(tx, viewer),
        "brought": brought,
        "days": takeout.STAYS.days,
    }


async def _page(
    app: App, viewer: Viewer, scope: Scope, errors: dict[str, str] | None = None
) -> Html:
    context = await app.db.read(_read, app, viewer)
    context |= {"errors": errors or {}, "path": PATH}
    return views.answer(scope, "settings_archive.html", 422 if errors else 200, **context)


@get(PATH, opt=access_page(signed_in=True))
async def show(app: NamedDependency[App], viewer: NamedDependency[Viewer], scope: Scope) -> Html:
    """How far the file is, and what was brought in."""
    return await _page(app, viewer, scope)


@post(PATH, status_code=200, opt=access_page("search", signed_in=True))
async def ask(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    scope: Scope,
) -> Html | Redirect:
    """Ask for the file, after showing a password or a passkey."""
    if first := await views.proof_first(db, viewer, PATH):
        return first
    try:
        await db.write(takeout.ask, viewer)
    except Conflict as error:
        return await _page(app, viewer, scope, {"archive": str(error)})
    return Redirect(PATH)


@get(f"{PATH}/file", opt=access_page("search", signed_in=True))
async def take(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Redirect:
    """On to the file, by a link that is the viewer's alone and lasts for minutes. Raises NotFound:
    there is none, or not any more."""
    there = await db.read(takeout.link, viewer)
    if first := await views.proof_first(db, viewer, PATH):
        return first
    return Redirect(there, foreign=True)


@post(f"{PATH}/bring", status_code=200, opt=access_page("media", signed_in=True))
async def bring(
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html | Redirect:
    """Begin to bring in the archive that was sent."""
    file = params.upload("data")
    try:
        if file is None:
            raise Invalid(say("choose a file"))
        await arrive.take_in(app, viewer, file.path)
    except (Invalid, Conflict) as error:
        return await _page(app, viewer, scope, {"data": str(error)})
    return Redirect(f"{PATH}#brought")


@post(f"{PATH}/{{id_:str}}/undo", status_code=200, opt=access_page("search", signed_in=True))
async def undo(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Redirect:
    """Take back what an archive brought. Raises NotFound."""
    await db.write(arrive.undo, viewer, id_of(id_))
    return Redirect(f"{PATH}#brought")


ROUTES: list[Any] = [show, ask, take, bring, undo]
