"""Letters of hosts and authorities, handed in and looked at by programs of the staff's."""

import asyncio
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from ..letters import complaints, shown
from ..letters.complaints import Intake
from ..queries.complaints import Order

PATH = "/api/whimbrel/v1/admin/letters"
_NEEDS = Permission.MANAGE_REPORTS
_READ = access("admin:read:reports", needs=_NEEDS)
_WRITE = access("admin:write:reports", rate="media", needs=_NEEDS)


def _intake(params: Params) -> Intake:
    file = params.upload("file")
    data = params.text("text").encode() if file is None else file.path.read_bytes()
    if params.text("source") != "authority":
        return Intake(data=data)
    fields = {name: params.text(name).strip() for name in Order.__struct_fields__}
    silent = params.number("silent_until")
    return Intake(
        data=data,
        order=Order(**fields),
        country=params.text("country").strip(),
        silent_until=None if silent is None else silent * 1000,
    )


@post(PATH, status_code=202, opt=_WRITE)
async def take(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Json:
    """Hand a letter in: `text`, or `file` in any form. It is read in a moment. With `source`
    `authority` it is an order, and what it names is decided within the hour."""
    try:
        form = await asyncio.to_thread(_intake, params)
        await asyncio.to_thread(complaints.refuse_unfit, form)
    finally:
        params.close()
    id_ = await db.write(complaints.hand_in, viewer, form)
    return Json({"id": str(id_)}, 202)


@get(PATH, opt=_READ)
async def page(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Json:
    """Those that wait for an answer, the one with the earliest deadline first."""

    def found(tx: Tx) -> list[dict[str, Any]]:
        return [shown.as_json(each) for each in shown.listed(tx, viewer)]

    return Json(await db.read(found, slow=True))


@get(f"{PATH}/{{id_:str}}", opt=_READ)
async def show(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """One of them, with all that it names."""

    def found(tx: Tx) -> dict[str, Any]:
        told = shown.one(tx, viewer, id_of(id_))
        return shown.as_json(told["letter"], told["items"])

    return Json(await db.read(found, slow=True))


ROUTES: list[Any] = [take, page, show]
