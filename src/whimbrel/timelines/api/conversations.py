"""Conversations: direct posts by who takes part."""

from typing import Any

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params
from whimbrel.core.ids import id_of

from .. import conversations
from ..rules import Window
from ..serialize import Shown
from .pages import Asked, answered

_READ, _WRITE = access("read:statuses"), access("write:conversations")
_PATH = "/api/v1/conversations"


async def conversations_page(app: App, viewer: Viewer, params: Params, window: Window) -> Shown:
    """A page of them."""
    return await app.db.read(conversations.page, viewer, window)


@get(_PATH, opt=_READ)
async def page(
    request: Asked,
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Json:
    """The viewer's conversations, the one with the newest post first."""
    return await answered(request, app, viewer, params, conversations_page)


@delete(f"{_PATH}/{{id_:str}}", status_code=200, opt=_WRITE)
async def remove(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Remove one from the list."""
    await db.write(conversations.remove, viewer, id_of(id_))
    return Json({})


@post(f"{_PATH}/{{id_:str}}/read", status_code=200, opt=_WRITE)
async def read(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Mark one as read."""
    return Json(await db.write(conversations.read, viewer, id_of(id_)))


@post(f"{_PATH}/{{id_:str}}/unread", status_code=200, opt=_WRITE)
async def unread(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Mark one as not read."""
    return Json(await db.write(conversations.unread, viewer, id_of(id_)))


ROUTES: list[Any] = [page, remove, read, unread]
