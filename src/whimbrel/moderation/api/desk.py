"""Reports, as moderators' apps work on them."""

from collections.abc import Callable
from typing import Any

from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts.auth import access
from whimbrel.accounts.barred import domain_of
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from .. import desk, reports
from ..rules import Report
from .pages import Asked, listed, named, page_and_window

_READ = access("admin:read:reports", needs=Permission.MANAGE_REPORTS)
_WRITE = access("admin:write:reports", needs=Permission.MANAGE_REPORTS)


def _filters(params: Params) -> dict[str, Any]:
    filters: dict[str, Any] = {"resolved" if params.flag("resolved") else "open": True}
    for name, key in (("account", "account_id"), ("target", "target_account_id")):
        if params.text(key):
            filters[name] = id_of(params.text(key))
    if params.text("by_target_domain"):
        filters["domain"] = domain_of(params.text("by_target_domain")) or ""
    return filters


@get("/api/v1/admin/reports", opt=_READ)
async def page_of_reports(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    request: Asked,
) -> Json:
    """Those still open, or with `resolved` the others."""
    page, window = page_and_window(params)
    filters = _filters(params)

    def found(tx: Tx) -> list[dict[str, Any]]:
        return desk.reports(tx, reports.page(tx, viewer, window, filters))

    return listed(app, request, page, await db.read(found, slow=True))


@get("/api/v1/admin/reports/{id_:str}", opt=_READ)
async def show(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """One of them."""

    def found(tx: Tx) -> dict[str, Any]:
        return desk.report(tx, reports.show(tx, viewer, id_of(id_)))

    return Json(await db.read(found))


@put("/api/v1/admin/reports/{id_:str}", opt=_WRITE)
async def change(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Sort one elsewhere."""
    form = params.to(reports.ReportChange)

    def changed(tx: Tx) -> dict[str, Any]:
        return desk.report(tx, reports.change(tx, viewer, id_of(id_), form))

    return Json(await db.write(changed))


def _door(name: str, decision: Callable[[Tx, Viewer, int], Report], says: str) -> Any:
    @post(f"/api/v1/admin/reports/{{id_:str}}/{name}", status_code=200, opt=_WRITE)
    @named(name, says)
    async def door(
        db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
    ) -> Json:
        def decided(tx: Tx) -> dict[str, Any]:
            return desk.report(tx, decision(tx, viewer, id_of(id_)))

        return Json(await db.write(decided))

    return door


ROUTES: list[Any] = [
    *(page_of_reports, show, change),
    _door("assign_to_self", reports.assign, "Take it on."),
    _door("unassign", reports.unassign, "Nobody works on it any more."),
    _door("resolve", reports.resolve, "It is dealt with."),
    _door("reopen", reports.reopen, "It is not."),
]
