"""Lists and who is in them."""

from typing import Any

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Viewer
from whimbrel.accounts.serialize import account
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params, page_of
from whimbrel.core.ids import id_of

from .. import lists
from ..serialize import Shown
from .pages import Asked, link_of, window_of

_READ, _WRITE = access("read:lists"), access("write:lists")


@get("/api/v1/lists", opt=_READ)
async def mine(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Json:
    """The viewer's lists."""
    return Json(await db.read(lists.mine, viewer))


@post("/api/v1/lists", status_code=200, opt=_WRITE)
async def create(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """A new one."""
    return Json(await db.write(lists.create, viewer, params.to(lists.ListForm)))


@get("/api/v1/lists/{id_:str}", opt=_READ)
async def show(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """One of them."""
    return Json(await db.read(lists.show, viewer, id_of(id_)))


@put("/api/v1/lists/{id_:str}", opt=_WRITE)
async def update(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Change one."""
    return Json(await db.write(lists.update, viewer, id_of(id_), params.to(lists.ListForm)))


@delete("/api/v1/lists/{id_:str}", status_code=200, opt=_WRITE)
async def remove(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Remove one."""
    await db.write(lists.delete, viewer, id_of(id_))
    return Json({})


@get("/api/v1/lists/{id_:str}/accounts", opt=_READ)
async def members(
    request: Asked,
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Who is in one; with limit=0 all at once, without paging."""
    page, everybody = page_of(params, 40, 80), str(params.get("limit")) == "0"
    window = window_of(page)
    if everybody:
        window = window._replace(most=0)
    found = await db.read(lists.members, viewer, id_of(id_), window)
    body = b"[%b]" % b",".join([account(app.instance, each) for each in found])
    if everybody or not found:
        return Json(body)
    shown = Shown(body, found[0].id, found[-1].id, len(found))
    at = link_of(app, request.scope, page, shown)
    return Json(body, headers={"link": at} if at else None)


@post("/api/v1/lists/{id_:str}/accounts", status_code=200, opt=_WRITE)
async def add(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Put accounts into one."""
    await db.write(lists.add, viewer, id_of(id_), params.ids("account_ids"))
    return Json({})


@delete("/api/v1/lists/{id_:str}/accounts", status_code=200, opt=_WRITE)
async def take_out(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Take accounts out of one."""
    await db.write(lists.take_out, viewer, id_of(id_), params.ids("account_ids"))
    return Json({})


@get("/api/v1/accounts/{id_:str}/lists", opt=_READ)
async def holding(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """The viewer's lists that somebody is in."""
    return Json(await db.read(lists.holding, viewer, id_of(id_)))


ROUTES: list[Any] = [mine, create, show, update, remove, members, add, take_out, holding]
