"""Receipts for what the viewer erased. Whimbrel's own: no app of Mastodon's knows them."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.core.db import Db
from whimbrel.core.http import Json
from whimbrel.core.ids import id_of
from whimbrel.privacy import receipts

from ..auth import access
from ..rules import Viewer

_ALL = "/api/whimbrel/v1/receipts"


@get(_ALL, opt=access("read:statuses"))
async def mine(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Json:
    """The newest forty."""
    found = await db.read(receipts.of, viewer.id)
    return Json([receipts.entity(each) for each in found])


@get(f"{_ALL}/{{id_:str}}", opt=access("read:statuses"))
async def one(db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]) -> Json:
    """One of them. Raises NotFound."""
    return Json(receipts.entity(await db.read(receipts.own, viewer.id, id_of(id_))))


ROUTES: list[Any] = [mine, one]
