"""Posts that wait for their time: seen, put off, called off. They are written like any other."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params, link, page_of, window
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from .. import schedule
from ..queries import scheduled

_ALL = "/api/v1/scheduled_statuses"
_ONE = f"{_ALL}/{{id_:str}}"
_READ, _WRITE = access("read:statuses"), access("write:statuses")


class TimeWanted(msgspec.Struct, kw_only=True):
    """Another time."""

    scheduled_at: datetime | None = None


@get(_ALL, opt=_READ)
async def mine(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    request: Request[Any, Any, Any],
) -> Json:
    """Those of the viewer, the latest written first."""
    page = page_of(params)
    low, high, ascending = window(page)

    def found(tx: Tx) -> list[dict[str, Any]]:
        rows = scheduled.page(tx, viewer.id, low, high, page.limit, ascending)
        return schedule.entities(tx, rows)

    told = await db.read(found)
    at = link(
        app.instance.origin,
        request.scope["path"],
        request.scope["query_string"],
        page,
        int(told[0]["id"]) if told else None,
        int(told[-1]["id"]) if told else None,
        more=len(told) == page.limit,
    )
    return Json(told, headers={"link": at} if at else None)


@get(_ONE, opt=_READ)
async def show(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """One of them."""

    def found(tx: Tx) -> dict[str, Any]:
        return schedule.entities(tx, [scheduled.own(tx, viewer.id, id_of(id_))])[0]

    return Json(await db.read(found))


@put(_ONE, opt=_WRITE)
async def move(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Give it another time."""
    at = params.to(TimeWanted).scheduled_at

    def moved(tx: Tx) -> dict[str, Any]:
        return schedule.entities(tx, [schedule.reschedule(tx, viewer, id_of(id_), at)])[0]

    return Json(await db.write(moved))


@delete(_ONE, status_code=200, opt=_WRITE)
async def remove(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Call it off."""
    await db.write(schedule.cancel, viewer, id_of(id_))
    return Json({})


ROUTES: list[Any] = [mine, show, move, remove]
