"""Servers of which the reader wants to hear nobody."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency

from whimbrel.accounts import domains, views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.circles import Window
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Html, Params, Redirect, Scope, page_of, window
from whimbrel.core.tx import Tx

PATH = "/domain_blocks"
LENGTH = 100


def _read(tx: Tx, app: App, viewer: Viewer, part: Window) -> dict[str, Any]:
    rows = domains.mine(tx, viewer, part)
    older = f"{PATH}?max_id={rows[-1][0]}" if len(rows) == LENGTH else ""
    return {
        **views.reader(tx, app, viewer),
        "domains": [domain for _, domain in rows],
        "older": older,
    }


async def _page(
    app: App, viewer: Viewer, params: Params, scope: Scope, errors: dict[str, str] | None = None
) -> Html:
    part = Window(*window(page_of({"max_id": params.get("max_id")}, LENGTH, LENGTH)), most=LENGTH)
    context = await app.db.read(_read, app, viewer, part)
    form = {"domain": params.text("domain")}
    status = 422 if errors else 200
    return views.answer(
        scope, "domain_blocks.html", status, **context, form=form, errors=errors or {}, path=PATH
    )


@get(PATH, opt=access_page(signed_in=True))
async def show(
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """The servers the viewer blocks."""
    return await _page(app, viewer, params, scope)


@post(PATH, status_code=200, opt=access_page(signed_in=True))
async def add(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html | Redirect:
    """One more."""
    try:
        await db.write(domains.block, viewer, params.text("domain"))
    except Invalid as error:
        wrong = views.faults(error) or {"domain": str(error)}
        return await _page(app, viewer, params, scope, wrong)
    return Redirect(PATH)


@post(f"{PATH}/remove", status_code=200, opt=access_page(signed_in=True))
async def remove(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], params: NamedDependency[Params]
) -> Redirect:
    """Block `domain` no more."""
    await db.write(domains.unblock, viewer, params.text("domain"))
    return Redirect(PATH)


ROUTES: list[Any] = [show, add, remove]
