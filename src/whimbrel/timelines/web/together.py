"""Posts under one heading: a tag, what one keeps, what one likes."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import NotFound
from whimbrel.core.http import Html, Params, Scope
from whimbrel.core.text import tag_key
from whimbrel.core.tx import Tx
from whimbrel.posts.rules import Mark
from whimbrel.posts.views import statuses

from .. import reads
from ..rules import TagFilter, Window
from ..serialize import Shown, shown
from .pages import older, page, window_for


def _tagged(
    tx: Tx, app: App, viewer: Viewer, window: Window, key: str
) -> tuple[Shown, dict[str, Any]]:
    rows = reads.tag(tx, viewer, window, TagFilter(any=(key,)))
    return shown(tx, viewer, rows, "public"), views.reader(tx, app, viewer)


@get("/tags/{name:str}", opt=access_page())
async def tag(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    name: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Public posts with a tag. Raises NotFound: that can be no tag."""
    key = tag_key(name)
    if not key:
        raise NotFound
    found, who = await db.read(_tagged, app, viewer, window_for(viewer, params), key)
    return _page(scope, viewer, who, found, f"#{name}", "Nobody has used this tag in public yet.")


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
    return _page(scope, viewer, who, found, "Bookmarks", "Only you see what you keep here.")


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
    words = "What you like stands here. Its author is told; this list is yours alone."
    return _page(scope, viewer, who, found, "Favourites", words)


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
        statuses=statuses(found.body),
        older=older(scope, viewer, found),
    )


ROUTES: list[Any] = [tag, bookmarks, favourites]
