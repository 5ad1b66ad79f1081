"""Home: what those one follows wrote."""

import asyncio
import time
from typing import Any, NamedTuple

from litestar import asgi, get
from litestar.di import NamedDependency

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page, viewer_of
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App, of
from whimbrel.core.db import Db
from whimbrel.core.http import Html, Params, Receive, Scope, Send, query_params
from whimbrel.core.ids import MAX_ID, id_of
from whimbrel.core.tx import Tx
from whimbrel.posts.views import statuses

from .. import homes
from ..rules import Window
from ..serialize import Shown, shown
from .live import POKE, Watch
from .pages import older, page, window_for

DAY = 86_400  # seconds
ARRIVES = 0.6  # seconds that somebody waits at most to see their own new post on their home
LOOK = 0.02

_seen: dict[int, int] = {}  # account: the last day on which we wrote down that they were here


class Read(NamedTuple):
    """A page of a home, and who reads it."""

    shown: Shown
    reader: dict[str, Any]


def _read(tx: Tx, app: App, viewer: Viewer, window: Window) -> Read | None:
    rows = homes.page(tx, viewer, *window)
    if rows is None:
        return None
    return Read(shown(tx, viewer, rows, "home"), views.reader(tx, app, viewer))


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
        read = Read(Shown(b"[]", None, None, 0), await db.read(views.reader, app, viewer))
    live = {"newest": read.shown.newest or 0} if window.high == MAX_ID else {}
    return page(
        scope,
        viewer,
        "home.html",
        read.reader,
        path="/home",
        statuses=statuses(read.shown.body),
        older=older(scope, viewer, read.shown),
        fresh=None,
        **live,
    )


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


@asgi("/home/events", copy_scope=False, opt=access_page("stream", signed_in=True))
async def events(scope: Scope, receive: Receive, send: Send) -> None:
    """How many posts are on the viewer's home since the one called `after`, again and again."""
    after = query_params(scope).number("after") or 0
    app = of(scope)
    watch = Watch(viewer_of(scope), send, app.db, after)
    watch.put(POKE)  # what came between the page and this
    await app.streams.watch_home(receive, send, watch)


ROUTES: list[Any] = [home, events]
