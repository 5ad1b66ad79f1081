"""Settings, moving: which other accounts are one's own, and going to one of them."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.accounts import auth, signin, views
from whimbrel.accounts import moving as accounts
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .. import moving

PATH = "/settings/move"
SAID = {
    "aliases": say("These accounts can move here now."),
    "back": say("You are back. Your followers stay where they went."),
    "moved": say("You moved. Whoever follows you is on the way."),
}


def _read(tx: Tx, app: App, viewer: Viewer) -> dict[str, Any]:
    return {**views.reader(tx, app, viewer), **moving.shown(tx, viewer), "path": PATH}


@get(PATH, opt=access_page(signed_in=True))
async def show(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """Other accounts, and where one went."""
    context = await db.read(_read, app, viewer)
    notice = SAID.get(params.text("done"))
    return views.answer(scope, "settings_move.html", **context, notice=notice)


@post(f"{PATH}/aliases", status_code=200, opt=access_page("search", signed_in=True))
async def alias(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Say which other accounts are one's own, one a line."""
    written = params.text("aliases")
    try:
        await moving.alias(app, viewer, written.split()[: moving.MOST_WRITTEN])
    except Invalid as error:
        return await _wrong(app, db, viewer, scope, {"aliases": str(error)}, params)
    return Redirect(f"{PATH}?done=aliases")


@post(PATH, status_code=200, opt=access_page("sign_in", signed_in=True))
async def move(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Go to another account, once the password is right."""
    try:
        password = params.text("password")
        await signin.check_password(app, viewer.id, password, auth.address_of(scope))
    except Invalid as error:
        return await _wrong(app, db, viewer, scope, {"password": str(error)}, params)
    try:
        await moving.leave(app, viewer, params.text("target"))
    except Invalid as error:
        return await _wrong(app, db, viewer, scope, {"target": str(error)}, params)
    return Redirect(f"{PATH}?done=moved")


@post(f"{PATH}/back", status_code=200, opt=access_page(signed_in=True))
async def come_back(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Redirect:
    """Use this account again after a move."""
    await db.write(accounts.come_back, viewer)
    return Redirect(f"{PATH}?done=back")


async def _wrong(
    app: App, db: Db, viewer: Viewer, scope: Scope, errors: dict[str, str], params: Params
) -> Html:
    context = await db.read(_read, app, viewer)
    form = {name: params.text(name) for name in ("aliases", "target") if name in params}
    return views.answer(scope, "settings_move.html", 422, **context, form=form, errors=errors)


ROUTES: list[Any] = [show, alias, move, come_back]
