"""What trends, for everybody, and for those who review it."""

from typing import Any

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import reading
from whimbrel.accounts.auth import access
from whimbrel.accounts.circles import Window
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params, Scope, link, offset_of, page_of, window
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx
from whimbrel.posts import queries as posts
from whimbrel.posts import serialize as statuses

from .. import links, serialize, trends

_ADMIN = "/api/v1/admin/trends"
_OPEN = access("read:statuses", token="optional", strangers="first")  # noqa: S106 (no password)
_READ = access("admin:read", needs=Permission.MANAGE_TAXONOMIES)
_WRITE = access("admin:write", needs=Permission.MANAGE_TAXONOMIES)


@get(["/api/v1/trends/tags", "/api/v1/trends"], opt=access(None, strangers="first"))
async def of_tags(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """Tags that are used more than usual (the short address is that of older apps)."""
    offset, limit = offset_of(params, default=10, most=20)
    found = await db.read(trends.of_tags, viewer, offset, limit)
    return Json([serialize.tag(db.instance, each) for each in found])


@get("/api/v1/trends/statuses", opt=access(None, strangers="first"))
async def of_statuses(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Json:
    """Posts that are liked and boosted more than others."""
    offset, limit = offset_of(params, default=20, most=40)

    def found(tx: Tx) -> tuple[Any, bytes]:
        ids = trends.of_posts(tx, offset, limit)
        rows = posts.cards_of(tx, viewer, ids, hide=True)
        return rows, statuses.page(tx, viewer, rows)

    rows, shown = await db.read(found)
    await reading.tell(scope, viewer, rows, len(shown))
    return Json(shown)


@get("/api/v1/trends/links", opt=access(None, strangers="first"))
async def of_links(db: NamedDependency[Db], params: NamedDependency[Params]) -> Json:
    """Pages that are linked to more than usual."""
    offset, limit = offset_of(params, default=10, most=20)
    found = await db.read(links.trending, offset, limit)
    return Json([serialize.link(db.instance, each) for each in found])


@get("/api/v1/timelines/link", opt=_OPEN)
async def with_link(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    request: Request[Any, Any, Any],
) -> Json:
    """The public posts with a link that trends."""
    page = page_of(params)
    part = Window(*window(page), most=page.limit)
    url = params.text("url")

    def found(tx: Tx) -> tuple[Any, bytes]:
        rows = links.posts_with(tx, viewer, url, part)
        return rows, statuses.page(tx, viewer, rows)

    rows, shown = await db.read(found)
    await reading.tell(request.scope, viewer, rows, len(shown))
    ids = statuses.ids(rows)
    at = link(
        db.instance.origin,
        request.scope["path"],
        request.scope["query_string"],
        page,
        ids[0] if ids else None,
        ids[-1] if ids else None,
        more=len(ids) == page.limit,
    )
    return Json(shown, headers={"link": at} if at else None)


# --- for those who review -----------------------------------------------------------------------


@get(f"{_ADMIN}/tags", opt=_READ)
async def tags_to_review(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """All tags that trend, reviewed or not."""
    offset, limit = offset_of(params, default=10, most=20)
    found = await db.read(trends.tags_to_review, viewer, offset, limit)
    return Json([serialize.reviewed_tag(db.instance, each) for each in found])


@get(f"{_ADMIN}/statuses", opt=_READ)
async def statuses_to_review(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """All posts that trend, reviewed or not."""
    offset, limit = offset_of(params, default=20, most=40)

    def found(tx: Tx) -> bytes:
        said = trends.posts_to_review(tx, viewer, offset, limit)
        seen = [card[0] for card in posts.cards_of(tx, viewer, said)]
        return serialize.array([_reviewed(tx, viewer, id_, said[id_]) for id_ in seen])

    return Json(await db.read(found))


def _reviewed(tx: Tx, viewer: Viewer, id_: int, review: int | None) -> bytes:
    return serialize.reviewed_status(statuses.one(tx, viewer, id_), review)


async def _review_tag(db: Db, viewer: Viewer, name: str, *, shown: bool) -> Json:
    def acted(tx: Tx) -> dict[str, Any]:
        said = trends.review_tag(tx, viewer, name, shown=shown)
        return serialize.reviewed_tag(tx.instance, said)

    return Json(await db.write(acted))


async def _review_status(db: Db, viewer: Viewer, id_: str, *, shown: bool) -> Json:
    def acted(tx: Tx) -> bytes:
        review = trends.review_post(tx, viewer, id_of(id_), shown=shown)
        return _reviewed(tx, viewer, id_of(id_), review)

    return Json(await db.write(acted))


@post(f"{_ADMIN}/tags/{{name:str}}/approve", status_code=200, opt=_WRITE)
async def approve_tag(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], name: FromPath[str]
) -> Json:
    """Let it be shown."""
    return await _review_tag(db, viewer, name, shown=True)


@post(f"{_ADMIN}/tags/{{name:str}}/reject", status_code=200, opt=_WRITE)
async def reject_tag(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], name: FromPath[str]
) -> Json:
    """Do not let it be shown."""
    return await _review_tag(db, viewer, name, shown=False)


@post(f"{_ADMIN}/statuses/{{id_:str}}/approve", status_code=200, opt=_WRITE)
async def approve_status(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Let it be shown."""
    return await _review_status(db, viewer, id_, shown=True)


@post(f"{_ADMIN}/statuses/{{id_:str}}/reject", status_code=200, opt=_WRITE)
async def reject_status(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Do not let it be shown."""
    return await _review_status(db, viewer, id_, shown=False)


ROUTES: list[Any] = [
    *(of_tags, of_statuses, of_links, with_link),
    *(tags_to_review, statuses_to_review),
    *(approve_tag, reject_tag, approve_status, reject_status),
]
