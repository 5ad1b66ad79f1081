"""Leaving a collection into which somebody was put: the line that tells of it has the button."""

from typing import Any

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts.auth import access_page, check_csrf
from whimbrel.accounts.rules import Viewer
from whimbrel.collections import collect
from whimbrel.core.db import Db
from whimbrel.core.http import Params, Redirect, Scope
from whimbrel.core.ids import id_of


@post("/collections/{id_:str}/leave", status_code=200, opt=access_page(signed_in=True))
async def leave(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Redirect:
    """The viewer takes themselves out. Raises NotFound."""
    check_csrf(scope, params)
    await db.write(collect.leave, viewer, id_of(id_))
    return Redirect("/notifications")


ROUTES: list[Any] = [leave]
