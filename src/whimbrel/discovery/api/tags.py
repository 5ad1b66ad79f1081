"""Tags: to look at, to follow, to show on one's profile."""

from typing import Any

from litestar import Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts.auth import access
from whimbrel.accounts.circles import Window
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params, link, page_of, window
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx
from whimbrel.posts import follow_tag

from .. import serialize, tags

_OF = "/api/v1/tags/{name:str}"
_FEATURED = "/api/v1/featured_tags"
_SHOW_OWN = access("read:accounts")
_CHANGE_OWN = access("write:accounts")


@get(_OF, opt=access(None, strangers="first"))
async def show(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], name: FromPath[str]
) -> Json:
    """A tag, be it used or not."""
    return Json(serialize.tag(db.instance, await db.read(tags.show, viewer, name)))


@post(f"{_OF}/follow", status_code=200, opt=access("write:follows"))
async def follow(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], name: FromPath[str]
) -> Json:
    """Have its public posts at home."""

    def acted(tx: Tx) -> dict[str, Any]:
        return serialize.tag(
            tx.instance, tags.show(tx, viewer, follow_tag.follow(tx, viewer, name))
        )

    return Json(await db.write(acted))


@post(f"{_OF}/unfollow", status_code=200, opt=access("write:follows"))
async def unfollow(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], name: FromPath[str]
) -> Json:
    """Have them there no more."""

    def acted(tx: Tx) -> dict[str, Any]:
        key = follow_tag.unfollow(tx, viewer, name)
        return serialize.tag(tx.instance, tags.show(tx, viewer, key))

    return Json(await db.write(acted))


@get("/api/v1/followed_tags", opt=access("read:follows"))
async def followed(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    request: Request[Any, Any, Any],
) -> Json:
    """The tags the viewer follows."""
    page = page_of(params, default=100, most=200)
    cursors, found = await db.read(tags.following, viewer, Window(*window(page), most=page.limit))
    at = link(
        app.instance.origin,
        request.scope["path"],
        request.scope["query_string"],
        page,
        cursors[0] if cursors else None,
        cursors[-1] if cursors else None,
        more=len(cursors) == page.limit,
    )
    shown = [serialize.tag(app.instance, each) for each in found]
    return Json(shown, headers={"link": at} if at else None)


@post(f"{_OF}/feature", status_code=200, opt=_CHANGE_OWN)
async def feature_this(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], name: FromPath[str]
) -> Json:
    """Show it on one's profile."""

    def acted(tx: Tx) -> dict[str, Any]:
        tags.feature(tx, viewer, name)
        return serialize.tag(tx.instance, tags.show(tx, viewer, name))

    return Json(await db.write(acted))


@post(f"{_OF}/unfeature", status_code=200, opt=_CHANGE_OWN)
async def unfeature_this(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], name: FromPath[str]
) -> Json:
    """Show it there no more."""

    def acted(tx: Tx) -> dict[str, Any]:
        tags.unfeature(tx, viewer, name)
        return serialize.tag(tx.instance, tags.show(tx, viewer, name))

    return Json(await db.write(acted))


@get(_FEATURED, opt=_SHOW_OWN)
async def featured(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Json:
    """The tags on one's own profile."""
    return await _featured(db, viewer, viewer.id)


@get("/api/v1/accounts/{id_:str}/featured_tags", opt=access(None, strangers="first"))
async def featured_by(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """The tags on somebody's profile."""
    return await _featured(db, viewer, id_of(id_))


async def _featured(db: Db, viewer: Viewer, account: int) -> Json:
    found = await db.read(tags.featured_by, viewer, account, slow=True)
    return Json([serialize.featured_tag(db.instance, each) for each in found])


@post(_FEATURED, status_code=200, opt=_CHANGE_OWN)
async def feature(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """Show a tag on one's profile."""
    made = await db.write(tags.feature, viewer, params.text("name"))
    return Json(serialize.featured_tag(db.instance, made))


@delete(f"{_FEATURED}/{{id_:str}}", status_code=200, opt=_CHANGE_OWN)
async def unfeature(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Show a tag there no more."""
    await db.write(tags.remove, viewer, id_of(id_))
    return Json({})


@get(f"{_FEATURED}/suggestions", opt=_SHOW_OWN)
async def suggested(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Json:
    """The tags one uses most and does not show."""
    found = await db.read(tags.suggested, viewer, slow=True)
    return Json([serialize.tag(db.instance, each) for each in found])


ROUTES: list[Any] = [
    *(show, follow, unfollow, followed, feature_this, unfeature_this),
    *(featured, featured_by, feature, unfeature, suggested),
]
