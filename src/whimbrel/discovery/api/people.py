"""People to find: suggestions and the directory."""

from typing import Any

from litestar import delete, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params, offset_of
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from .. import directory, serialize, suggestions
from ..queries.people import Order
from ..rules import Suggestion

DEFAULT, MOST = 40, 80


async def _suggested(db: Db, viewer: Viewer, params: Params) -> list[Suggestion]:
    offset, limit = offset_of(params, DEFAULT, MOST)
    return await db.read(suggestions.suggested, viewer, limit, min(offset, MOST), slow=True)


@get("/api/v2/suggestions", opt=access("read:accounts"))
async def suggested(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Json:
    """Whom the viewer may like to follow, and why."""
    found = await _suggested(db, viewer, params)
    return Json(serialize.array([serialize.suggestion(app.instance, each) for each in found]))


@get("/api/v1/suggestions", opt=access("read:accounts"))
async def suggested_accounts(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Json:
    """The same, as older apps want it: accounts alone."""
    found = await _suggested(db, viewer, params)
    return Json(serialize.accounts(app.instance, [each.account for each in found]))


@delete("/api/v1/suggestions/{id_:str}", status_code=200, opt=access("write:accounts"))
async def dismiss(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Not them again."""
    await db.write(suggestions.dismiss, viewer, id_of(id_))
    return Json({})


@get("/api/v1/directory", opt=access(None, strangers="first"))
async def listed(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Json:
    """Those who want to be found."""
    offset, limit = offset_of(params, DEFAULT, MOST)
    order: Order = "new" if params.text("order") == "new" else "active"
    local = params.flag("local")

    def found(tx: Tx) -> bytes:
        people = directory.page(tx, viewer, order, local=local, offset=offset, most=limit)
        return serialize.accounts(app.instance, people)

    return Json(await db.read(found, slow=True))


ROUTES: list[Any] = [suggested, suggested_accounts, dismiss, listed]
