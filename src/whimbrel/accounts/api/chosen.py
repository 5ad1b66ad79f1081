"""Whom the viewer recommends, and the servers they want to hear nobody of."""

from typing import Any

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Page, Params, page_of, window
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from .. import circles, domains, endorse, relationships
from ..auth import access
from ..circles import Window
from ..rules import Relationship, Viewer
from .pages import Asked, answer, page_and_window, paged

_OF = "/api/v1/accounts/{id_:str}"
_DOMAINS = "/api/v1/domain_blocks"


@post([f"{_OF}/endorse", f"{_OF}/pin"], status_code=200, opt=access("write:accounts"))
async def endorse_(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Recommend somebody (`pin` to older apps)."""

    def acted(tx: Tx) -> Relationship:
        endorse.endorse(tx, viewer, id_of(id_))
        return relationships.to(tx, viewer, id_of(id_))

    return Json(await db.write(acted))


@post([f"{_OF}/unendorse", f"{_OF}/unpin"], status_code=200, opt=access("write:accounts"))
async def unendorse(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Recommend somebody no more."""

    def acted(tx: Tx) -> Relationship:
        endorse.unendorse(tx, viewer, id_of(id_))
        return relationships.to(tx, viewer, id_of(id_))

    return Json(await db.write(acted))


@get(f"{_OF}/endorsements", opt=access(None, strangers="first"))
async def endorsed_by(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    request: Asked,
    id_: FromPath[str],
) -> Json:
    """Whom somebody recommends."""
    page, around = page_and_window(params)
    rows = await db.read(circles.endorsed, viewer, id_of(id_), around)
    return answer(app, request, page, rows)


@get("/api/v1/endorsements", opt=access("read:accounts"))
async def endorsed(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    request: Asked,
) -> Json:
    """Whom the viewer recommends."""
    page, around = page_and_window(params)
    rows = await db.read(circles.endorsed, viewer, viewer.id, around)
    return answer(app, request, page, rows)


@get(f"{_OF}/identity_proofs", opt=access("read:accounts"))
async def identity_proofs(viewer: NamedDependency[Viewer], id_: FromPath[str]) -> Json:
    """Always nothing: Mastodon stopped keeping them, and older apps still ask."""
    return Json([])


@get(_DOMAINS, opt=access("read:blocks"))
async def blocked_domains(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    request: Asked,
) -> Json:
    """The servers the viewer blocks, as plain texts."""
    page: Page = page_of(params, default=100, most=200)
    rows = await db.read(domains.mine, viewer, Window(*window(page), most=page.limit))
    cursors = [row.cursor for row in rows]
    return Json([row.domain for row in rows], headers=paged(app, request, page, cursors))


@post(_DOMAINS, status_code=200, opt=access("write:blocks"))
async def block_domain(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """Block a server."""
    await db.write(domains.block, viewer, params.text("domain"))
    return Json({})


@delete(_DOMAINS, status_code=200, opt=access("write:blocks"))
async def unblock_domain(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """Block a server no more; its name comes in the query or in a body."""
    await db.write(domains.unblock, viewer, params.text("domain"))
    return Json({})


ROUTES: list[Any] = [
    *(endorse_, unendorse, endorsed_by, endorsed, identity_proofs),
    *(blocked_domains, block_domain, unblock_domain),
]
