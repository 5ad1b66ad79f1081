"""Settings, notifications: what this browser says aloud. From whom one is told: `notifications`."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App, of
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.tx import Tx
from whimbrel.core.webpush import public_key
from whimbrel.core.words import say

from .. import push

PATH = "/settings/notifications"
_SAID = {
    "on": say("This browser tells you from now on."),
    "off": say("This browser says nothing any more."),
}


def _found(tx: Tx, app: App, viewer: Viewer) -> dict[str, Any]:
    return {
        **views.reader(tx, app, viewer),
        "key": public_key(tx),
        "here": _here(tx, viewer),
        "staff": viewer.role != "user",
    }


def _here(tx: Tx, viewer: Viewer) -> push.Shown | None:
    try:
        return push.show(tx, viewer)
    except NotFound:
        return None


async def _page(db: Db, viewer: Viewer, scope: Scope, status: int = 200, **more: Any) -> Html:
    given = {**await db.read(_found, of(scope), viewer), "path": PATH, **more}
    return views.answer(scope, "settings_notifications.html", status, **given)


@get(PATH, opt=access_page(signed_in=True))
async def show(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """What this browser is told."""
    return await _page(db, viewer, scope, notice=_SAID.get(params.text("done"), ""))


@post(f"{PATH}/push", status_code=200, opt=access_page(signed_in=True))
async def subscribe(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Tell this browser, until its session ends; without `endpoint` only of other things.

    Raises:
        NotFound: there is nothing to change.
    """
    alerts = dict.fromkeys(params.list("kinds"), True)
    policy = params.text("policy", "all")
    if not params.text("endpoint"):
        await db.write(push.update, viewer, alerts, policy)
        return Redirect(f"{PATH}?done=on")
    wanted = push.Wanted(
        endpoint=params.text("endpoint"),
        p256dh=params.text("p256dh"),
        auth=params.text("auth"),
        token="",
        standard=True,
        alerts=alerts,
        policy=policy,
    )
    try:
        await db.write(push.subscribe, viewer, wanted)
    except Invalid as error:
        return await _page(db, viewer, scope, 422, error=str(error))
    return Redirect(f"{PATH}?done=on")


@post(f"{PATH}/push/stop", status_code=200, opt=access_page(signed_in=True))
async def stop(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Redirect:
    """Tell this browser nothing any more."""
    await db.write(push.forget, viewer)
    return Redirect(f"{PATH}?done=off")


ROUTES: list[Any] = [show, subscribe, stop]
