"""Links that trend, for those who review them."""

from typing import Any

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts.auth import access
from whimbrel.accounts.circles import Window
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params, link, offset_of, page_of, window
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from .. import links, serialize
from ..rules import Link, Publisher

_LINKS = "/api/v1/admin/trends/links"
_SITES = f"{_LINKS}/publishers"
_READ = access("admin:read", needs=Permission.MANAGE_TAXONOMIES)
_WRITE = access("admin:write", needs=Permission.MANAGE_TAXONOMIES)


@get(_LINKS, opt=_READ)
async def to_review(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """All links that trend, reviewed or not."""
    offset, limit = offset_of(params, default=10, most=20)
    found = await db.read(links.to_review, viewer, offset, limit)
    return Json([serialize.reviewed_link(db.instance, each) for each in found])


async def _review(db: Db, viewer: Viewer, id_: str, *, shown: bool) -> Json:
    def said(tx: Tx) -> Link:
        return links.review(tx, viewer, id_of(id_), shown=shown)

    return Json(serialize.reviewed_link(db.instance, await db.write(said)))


@post(f"{_LINKS}/{{id_:str}}/approve", status_code=200, opt=_WRITE)
async def approve(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Let it be shown."""
    return await _review(db, viewer, id_, shown=True)


@post(f"{_LINKS}/{{id_:str}}/reject", status_code=200, opt=_WRITE)
async def reject(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Do not let it be shown."""
    return await _review(db, viewer, id_, shown=False)


@get(_SITES, opt=_READ)
async def publishers(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    request: Request[Any, Any, Any],
) -> Json:
    """The sites of which pages trended."""
    page = page_of(params)
    found = await db.read(links.publishers, viewer, Window(*window(page), most=page.limit))
    at = link(
        db.instance.origin,
        request.scope["path"],
        request.scope["query_string"],
        page,
        found[0].id if found else None,
        found[-1].id if found else None,
        more=len(found) == page.limit,
    )
    shown = [serialize.publisher(each) for each in found]
    return Json(shown, headers={"link": at} if at else None)


async def _review_site(db: Db, viewer: Viewer, id_: str, *, shown: bool) -> Json:
    def said(tx: Tx) -> Publisher:
        return links.review_publisher(tx, viewer, id_of(id_), shown=shown)

    return Json(serialize.publisher(await db.write(said)))


@post(f"{_SITES}/{{id_:str}}/approve", status_code=200, opt=_WRITE)
async def approve_publisher(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Let its pages be shown."""
    return await _review_site(db, viewer, id_, shown=True)


@post(f"{_SITES}/{{id_:str}}/reject", status_code=200, opt=_WRITE)
async def reject_publisher(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Do not let its pages be shown."""
    return await _review_site(db, viewer, id_, shown=False)


ROUTES: list[Any] = [
    *(to_review, approve, reject),
    *(publishers, approve_publisher, reject_publisher),
]
