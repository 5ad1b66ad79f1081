"""Announcements, and what somebody does about them."""

from typing import Any

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params
from whimbrel.core.ids import id_of

from .. import announcements, serialize

_WRITE = access("write:favourites")
_REACTION = "/api/v1/announcements/{id_:str}/reactions/{name:str}"


@get("/api/v1/announcements", opt=access(None, token="user"))  # noqa: S106 (whose token, not one)
async def current(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Json:
    """What there is to read; with `with_dismissed` also what was put away."""
    dismissed = params.flag("with_dismissed")
    found = await db.read(lambda tx: announcements.current(tx, viewer, dismissed=dismissed))
    return Json([serialize.announcement(app.instance, each) for each in found])


@post("/api/v1/announcements/{id_:str}/dismiss", status_code=200, opt=access("write:accounts"))
async def dismiss(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """It has been read."""
    await db.write(announcements.dismiss, viewer, id_of(id_))
    return Json({})


@put(_REACTION, opt=_WRITE)
async def react(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    id_: FromPath[str],
    name: FromPath[str],
) -> Json:
    """An emoji is put under it."""
    await db.write(announcements.react, viewer, id_of(id_), name)
    return Json({})


@delete(_REACTION, status_code=200, opt=_WRITE)
async def unreact(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    id_: FromPath[str],
    name: FromPath[str],
) -> Json:
    """It is taken away."""
    await db.write(announcements.unreact, viewer, id_of(id_), name)
    return Json({})


ROUTES: list[Any] = [current, dismiss, react, unreact]
