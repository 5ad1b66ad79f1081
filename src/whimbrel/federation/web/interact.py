"""From one server to another: where they send their visitor who has an account here, and where we
ask ours which other server they have one on."""

from typing import Any
from urllib.parse import quote

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.http import Html, Params, Redirect, Scope

from .. import interact
from ..interact import Wanted

LEAVE = "/interact"


@get(interact.ARRIVE, opt=access_page("search", signed_in=True))
async def arrive(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Another server, or somebody by hand, names a person or a post in `uri`: on to its page here,
    with the buttons. Looking does nothing to it; each button is still to be pressed.

    Source: OStatus, section 2.1 (`subscribe`), as Mastodon answers it
    """
    uri = params.text("uri").strip()
    try:
        return Redirect(await interact.page_for(app, viewer, uri))
    except NotFound:
        who = await db.read(views.reader, app, viewer)
        shown = uri[: interact.LONGEST]
        return views.answer(scope, "arrive.html", 404 if uri else 200, **who, uri=shown)


@get(LEAVE, opt=access_page())
async def ask(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Which server a stranger has an account on, who wants something of what is at `to`. Who is
    signed in is there already.

    Raises:
        NotFound: nothing that everybody may see.
    """
    to = views.next_of(Params({"next": params.text("to")}))
    wanted = await db.read(interact.wanted, to)
    if viewer.account is not None:
        return Redirect(to)
    return _asked(scope, to, wanted)


@post(LEAVE, status_code=200, opt=access_page("interact"))
async def leave(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Off to that server's page for it.

    Raises:
        NotFound: as `ask`; Forbidden: another site's form.
    """
    to = views.next_of(params)
    wanted = await db.read(interact.wanted, to)
    try:
        there = await interact.onward(app, params.text("account"), wanted.uri)
    except Invalid as error:
        form = {"account": params.text("account")}
        return _asked(scope, to, wanted, 422, form=form, errors=views.faults(error))
    if there is None:
        return Redirect(f"/auth/sign-in?next={quote(to, safe='')}")
    return Redirect(there, foreign=True)


def _asked(scope: Scope, to: str, wanted: Wanted, status: int = 200, **more: Any) -> Html:
    context = {"me": None, "path": to, "kind": wanted.kind, "who": wanted.who, **more}
    return views.answer(scope, "interact.html", status, sends_to="https:", **context)


ROUTES: list[Any] = [arrive, ask, leave]
