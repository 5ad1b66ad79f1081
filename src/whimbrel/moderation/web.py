"""Reporting on a page: what is wrong with a post, in the words of who saw it."""

from typing import Any, get_args

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page, check_csrf
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.pages import status_for_page
from whimbrel.core.tx import Tx
from whimbrel.instance.serialize import rule
from whimbrel.instance.texts import rules
from whimbrel.posts import serialize

from . import report
from .rules import Category

_PATH = "/posts/{id_:str}/report"
Context = dict[str, Any]


def _context(tx: Tx, app: App, viewer: Viewer, id_: int) -> Context:
    """Raises NotFound: not the viewer's to see."""
    status = msgspec.json.decode(serialize.one(tx, viewer, id_))
    return {
        **views.reader(tx, app, viewer),
        "status": status_for_page(status.get("reblog") or status),
        "rules": [rule(each) for each in rules(tx)],
        "chars": report.COMMENT_CHARS,
    }


@get(_PATH, opt=access_page(signed_in=True))
async def show(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Html:
    """The form. Raises NotFound."""
    context = await db.read(_context, app, viewer, id_of(id_))
    return views.answer(scope, "report.html", **context, path=views.next_of(params), sent=False)


@post(_PATH, status_code=200, opt=access_page("report", signed_in=True))
async def send(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Report it; what cannot be taken is shown again. Raises NotFound."""
    check_csrf(scope, params)

    def reported(tx: Tx) -> None:
        status = _context(tx, app, viewer, id_of(id_))["status"]
        if params.text("category") not in get_args(Category):
            raise Invalid("Choose what is wrong.", {"category": [("ERR_BLANK", "choose one")]})
        form = report.ReportForm(
            account_id=status["account"]["id"],
            status_ids=[status["id"]],
            comment=params.text("comment"),
            category=params.text("category"),
            rule_ids=params.list("rules"),
            forward=params.flag("forward"),
        )
        report.report(tx, viewer, form)

    wanted = views.next_of(params)
    try:
        await db.write(reported)
    except Invalid as error:
        context = await db.read(_context, app, viewer, id_of(id_))
        typed: Context = {name: params.text(name) for name in ("category", "comment")}
        typed |= {"rules": params.list("rules"), "forward": params.flag("forward")}
        wrong = views.faults(error) or {"category": str(error)}
        return views.answer(
            scope, "report.html", 422, **context, path=wanted, form=typed, errors=wrong, sent=False
        )
    return Redirect(f"/posts/{id_}/reported")


@get("/posts/{id_:str}/reported", opt=access_page(signed_in=True))
async def done(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    id_: FromPath[str],
    scope: Scope,
) -> Html:
    """What happens now. Raises NotFound."""
    context = await db.read(_context, app, viewer, id_of(id_))
    return views.answer(scope, "report.html", **context, path="", sent=True)


ROUTES: list[Any] = [show, send, done]
