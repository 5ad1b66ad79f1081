"""Posts under one heading: what one keeps, what one likes."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Html, Params, Scope
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.posts.rules import Mark
from whimbrel.posts.views import entries

from .. import reads
from ..rules import Window
from ..serialize import Shown, shown
from .pages import older, page, window_for


def _kept(
    tx: Tx, app: App, viewer: Viewer, window: Window, kind: Mark
) -> tuple[Shown, dict[str, Any]]:
    rows = reads.marked(tx, viewer, kind, window)
    return shown(tx, viewer, rows, cursor=reads.MARKED), views.reader(tx, app, viewer)


@get("/bookmarks", opt=access_page(signed_in=True))
async def bookmarks(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """What the viewer keeps, last one first."""
    window = window_for(viewer, params)
    found, who = await db.read(_kept, app, viewer, window, Mark.BOOKMARK)
    return _page(
        scope, viewer, who, found, say("Bookmarks"), say("Only you see what you keep here.")
    )


@get("/favourites", opt=access_page(signed_in=True))
async def favourites(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """What the viewer liked, last one first."""
    window = window_for(viewer, params)
    found, who = await db.read(_kept, app, viewer, window, Mark.FAVOURITE)
    words = say("What you like stands here. Its author is told; this list is yours alone.")
    return _page(scope, viewer, who, found, say("Favourites"), words)


def _page(
    scope: Scope, viewer: Viewer, who: dict[str, Any], found: Shown, title: str, words: str
) -> Html:
    return page(
        scope,
        viewer,
        "timeline.html",
        who,
        title=title,
        words=words,
        statuses=entries(found.parts),
        older=older(scope, viewer, found),
    )


ROUTES: list[Any] = [bookmarks, favourites]
