"""How far somebody has read."""

from collections.abc import Mapping
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency

from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Viewer
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Json, Params
from whimbrel.core.ids import id_of

from .. import markers
from ..rules import MARKED


@get("/api/v1/markers", opt=access("read:statuses"))
async def show(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """The markers that are asked for."""
    return Json(await db.read(markers.show, viewer, params.list("timeline")))


@post("/api/v1/markers", status_code=200, opt=access("write:statuses"))
async def move(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """Move some."""
    return Json(await db.write(markers.move, viewer, _wanted(params)))


def _wanted(params: Params) -> dict[str, int]:
    """`home[last_read_id]=1` as {"home": 1}."""
    wanted = {}
    for name in MARKED:
        value: Any = params.get(name)
        if isinstance(value, Mapping) and value.get("last_read_id"):
            id_ = id_of(str(value["last_read_id"]))
            if id_ < 0:
                raise Invalid("last_read_id is no id.")
            wanted[name] = id_
    return wanted


ROUTES: list[Any] = [show, move]
