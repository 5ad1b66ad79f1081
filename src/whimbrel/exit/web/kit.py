"""Settings, the recovery kit: made here for a server that may be gone one day, and used here when
another one is. Words and keys stay in the browser; see `static/leaving/kit.js`."""

from typing import Any, TypeVar

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Json, Params, Redirect, Scope
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from ..kit import go, make
from ..kit.go import Letter

PATH = "/settings/kit"
SAID = {"revoked": say("All your kits are worthless now.")}
_T = TypeVar("_T")


def _read(tx: Tx, app: App, viewer: Viewer) -> dict[str, Any]:
    made, followers = make.made(tx, viewer)
    return {**views.reader(tx, app, viewer), "kit": made, "followers": followers, "path": PATH}


@get(PATH, opt=access_page(signed_in=True))
async def show(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """The last kit, a new one, and going on from a server that is gone; for who showed a password
    or a passkey just now, since words that were made would be lost on the way to do so."""
    if first := await views.proof_first(db, viewer, PATH):
        return first
    context = await db.read(_read, app, viewer)
    notice = SAID.get(params.text("done"))
    return views.answer(scope, "settings_kit.html", **context, notice=notice)


@post(PATH, status_code=200, opt=access_page("search", signed_in=True))
async def download(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """A kit of today as a file, after showing a password or a passkey."""
    if first := await views.proof_first(db, viewer, PATH):
        return first
    try:
        name, sealed = await make.make(app, viewer, params.text("key"), params.text("archive"))
    except Invalid as error:
        context = await db.read(_read, app, viewer)
        form = {field: params.text(field) for field in ("key", "archive")}
        errors = views.faults(error) or {"key": str(error)}
        return views.answer(scope, "settings_kit.html", 422, **context, form=form, errors=errors)
    headers = {
        **views.headers(app, private=True),
        "content-disposition": f'attachment; filename="{name}"',
    }
    return Response(sealed, media_type="application/octet-stream", headers=headers)


@post(f"{PATH}/revoke", status_code=200, opt=access_page("search", signed_in=True))
async def revoke(
    app: NamedDependency[App], db: NamedDependency[Db], viewer: NamedDependency[Viewer]
) -> Redirect:
    """Make all kits worthless, after showing a password or a passkey."""
    if first := await views.proof_first(db, viewer, PATH):
        return first
    await make.revoke(app, viewer)
    return Redirect(f"{PATH}?done=revoked")


@post(f"{PATH}/arrive", status_code=200, opt=access_page("search", signed_in=True))
async def arrive(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Json:
    """The old account is the viewer's: what its key has to sign. Raises Invalid."""
    old, stamp = params.text("actor"), params.number("stamp", 0) or 0
    await db.write(go.arrive, viewer, old)
    return Json({"body": go.body(app, viewer, old, stamp).decode()})


@post(f"{PATH}/send", status_code=200, opt=access_page("search", signed_in=True))
async def send(
    app: NamedDependency[App], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """Carry some signed letters to the followers; what became of each. Raises as `go.send`."""
    letters = _listed(params, "letters", list[Letter])
    old, stamp = params.text("actor"), params.number("stamp", 0) or 0
    return Json({"told": await go.send(app, viewer, old, params.text("public"), stamp, letters)})


@post(f"{PATH}/follow", status_code=200, opt=access_page("search", signed_in=True))
async def follow(
    app: NamedDependency[App], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """Follow some again; how many could be. Raises Invalid."""
    people = _listed(params, "people", list[str])
    return Json({"followed": await go.follow_again(app, viewer, people)})


def _listed(params: Params, name: str, kind: type[_T]) -> _T:
    """JSON in a field of a form."""
    try:
        return msgspec.json.decode(params.text(name), type=kind)
    except msgspec.MsgspecError:
        raise Invalid(f"{name} is not what was asked for.") from None


ROUTES: list[Any] = [show, download, revoke, arrive, send, follow]
