"""What a status said before."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts.rules import Viewer
from whimbrel.core.db import Db
from whimbrel.core.http import Json
from whimbrel.core.ids import id_of

from ..history import versions
from .statuses import ONE, PUBLIC


@get(f"{ONE}/history", opt=PUBLIC)
async def history(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Every version, the oldest first."""
    return Json(await db.read(versions, viewer, id_of(id_), slow=True))


ROUTES: list[Any] = [history]
