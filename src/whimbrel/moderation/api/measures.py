"""Numbers for moderators' front pages. Asked by POST though they only read, as in Mastodon."""

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import post
from litestar.di import NamedDependency

from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params
from whimbrel.core.tx import Tx

from .. import measures
from ..measures import Asked
from .pages import named

_READ = access("admin:read", rate="search", needs=Permission.VIEW_DASHBOARD)


def _door(reading: Callable[[Tx, Viewer, Asked], list[dict[str, Any]]], says: str) -> Any:
    name = reading.__name__

    @post(f"/api/v1/admin/{name}", status_code=200, opt=_READ)
    @named(name, says)
    async def door(
        db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
    ) -> Json:
        asked = msgspec.structs.replace(params.to(Asked), which=dict(params))

        def read(tx: Tx) -> list[dict[str, Any]]:
            return reading(tx, viewer, asked)

        return Json(await db.read(read, slow=True))

    return door


ROUTES: list[Any] = [
    _door(measures.measures, "How much there was of each, day by day."),
    _door(measures.dimensions, "What kinds there are of each, the commonest first."),
    _door(measures.retention, "Who stayed, of those who joined in each day or month."),
]
