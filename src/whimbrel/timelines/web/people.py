"""People in lists: who follows whom, who asks to, whom the reader mutes or blocks."""

from typing import Any, Literal

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import block, circles, mute, views
from whimbrel.accounts import queries as accounts
from whimbrel.accounts import serialize as faces
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.queries.lists import Row
from whimbrel.accounts.rules import Account, Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Forbidden, Invalid, NotFound
from whimbrel.core.http import Html, Params, Redirect, Scope, page_of
from whimbrel.core.http import window as part
from whimbrel.core.pages import account_for_page
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

LENGTH = 40
DAY = 86_400  # seconds
LONGEST = 365  # days of a mute

Around = Literal["followers", "following"]
Own = Literal["requests", "blocks", "mutes"]
Context = dict[str, Any]


def _window(params: Params) -> circles.Window:
    found = part(page_of({"max_id": params.get("max_id")}, LENGTH, LENGTH))
    return circles.Window(*found, most=LENGTH)


def _person(tx: Tx, account: Account) -> dict[str, Any]:
    return account_for_page(msgspec.json.decode(faces.account(tx.instance, account)))


def _rows(tx: Tx, path: str, rows: list[Row]) -> Context:
    """The people of a page, when their mutes end, and where the next page is."""
    older = f"{path}?max_id={rows[-1].cursor}" if len(rows) == LENGTH else ""
    until = {str(row.account.id): row.until for row in rows if row.until is not None}
    return {"people": [_person(tx, row.account) for row in rows], "until": until, "older": older}


# ----------------------------------------------------------------------------- around somebody


def _around(
    tx: Tx, app: App, viewer: Viewer, kind: Around, handle: str, window: circles.Window
) -> Context:
    found = circles.known(tx, viewer, kind, handle, window)
    if found.owner.suspended_at is not None:
        raise NotFound
    return {
        **views.reader(tx, app, viewer),
        **_rows(tx, f"/@{handle}/{kind}", found.rows),
        "account": _person(tx, found.owner),
        "hidden": found.owner.hide_collections and found.owner.id != viewer.id,
        "standing": {id_: msgspec.to_builtins(each) for id_, each in found.standing.items()},
        "tab": kind,
    }


@get(["/{handle:str}/followers", "/{handle:str}/following"], opt=access_page(signed_in=True))
async def around(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    handle: FromPath[str],
    scope: Scope,
) -> Html:
    """Who follows somebody, or whom they follow. Raises NotFound."""
    if not handle.startswith("@"):
        raise NotFound
    kind: Around = "followers" if scope["path"].endswith("/followers") else "following"
    window = _window(params)
    context = await db.read(_around, app, viewer, kind, handle.removeprefix("@"), window)
    return views.answer(scope, "follows.html", **context)


# ----------------------------------------------------------------------------- one's own


def _own(tx: Tx, app: App, viewer: Viewer, kind: Own, path: str, window: circles.Window) -> Context:
    rows = circles.own(tx, viewer, kind, window)
    return {**views.reader(tx, app, viewer), **_rows(tx, path, rows)}


@get("/follow_requests", opt=access_page(signed_in=True))
async def requests(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """Who waits for the viewer's answer."""
    context = await db.read(_own, app, viewer, "requests", scope["path"], _window(params))
    return views.answer(scope, "follow_requests.html", **context)


async def _apart(
    app: App, viewer: Viewer, params: Params, scope: Scope, errors: dict[str, str] | None = None
) -> Html:
    path: str = scope["path"]
    kind: Own = "mutes" if path == "/mutes" else "blocks"
    context = await app.db.read(_own, app, viewer, kind, path, _window(params))
    form = {"name": params.text("name"), "days": params.text("days")}
    status = 422 if errors else 200
    return views.answer(
        scope, f"{kind}.html", status, **context, form=form, errors=errors or {}, path=path
    )


@get(["/mutes", "/blocks"], opt=access_page(signed_in=True))
async def apart(
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """Whom the viewer mutes, or blocks."""
    return await _apart(app, viewer, params, scope)


def _set_apart(tx: Tx, viewer: Viewer, path: str, name: str, days: int, told: bool) -> None:
    try:
        target = accounts.by_handle(tx, name).id
        if path == "/mutes":
            mute.mute(tx, viewer, target, notifications=not told, duration=days * DAY)
        else:
            block.block(tx, viewer, target)
    except NotFound:
        raise _wrong("name", say("nobody is called so here")) from None
    except Forbidden:
        raise _wrong("name", say("that is you")) from None


def _wrong(field: str, said: str) -> Invalid:
    return Invalid(said, {field: [("ERR_INVALID", said)]})


def _days(params: Params) -> int:
    """For how long; 0 = for good. Raises Invalid."""
    text = params.text("days").strip()
    if not text:
        return 0
    days = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    if not 1 <= days <= LONGEST:
        raise _wrong("days", f"between 1 and {LONGEST}, or empty")
    return days


@post(["/mutes", "/blocks"], status_code=200, opt=access_page(signed_in=True))
async def set_apart(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html | Redirect:
    """Mute or block somebody by name."""
    path, told = scope["path"], params.flag("told")
    try:
        days = _days(params) if path == "/mutes" else 0
        await db.write(_set_apart, viewer, path, params.text("name"), days, told)
    except Invalid as error:
        return await _apart(app, viewer, params, scope, views.faults(error))
    return Redirect(path)


ROUTES: list[Any] = [around, requests, apart, set_apart]
