"""Writing on a page: one form, whether it stands on the home, under a post or alone."""

from typing import Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.accounts import queries as people
from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page, check_csrf
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App, of
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Html, Params, Redirect, Scope, Upload
from whimbrel.core.ids import id_of
from whimbrel.core.pages import status_for_page
from whimbrel.core.tx import Tx
from whimbrel.media import upload

from .. import publish, serialize
from ..rules import VISIBILITY, Draft, Visibility

_FIELDS = ("status", "spoiler_text", "visibility", "description")


def _shown(tx: Tx, app: App, viewer: Viewer, reply_to: int | None) -> tuple[Any, Any]:
    """(who reads, the post that is answered or None). Raises NotFound."""
    parent = None
    if reply_to is not None:
        status = msgspec.json.decode(serialize.one(tx, viewer, reply_to))
        parent = status_for_page(status.get("reblog") or status)
    return views.reader(tx, app, viewer), parent


async def _page(
    db: Db, viewer: Viewer, params: Params, scope: Scope, error: str = "", status: int = 200
) -> Html:
    who, parent = await db.read(_shown, of(scope), viewer, _reply_to(params))
    form = {name: params.text(name) for name in _FIELDS}
    form["sensitive"] = "true" if params.flag("sensitive") else ""
    return views.answer(
        scope,
        "compose.html",
        status,
        **who,
        path=views.next_of(params),
        reply_to=parent,
        form=form,
        errors={"status": error} if error else {},
    )


def _reply_to(params: Params) -> int | None:
    text = params.text("in_reply_to_id")
    return id_of(text) if text else None


@get("/compose", opt=access_page(signed_in=True))
async def write(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """An empty form, or what a link put into it. Raises NotFound: the post to be answered."""
    return await _page(db, viewer, params, scope)


@post("/compose", status_code=200, opt=access_page(signed_in=True))
async def send(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Publish. What cannot be taken is shown again as it was written, all but the file.

    Raises:
        NotFound: the post to be answered.
    """
    check_csrf(scope, params)
    try:
        file = params.upload("file")
        media = () if file is None else (await _receive(app, viewer, file, params),)
        made = await db.write(publish.publish, viewer, _draft(params, media))
    except Invalid as error:
        return await _page(db, viewer, params, scope, str(error), 422)
    wanted = views.next_of(params, views.HOME)
    if wanted.partition("?")[0] == views.HOME:
        return Redirect(f"{views.HOME}?posted={made.id}")  # it waits until it is there
    return Redirect(wanted)


async def _receive(app: App, viewer: Viewer, file: Upload, params: Params) -> int:
    app.budgets.spend("media", -viewer.id)
    me = await app.db.read(people.by_id, viewer.id)
    return await upload.receive(
        app,
        me.id,
        me.slot,
        file,
        description=params.text("description"),
        patience=upload.LONG_PATIENCE,
    )


def _draft(params: Params, media: tuple[int, ...]) -> Draft:
    return Draft(
        text=params.text("status").replace("\r\n", "\n"),
        spoiler=params.text("spoiler_text"),
        sensitive=params.flag("sensitive") or None,
        visibility=_visibility(params.text("visibility")),
        reply_to=_reply_to(params),
        media=media,
        idempotency_key=_once(params),
    )


def _visibility(word: str) -> Visibility | None:
    if word and word not in VISIBILITY:
        raise Invalid("Choose who may read it.")
    return VISIBILITY.get(word)


def _once(params: Params) -> str | None:
    """The same words sent twice from one page are a slip of the finger; other words are not, and
    must not be taken for it when somebody goes back and writes on."""
    once = params.text("once")
    return f"page {once} {params.text('status')}" if once else None


ROUTES: list[Any] = [write, send]
