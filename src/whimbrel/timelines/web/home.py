"""Home: what those one follows wrote."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec
from litestar import get
from litestar.di import NamedDependency

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page, answer_lines, enter
from whimbrel.accounts.rules import Account, Viewer
from whimbrel.core.app import App, of
from whimbrel.core.errors import Conflict, Unauthorized
from whimbrel.core.fragments import Entry
from whimbrel.core.http import (
    Html,
    Params,
    Receive,
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
from .pages import older, window_for

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


class _Post(msgspec.Struct):
    id: str


_id_of = msgspec.json.Decoder(_Post).decode


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
    account = viewer.reader.account
    newest = window.high == MAX_ID
    steps = first_steps(account, int(time.time() * 1000)) if newest else None
    found: Sequence[Entry] = entries(shown.parts)
    before = viewer.reader.home
    if newest and shown.newest is not None and shown.newest > before:
        with suppress(Conflict):  # another device read on at the same moment
            await app.db.write(markers.move, viewer, {"home": shown.newest})
        if before and posted < 1:
            found = _with_line(found, before, viewer.reader.home_at)
    return views.feed(
        scope,
        "home.html",
        found,
        stamp=(repr(told), repr(steps)),
        path=views.HOME,
        holes={
            "newest": str(shown.newest or 0) if newest else None,
            "older": older(scope, viewer, shown),
        },
        announcements=told,
        steps=steps,
    )


def _with_line(posts: Sequence[Entry], read: int, when: int) -> Sequence[Entry]:
    """The posts, and between them up to where the viewer had read, if both are on this page.

    Args:
        read: the newest post that is not new;  when: ms since 1970.
    """
    for at, each in enumerate(posts):
        if int(_id_of(each.told).id) <= read:
            line = Entry(b"here %d" % when, lambda _: {"read_at": when})
            return [*posts[:at], line, *posts[at:]] if at else posts
    return posts


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


ROUTES: list[Any] = [home]
HOT: dict[str, Any] = {views.HOME: hot_home}
