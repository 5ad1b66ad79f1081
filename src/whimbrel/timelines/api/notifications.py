"""Notifications, one by one (v1)."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params, page_of
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from .. import fallback, notify
from ..queries import told as queries
from ..rules import Window
from ..serialize import Shown, notification, notifications, told_in
from .groups import SUPPORTED, wanted_of
from .pages import Asked, Size, answered, hot

SIZE = Size(40, 80)
_READ, _WRITE = access("read:notifications"), access("write:notifications")


async def notifications_page(app: App, viewer: Viewer, params: Params, window: Window) -> Shown:
    """A page of what the viewer was told."""
    wanted = wanted_of(params)

    def read(tx: Tx) -> Shown:
        return notifications(tx, viewer, told_in(tx, viewer, window, wanted))

    return await app.db.look(read)


async def listed_page(app: App, viewer: Viewer, params: Params, window: Window) -> Shown:
    """The same, with what the policy holds back where that is asked for: always when it is about
    one person, for so apps show what somebody who waits to be let in has sent. Apps that say which
    kinds they know get a sentence in place of the others."""
    shown = await notifications_page(app, viewer, params, window)
    if SUPPORTED not in params:
        return shown
    return fallback.in_page(shown, params.list(SUPPORTED), app.instance.origin)


@get("/api/v1/notifications", opt=_READ)
async def page(
    request: Asked,
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Json:
    """What the viewer was told, newest first."""
    return await answered(request, app, viewer, params, listed_page, SIZE)


@get("/api/v1/notifications/unread_count", opt=_READ)
async def unread_count(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """How many are newer than the marker."""
    most = page_of(params, 100, 1000).limit
    return Json({"count": await db.read(queries.unread, viewer.id, most)})


@get("/api/v1/notifications/{id_:str}", opt=_READ)
async def one(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """One of them."""
    body = await db.read(notification, viewer, id_of(id_))
    if SUPPORTED in params:
        body = fallback.in_one(body, params.list(SUPPORTED), db.instance.origin)
    return Json(body)


@post("/api/v1/notifications/clear", status_code=200, opt=_WRITE)
async def clear(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Json:
    """Dismiss all."""
    await db.write(notify.clear, viewer)
    return Json({})


@post("/api/v1/notifications/{id_:str}/dismiss", status_code=200, opt=_WRITE)
async def dismiss(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Dismiss one."""
    await db.write(notify.dismiss, viewer, id_of(id_))
    return Json({})


ROUTES: list[Any] = [page, unread_count, one, clear, dismiss]
HOT = {"/api/v1/notifications": hot(listed_page, _READ, SIZE)}
