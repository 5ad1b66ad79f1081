"""Settings, closing the account: what exactly goes, and the last page one sees."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.core.app import App, of
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.ids import iso
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.privacy import receipts

from .. import auth, leave, queries, signin, views
from ..auth import access_page
from ..rules import Viewer
from .cookies import signed_out
from .security import page

PATH = "/settings/delete"
_WRONG_NAME = say("That is not the name of this account.")


@get(PATH, opt=access_page(signed_in=True))
async def ask(db: NamedDependency[Db], viewer: NamedDependency[Viewer], scope: Scope) -> Html:
    """What happens, and where it is asked for."""
    return await _page(db, viewer, scope)


@post(PATH, status_code=200, opt=access_page("sign_in", signed_in=True))
async def close(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Erase the account, once name and password are right."""
    name = params.text("username").strip().removeprefix("@").lower()
    errors: dict[str, str] = {}
    if name != await db.read(_name, viewer):
        errors = {"username": _WRONG_NAME}
    else:
        try:
            password = params.text("password")
            await signin.check_password(app, viewer.id, password, auth.address_of(scope))
        except Invalid as error:
            errors = {"password": str(error)}
    if errors:
        form = {"username": params.text("username")}
        return await _page(db, viewer, scope, 422, form=form, errors=errors)
    receipt = await db.write(_erase, app, viewer)
    return signed_out(Redirect(f"{leave.PAGE}?receipt={receipt}"), app.instance)


async def _page(db: Db, viewer: Viewer, scope: Scope, status: int = 200, **more: Any) -> Html:
    until = await db.read(_sealed, of(scope), viewer)
    sealed = None if until is None else iso(until)
    template = "settings_delete.html"
    return await page(db, viewer, scope, template, status, path=PATH, sealed=sealed, **more)


def _erase(tx: Tx, app: App, viewer: Viewer) -> str:
    return leave.erase_account(tx, viewer, _sealed(tx, app, viewer))


def _sealed(tx: Tx, app: App, viewer: Viewer) -> int | None:
    found: int | None = None if app.sealed is None else app.sealed(tx, viewer.id)
    return found


def _name(tx: Tx, viewer: Viewer) -> str:
    return queries.by_id(tx, viewer.id).username.lower()


@get(leave.PAGE, opt=access_page())
async def farewell(db: NamedDependency[Db], params: NamedDependency[Params], scope: Scope) -> Html:
    """The last page of somebody who has left, with the receipt for what was here."""
    found = await db.read(receipts.by_code, params.text("receipt"))
    receipt = None if found is None else receipts.entity(found)
    sealed = None if found is None else receipts.sealed_until(found)
    return views.answer(scope, "farewell.html", me=None, path="", receipt=receipt, sealed=sealed)


ROUTES: list[Any] = [ask, close, farewell]
