"""Home: what those one follows wrote."""

import asyncio
import time
from datetime import datetime
from typing import Any, NamedTuple

from litestar import get
from litestar.di import NamedDependency

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.accounts.serialize import MISSING_AVATAR
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Html, Params, Scope
from whimbrel.core.ids import MAX_ID, id_of
from whimbrel.core.tx import Tx
from whimbrel.posts.views import entries

from .. import homes
from ..rules import Window
from ..serialize import Shown, shown
from . import announced
from .pages import older, page, window_for

DAY = 86_400  # seconds
NEW = 7  # days
ARRIVES = 0.6  # seconds that somebody waits at most to see their own new post on their home
LOOK = 0.02

_seen: dict[int, int] = {}  # account: the last day on which we wrote down that they were here


class Read(NamedTuple):
    """A page of a home, and who reads it."""

    shown: Shown
    reader: dict[str, Any]
    announcements: list[dict[str, Any]]


def _read(tx: Tx, app: App, viewer: Viewer, window: Window) -> Read | None:
    rows = homes.page(tx, viewer, *window)
    if rows is None:
        return None
    told = announced.shown(tx, viewer) if window.high == MAX_ID else []
    return Read(shown(tx, viewer, rows, "home"), views.reader(tx, app, viewer), told)


@get("/home", opt=access_page(signed_in=True))
async def home(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """A page of the viewer's home, which is made first if there is none."""
    await _visit(app, viewer)
    window = window_for(viewer, params)
    read = await db.read(_read, app, viewer, window)
    if read is None:
        await db.write(homes.rebuild, viewer)
        read = await db.read(_read, app, viewer, window)
    posted = id_of(params.text("posted", "-"))
    if read is not None and posted > 0:
        read = await _awaited(app, viewer, posted, read)
    if read is None:
        read = Read(Shown(b"[]", None, None, 0), await db.read(views.reader, app, viewer), [])
    live = {"newest": read.shown.newest or 0} if window.high == MAX_ID else {}
    return page(
        scope,
        viewer,
        "home.html",
        read.reader,
        path="/home",
        statuses=entries(read.shown.body),
        older=older(scope, viewer, read.shown),
        announcements=read.announcements,
        steps=first_steps(read.reader["me"], time.time()) if window.high == MAX_ID else None,
        **live,
    )


def first_steps(me: dict[str, Any], now: float) -> dict[str, bool] | None:
    """What a newcomer has done of what makes this place live, while it is worth telling: until all
    of it is done, or a week has passed.

    Args:
        me: their Account;  now: seconds since 1970.
    """
    came = datetime.fromisoformat(me["created_at"]).timestamp()
    known = bool(me["note"]) or not me["avatar"].endswith(MISSING_AVATAR)
    done = {
        "profile": known,
        "people": me["following_count"] > 0,
        "words": me["statuses_count"] > 0,
    }
    return done if now - came < NEW * DAY and not all(done.values()) else None


async def _awaited(app: App, viewer: Viewer, posted: int, read: Read) -> Read | None:
    """The page once it shows what the viewer has just posted. A worker brings it there in a moment,
    and a page without it would look as if it were lost."""
    found: Read | None = read
    until = time.monotonic() + ARRIVES
    while found is not None and b'"id":"%d"' % posted not in found.shown.body:
        if time.monotonic() > until:
            break
        await asyncio.sleep(LOOK)
        found = await app.db.read(_read, app, viewer, Window())
    return found


async def _visit(app: App, viewer: Viewer) -> None:
    """Once a day for each reader."""
    today = int(time.time() // DAY)
    if _seen.get(viewer.id) != today:
        await app.db.write(homes.visit, viewer)
        _seen[viewer.id] = today


ROUTES: list[Any] = [home]
