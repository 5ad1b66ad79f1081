"""Filters, as apps since Mastodon 4 know them (v2) and as older ones do (v1)."""

from typing import Any

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Viewer
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params
from whimbrel.core.ids import id_of

from .. import filters
from ..filters import FilterForm, KeywordForm, OldForm

_READ, _WRITE = access("read:filters"), access("write:filters")


def _keeps_end(params: Params) -> bool:
    """An empty `expires_in` means never; none at all, as before."""
    return "expires_in" not in params


@get("/api/v2/filters", opt=_READ)
async def mine(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Json:
    """The viewer's filters."""
    return Json(await db.read(filters.mine, viewer))


@post("/api/v2/filters", status_code=200, opt=_WRITE)
async def create(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """A new one."""
    return Json(await db.write(filters.create, viewer, params.to(FilterForm)))


@get("/api/v2/filters/{id_:str}", opt=_READ)
async def show(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """One of them."""
    return Json(await db.read(filters.show, viewer, id_of(id_)))


@put("/api/v2/filters/{id_:str}", opt=_WRITE)
async def update(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Change one, and its keywords."""
    form, keep_end = params.to(FilterForm), _keeps_end(params)

    def act(tx: Any) -> Any:
        return filters.update(tx, viewer, id_of(id_), form, keep_end=keep_end)

    return Json(await db.write(act))


@delete("/api/v2/filters/{id_:str}", status_code=200, opt=_WRITE)
async def remove(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Remove one."""
    await db.write(filters.delete, viewer, id_of(id_))
    return Json({})


@get("/api/v2/filters/{id_:str}/keywords", opt=_READ)
async def keywords(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """What one looks for."""
    return Json((await db.read(filters.show, viewer, id_of(id_))).keywords)


@post("/api/v2/filters/{id_:str}/keywords", status_code=200, opt=_WRITE)
async def add_keyword(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """One keyword more."""
    form = params.to(KeywordForm)
    return Json(await db.write(filters.add_keyword, viewer, id_of(id_), form))


@get("/api/v2/filters/keywords/{id_:str}", opt=_READ)
async def keyword(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """A single keyword."""
    return Json(await db.read(filters.keyword, viewer, id_of(id_)))


@put("/api/v2/filters/keywords/{id_:str}", opt=_WRITE)
async def change_keyword(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Change it."""
    form = params.to(KeywordForm)
    return Json(await db.write(filters.change_keyword, viewer, id_of(id_), form))


@delete("/api/v2/filters/keywords/{id_:str}", status_code=200, opt=_WRITE)
async def remove_keyword(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Remove it."""
    await db.write(filters.delete_keyword, viewer, id_of(id_))
    return Json({})


@get("/api/v2/filters/{id_:str}/statuses", opt=_READ)
async def posts(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """The single posts one catches."""
    return Json((await db.read(filters.show, viewer, id_of(id_))).statuses)


@post("/api/v2/filters/{id_:str}/statuses", status_code=200, opt=_WRITE)
async def add_post(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """One post more."""
    which = id_of(params.text("status_id"))
    return Json(await db.write(filters.add_post, viewer, id_of(id_), which))


@get("/api/v2/filters/statuses/{id_:str}", opt=_READ)
async def one_post(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """The entry for a post."""
    return Json(await db.read(filters.post, viewer, id_of(id_)))


@delete("/api/v2/filters/statuses/{id_:str}", status_code=200, opt=_WRITE)
async def remove_post(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Remove it."""
    await db.write(filters.delete_post, viewer, id_of(id_))
    return Json({})


@get("/api/v1/filters", opt=_READ)
async def old_mine(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Json:
    """Every keyword as a filter of its own."""
    return Json(await db.read(filters.old_mine, viewer))


@post("/api/v1/filters", status_code=200, opt=_WRITE)
async def old_create(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """A filter of one keyword."""
    return Json(await db.write(filters.old_create, viewer, params.to(OldForm)))


@get("/api/v1/filters/{id_:str}", opt=_READ)
async def old_show(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """One of them."""
    return Json(await db.read(filters.old_show, viewer, id_of(id_)))


@put("/api/v1/filters/{id_:str}", opt=_WRITE)
async def old_update(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Change one."""
    form, keep_end = params.to(OldForm), _keeps_end(params)

    def act(tx: Any) -> Any:
        return filters.old_update(tx, viewer, id_of(id_), form, keep_end=keep_end)

    return Json(await db.write(act))


@delete("/api/v1/filters/{id_:str}", status_code=200, opt=_WRITE)
async def old_remove(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Remove one."""
    await db.write(filters.old_delete, viewer, id_of(id_))
    return Json({})


ROUTES: list[Any] = [
    *(mine, create, show, update, remove),
    *(keywords, add_keyword, keyword, change_keyword, remove_keyword),
    *(posts, add_post, one_post, remove_post),
    *(old_mine, old_create, old_show, old_update, old_remove),
]
