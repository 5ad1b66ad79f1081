"""The signed heads of the log, for anybody to keep: what somebody has from last week shows them
whether a row of before was changed since."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency

from whimbrel.accounts.auth import access_page
from whimbrel.core.db import Db
from whimbrel.core.errors import NotFound
from whimbrel.core.http import Text

from .. import audit


@get("/log/checkpoint", opt=access_page())
async def checkpoint(db: NamedDependency[Db]) -> Text:
    """The newest one. Raises NotFound: there is none yet.

    Source: https://c2sp.org/tlog-checkpoint
    """
    note = await db.read(audit.newest)
    if not note:
        raise NotFound
    return Text(note)


@get("/log/key", opt=access_page())
async def key(db: NamedDependency[Db]) -> Text:
    """With which they are signed, as one line."""
    return Text(f"{await db.read(audit.verifier)}\n")


ROUTES: list[Any] = [checkpoint, key]
