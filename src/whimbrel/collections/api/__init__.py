"""Collections, for apps."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from litestar import delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Viewer
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params, offset_of
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from .. import collect, serialize
from ..rules import Collection, Part

_ALL = "/api/v1/collections"
_ONE = f"{_ALL}/{{id_:str}}"
_ITEM = f"{_ONE}/items/{{item:str}}"
_OF = "/api/v1/accounts/{id_:str}"
_READ = access("read:collections", token="optional", strangers="first")  # noqa: S106
_WRITE = access("write:collections")


def _one(db: Db, made: Collection) -> Json:
    return Json({"collection": serialize.collection(db.instance, made)})


@post(_ALL, status_code=200, opt=_WRITE)
async def create(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """A new one."""
    return _one(db, await db.write(collect.create, viewer, params.to(collect.Form)))


@get(_ONE, opt=_READ)
async def show(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """One, with everybody in it."""

    def found(tx: Tx) -> bytes:
        return serialize.with_accounts(tx, collect.show(tx, viewer, id_of(id_)))

    return Json(await db.read(found))


@patch(_ONE, opt=_WRITE)
async def update(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Change what it says of itself."""
    return await _update(db, viewer, params, id_)


@put(_ONE, opt=_WRITE)
async def replace(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """The same, as some apps ask it."""
    return await _update(db, viewer, params, id_)


async def _update(db: Db, viewer: Viewer, params: Params, id_: str) -> Json:
    form = params.to(collect.Form)
    return _one(db, await db.write(collect.update, viewer, id_of(id_), form))


@delete(_ONE, status_code=200, opt=_WRITE)
async def remove(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Remove one."""
    await db.write(collect.delete, viewer, id_of(id_))
    return Json({})


@post(f"{_ONE}/items", status_code=200, opt=_WRITE)
async def add(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Put somebody in."""
    account = id_of(params.text("account_id"))
    made = await db.write(collect.add, viewer, id_of(id_), account)
    return Json({"collection_item": serialize.item(made)})


@delete(_ITEM, status_code=200, opt=_WRITE)
async def take(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    id_: FromPath[str],
    item: FromPath[str],
) -> Json:
    """Take somebody out."""
    await db.write(collect.remove, viewer, id_of(id_), id_of(item))
    return Json({})


@post(f"{_ITEM}/revoke", status_code=200, opt=_WRITE)
async def revoke(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    id_: FromPath[str],
    item: FromPath[str],
) -> Json:
    """Take oneself out."""
    await db.write(collect.revoke, viewer, id_of(id_), id_of(item))
    return Json({})


Ask = Callable[[Tx, Viewer, int, Part], list[Collection]]


async def _page(db: Db, viewer: Viewer, id_: str, params: Params, what: str, ask: Ask) -> Json:
    offset, limit = offset_of(params, default=40, most=80)
    found = await db.read(ask, viewer, id_of(id_), Part(offset, limit), slow=True)
    path = f"{db.instance.origin}/api/v1/accounts/{id_of(id_)}/{what}"
    at = []
    if len(found) == limit:
        at.append(f'<{path}?{urlencode({"limit": limit, "offset": offset + limit})}>; rel="next"')
    if offset:
        before = max(offset - limit, 0)
        at.append(f'<{path}?{urlencode({"limit": limit, "offset": before})}>; rel="prev"')
    shown = {"collections": [serialize.collection(db.instance, each) for each in found]}
    return Json(shown, headers={"link": ", ".join(at)} if at else None)


@get(f"{_OF}/collections", opt=_READ)
async def made_by(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Somebody's collections."""
    return await _page(db, viewer, id_, params, "collections", collect.of)


@get(f"{_OF}/in_collections", opt=access("read:collections"))
async def containing(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Those that one is in oneself."""
    return await _page(db, viewer, id_, params, "in_collections", collect.containing)


ROUTES: list[Any] = [
    *(create, show, update, replace, remove),
    *(add, take, revoke, made_by, containing),
]
