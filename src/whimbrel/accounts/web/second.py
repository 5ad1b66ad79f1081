"""The second step of signing in, and signing in with a passkey instead of a password."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Gone, Invalid
from whimbrel.core.http import Html, Json, Params, Redirect, Scope
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .. import passkeys, sessions, signin, views
from ..auth import access_page
from ..queries import factors as stored
from ..rules import Viewer
from ..signin import NotReady, SignedIn
from .cookies import entered, nothing_owed, pending_of
from .entry import attempt, refused

_START = "/auth/sign-in?again=1"
_UNREADY = {
    "disabled": say("This account may not be used."),
    "confirm": say("The e-mail address of this account is not confirmed yet."),
    "wait": say("This account waits for a moderator."),
}


@get("/auth/second", opt=access_page())
async def ask(
    db: NamedDependency[Db], params: NamedDependency[Params], scope: Scope
) -> Response[bytes]:
    """Where the code is asked for. Whoever owes none starts from the beginning."""
    try:
        return await _page(db, params, scope)
    except Gone:
        return Redirect(_START)


async def _page(db: Db, params: Params, scope: Scope, status: int = 200, error: str = "") -> Html:
    views.speak(scope, params)
    has = await db.read(_has, pending_of(scope))
    form = {"next": views.next_of(params)}
    return views.answer(scope, "second.html", status, me=None, form=form, error=error, has=has)


def _has(tx: Tx, pending: str) -> dict[str, bool]:
    """What they can show. Raises Gone."""
    account = signin.halfway(tx, pending).account
    app = stored.authenticator(tx, account)
    return {
        "passkey": bool(stored.passkeys_of(tx, account)),
        "app": app is not None and app.at is not None,
    }


@post("/auth/second", status_code=200, opt=access_page("sign_in"))
async def answer(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Begin the session, if the code or the passkey is right."""
    pending, tried = pending_of(scope), attempt(scope, viewer, "", "")
    shown, code = params.text("answer"), params.text("code")
    try:
        if shown:
            now = await signin.finish_by_passkey(app, pending, shown, tried)
        else:
            now = await signin.finish(app, pending, code, tried)
    except Invalid as error:
        return await _page(db, params, scope, 422, str(error))
    except (Gone, NotReady):
        return Redirect(_START)
    return await _enter(app, db, viewer, params, now)


@post("/auth/second/passkey", status_code=200, opt=access_page("sign_in"))
async def second_options(app: NamedDependency[App], db: NamedDependency[Db], scope: Scope) -> Json:
    """What the browser has to be asked. Raises Gone."""
    user = await db.read(signin.halfway, pending_of(scope))
    return Json(await passkeys.options_to_show(app, "second", user.account))


@post("/auth/passkey/options", status_code=200, opt=access_page("sign_in"))
async def options(app: NamedDependency[App]) -> Json:
    """What the browser has to be asked of somebody who has not said who they are."""
    return Json(await passkeys.options_to_show(app, "enter", None))


@post("/auth/passkey", status_code=200, opt=access_page("sign_in"))
async def by_passkey(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Begin a session with a passkey alone: it is two factors at once."""
    try:
        now = await signin.by_passkey(app, params.text("answer"), attempt(scope, viewer, "", ""))
    except Invalid as error:
        return refused(scope, params, str(error))
    except NotReady as error:
        return refused(scope, params, _UNREADY[error.why])
    return await _enter(app, db, viewer, params, now)


async def _enter(app: App, db: Db, viewer: Viewer, params: Params, now: SignedIn) -> Redirect:
    if viewer.account not in (None, now.account):
        await db.write(sessions.end, viewer)
    answer = entered(app.instance, now, views.next_of(params, views.HOME))
    return nothing_owed(answer, app.instance)


ROUTES: list[Any] = [ask, answer, second_options, options, by_passkey]
