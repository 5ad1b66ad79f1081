"""Home: what those one follows wrote."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page, answer_lines, enter
from whimbrel.accounts.rules import Account, Viewer
from whimbrel.core.app import App, of
from whimbrel.core.db import Db
from whimbrel.core.errors import Unauthorized
from whimbrel.core.fragments import Entry
from whimbrel.core.http import (
    Html,
    Params,
    Receive,
    Redirect,
    Scope,
    Send,
    header,
    html_lines,
    query_params,
    send_whole,
)
from whimbrel.core.ids import MAX_ID, id_of
from whimbrel.core.tx import Tx
from whimbrel.posts.views import entries

from .. import homes, markers
from ..rules import Window
from ..serialize import EMPTY, Shown, shown
from . import announced
from .pages import given_id, line, lined, older, window_for

DAY = 86_400  # seconds
NEW = 7 * DAY * 1000  # ms
ARRIVES = 0.6  # seconds that somebody waits at most to see their own new post on their home
LOOK = 0.02

_ACCESS = access_page(signed_in=True)
_seen: dict[int, int] = {}  # account: the last day on which we wrote down that they were here


class Read(NamedTuple):
    """A page of a home."""

    shown: Shown
    announcements: list[dict[str, Any]]


def _read(tx: Tx, viewer: Viewer, window: Window) -> Read | None:
    rows = homes.page(tx, viewer, *window)
    if rows is None:
        return None
    told = announced.shown(tx, viewer) if window.high == MAX_ID else []
    return Read(shown(tx, viewer, rows, "home"), told)


@get(views.HOME, opt=_ACCESS)
async def home(
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """A page of the viewer's home, which is made first if there is none."""
    body = await _page(app, viewer, params, scope)
    return Html(body, 200, _headers(scope))


async def hot_home(scope: Scope, receive: Receive, send: Send) -> None:
    """The same, by a raw ASGI handler: what it cannot answer, Litestar is asked for."""
    if header(scope, b"cookie") is None:
        raise Unauthorized  # nothing is spent twice
    viewer = await enter(scope, _ACCESS["access"])
    body = await _page(of(scope), viewer, query_params(scope), scope)
    await send_whole(send, body, answer_lines(scope, html_lines(tuple(_headers(scope).items()))))


async def _page(app: App, viewer: Viewer, params: Params, scope: Scope) -> bytes:
    await _visit(app, viewer)
    window = window_for(viewer, params)
    read = await app.db.look(_read, viewer, window)
    if read is None:
        await app.db.write(homes.rebuild, viewer)
        read = await app.db.read(_read, viewer, window)
    posted = id_of(params.text("posted", "-"))
    if read is not None and posted > 0:
        read = await _awaited(app, viewer, posted, read)
    if read is None:
        read = Read(EMPTY, [])
    shown, told = read
    newest = window.high == MAX_ID
    steps = first_steps(viewer.reader.account, int(time.time() * 1000)) if newest else None
    found, more = _marked(viewer, params, window, shown)
    return views.feed(
        scope,
        "home.html",
        found,
        stamp=(repr(told), repr(steps)),
        path=views.HOME,
        holes={
            "newest": str(shown.newest or 0) if newest else None,
            "older": older(scope, viewer, shown, more),
        },
        announcements=told,
        steps=steps,
    )


def _marked(
    viewer: Viewer, params: Params, window: Window, shown: Shown
) -> tuple[Sequence[Entry], str]:
    """The posts with how far they were read, and what the next page has to know of it.

    Opening it reads nothing: it is told by whoever comes to the line, or to the new posts that they
    asked for (`since`), or, where nothing was read yet, past the first.
    """
    posts: Sequence[Entry] = entries(shown.parts)
    reader, since = viewer.reader, given_id(params, "since")
    newest = window.high == MAX_ID
    top = shown.newest or 0 if newest else given_id(params, "top")
    if not top:
        return posts, ""
    if newest and since:
        return [line(-1, top), *lined(posts, since)], ""
    if not reader.home:
        return [*posts[:1], line(-1, top), *posts[1:]] if newest else posts, ""
    found = lined(posts, reader.home, reader.home_at, top, window.high)
    unread = len(found) == len(posts) and top > reader.home
    return found, f"&top={top}" if unread else ""


@post("/home/read", status_code=200, opt=_ACCESS)
async def read_on(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[None] | Redirect:
    """Home was read up to the post `to`: so the line over the posts that were read says."""
    to = given_id(params, "to")
    if to:
        await db.write(markers.read_on, viewer, "home", to)
    return Response(None, status_code=204) if views.swaps(scope) else views.back(params)


def _headers(scope: Scope) -> dict[str, str]:
    headers = views.headers(of(scope), private=True)
    if views.prefers(scope).home:
        headers["x-keep"] = "home"  # a word to our service worker: for when there is no network
    return headers


def first_steps(me: Account, now: int) -> dict[str, bool] | None:
    """What a newcomer has done of what makes this place live, while it is worth telling: until all
    of it is done, or a week has passed.

    Args:
        now: ms since 1970.
    """
    done = {
        "profile": bool(me.note) or me.avatar is not None,
        "people": me.following > 0,
        "words": me.statuses > 0,
    }
    return done if now - me.at < NEW and not all(done.values()) else None


async def _awaited(app: App, viewer: Viewer, posted: int, read: Read) -> Read | None:
    """The page once it shows what the viewer has just posted. A worker brings it there in a moment,
    and a page without it would look as if it were lost."""
    found: Read | None = read
    until = time.monotonic() + ARRIVES
    while found is not None and b'"id":"%d"' % posted not in found.shown.body:
        if time.monotonic() > until:
            break
        await asyncio.sleep(LOOK)
        found = await app.db.read(_read, viewer, Window())
    return found


async def _visit(app: App, viewer: Viewer) -> None:
    """Once a day for each reader."""
    today = int(time.time() // DAY)
    if _seen.get(viewer.id) != today:
        await app.db.write(homes.visit, viewer)
        _seen[viewer.id] = today


ROUTES: list[Any] = [home, read_on]
HOT: dict[str, Any] = {views.HOME: hot_home}
