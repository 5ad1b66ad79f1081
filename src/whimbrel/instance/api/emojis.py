"""The server's own little pictures."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency

from whimbrel.accounts import serialize as faces
from whimbrel.accounts.auth import access
from whimbrel.accounts.queries import emojis
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Json


@get("/api/v1/custom_emojis", opt=access(None))
async def custom_emojis(app: NamedDependency[App], db: NamedDependency[Db]) -> Json:
    """Those that one may use."""
    found = await db.read(emojis.usable, slow=True)
    return Json([faces.emoji(app.instance, each) for each in found if each.listed])


ROUTES: list[Any] = [custom_emojis]
