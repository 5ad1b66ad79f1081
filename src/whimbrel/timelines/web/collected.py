"""Leaving a collection into which somebody was put: the line that tells of it has the button."""

from typing import Any

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.collections import collect
from whimbrel.core.db import Db
from whimbrel.core.http import Redirect
from whimbrel.core.ids import id_of


@post("/collections/{id_:str}/leave", status_code=200, opt=access_page(signed_in=True))
async def leave(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Redirect:
    """The viewer takes themselves out. Raises NotFound."""
    await db.write(collect.leave, viewer, id_of(id_))
    return Redirect("/notifications")


ROUTES: list[Any] = [leave]
