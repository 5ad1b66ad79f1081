"""Tags, for those who say which may be used, be found, and trend. A tag goes by its word."""

from typing import Any

from litestar import Request, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts.auth import access
from whimbrel.accounts.circles import Window
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params, link, page_of, window

from .. import serialize, standing

_TAGS = "/api/v1/admin/tags"
_READ = access("admin:read", needs=Permission.MANAGE_TAXONOMIES)
_WRITE = access("admin:write", needs=Permission.MANAGE_TAXONOMIES)


@get(_TAGS, opt=_READ)
async def every(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    request: Request[Any, Any, Any],
) -> Json:
    """The tags that anybody may read in some post."""
    page = page_of(params, default=100, most=200)
    cursors, found = await db.read(
        standing.every, viewer, Window(*window(page), most=page.limit), slow=True
    )
    at = link(
        db.instance.origin,
        request.scope["path"],
        request.scope["query_string"],
        page,
        cursors[0] if cursors else None,
        cursors[-1] if cursors else None,
        more=len(cursors) == page.limit,
    )
    shown = [serialize.reviewed_tag(db.instance, each) for each in found]
    return Json(shown, headers={"link": at} if at else None)


@get(f"{_TAGS}/{{name:str}}", opt=_READ)
async def one(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], name: FromPath[str]
) -> Json:
    """One of them."""
    found = await db.read(standing.one, viewer, name)
    return Json(serialize.reviewed_tag(db.instance, found))


@put(f"{_TAGS}/{{name:str}}", opt=_WRITE)
async def change(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    name: FromPath[str],
) -> Json:
    """Say whether it may be used, be found, trend, and how it is written."""
    said = await db.write(standing.change, viewer, name, params.to(standing.Form))
    return Json(serialize.reviewed_tag(db.instance, said))


ROUTES: list[Any] = [every, one, change]
