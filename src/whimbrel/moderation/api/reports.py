"""Reports, as apps send them."""

from typing import Any

from litestar import post
from litestar.di import NamedDependency

from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params

from .. import report, serialize


@post("/api/v1/reports", status_code=200, opt=access("write:reports", rate="report"))
async def create(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Json:
    """Somebody says that something is wrong."""
    made, target = await db.write(report.report, viewer, params.to(report.ReportForm))
    return Json(serialize.report(app.instance, made, target))


ROUTES: list[Any] = [create]
