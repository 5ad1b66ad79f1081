"""Which of the viewer's lists somebody is in, as boxes to tick."""

from typing import Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import queries as people
from whimbrel.accounts import serialize as faces
from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Account, Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import NotFound
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.pages import account_for_page
from whimbrel.core.tx import Tx

from .. import lists

PATH = "/{handle:str}/lists"


def _somebody(tx: Tx, handle: str) -> Account:
    """Raises NotFound: nobody is called so."""
    if not handle.startswith("@"):
        raise NotFound
    return people.by_handle(tx, handle)


def _read(tx: Tx, app: App, viewer: Viewer, handle: str) -> dict[str, Any]:
    account = _somebody(tx, handle)
    told = msgspec.json.decode(faces.account(tx.instance, account))
    return {
        **views.reader(tx, app, viewer),
        "account": account_for_page(told),
        "lists": lists.mine(tx, viewer),
        "inside": {each.id for each in lists.holding(tx, viewer, account.id)},
    }


@get(PATH, opt=access_page(signed_in=True))
async def show(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    handle: FromPath[str],
    scope: Scope,
) -> Html:
    """Every list, and whether they are in it. Raises NotFound."""
    return views.answer(scope, "listed.html", **await db.read(_read, app, viewer, handle))


def _put(tx: Tx, viewer: Viewer, handle: str, wanted: set[int]) -> None:
    """Raises NotFound: nobody, none of the viewer's lists, or not followed."""
    target = _somebody(tx, handle).id
    inside = {int(each.id) for each in lists.holding(tx, viewer, target)}
    for added in sorted(wanted - inside):
        lists.add(tx, viewer, added, [target])
    for left in sorted(inside - wanted):
        lists.take_out(tx, viewer, left, [target])


@post(PATH, status_code=200, opt=access_page(signed_in=True))
async def put(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    handle: FromPath[str],
) -> Redirect:
    """Be in exactly the lists that are ticked. Raises NotFound."""
    await db.write(_put, viewer, handle, {id_of(each) for each in params.list("lists")})
    return Redirect(f"/{handle}")


ROUTES: list[Any] = [show, put]
