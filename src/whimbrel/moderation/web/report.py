"""Reporting on a page: what is wrong with a post, or with somebody, in the words of who saw it."""

from collections.abc import Callable
from typing import Any, get_args

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts import queries as people
from whimbrel.accounts import serialize as faces
from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.pages import account_for_page, status_for_page
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.instance.serialize import rule
from whimbrel.instance.texts import rules
from whimbrel.posts import serialize

from .. import report
from ..rules import Category

_OF_POST = "/posts/{id_:str}/report"
_OF_PERSON = "/{handle:str}/report"
Context = dict[str, Any]


def _around(tx: Tx, app: App, viewer: Viewer) -> Context:
    return {
        **views.reader(tx, app, viewer),
        "rules": [rule(each) for each in rules(tx)],
        "chars": report.COMMENT_CHARS,
    }


def _of_post(tx: Tx, app: App, viewer: Viewer, id_: str) -> Context:
    """Raises NotFound: not the viewer's to see."""
    status = msgspec.json.decode(serialize.one(tx, viewer, id_of(id_)))
    shown = status_for_page(status.get("reblog") or status)
    return {**_around(tx, app, viewer), "status": shown, "account": shown["account"]}


def _of_person(tx: Tx, app: App, viewer: Viewer, handle: str) -> Context:
    """Raises NotFound: nobody is called so, or that is the viewer."""
    if not handle.startswith("@"):
        raise NotFound
    found = people.by_handle(tx, handle)
    if found.id == viewer.id:
        raise NotFound
    told = account_for_page(msgspec.json.decode(faces.account(tx.instance, found)))
    return {**_around(tx, app, viewer), "status": None, "account": told}


Read = Callable[[Tx, App, Viewer, str], Context]


async def _send(
    app: App, viewer: Viewer, params: Params, scope: Scope, read: Read, name: str
) -> Response[bytes]:
    """Report it; what cannot be taken is shown again. Raises NotFound."""

    def reported(tx: Tx) -> None:
        subject = read(tx, app, viewer, name)
        if params.text("category") not in get_args(Category):
            said = say("Choose what is wrong.")
            raise Invalid(said, {"category": [("ERR_BLANK", say("choose one"))]})
        form = report.ReportForm(
            account_id=subject["account"]["id"],
            status_ids=[subject["status"]["id"]] if subject["status"] else [],
            comment=params.text("comment"),
            category=params.text("category"),
            rule_ids=params.list("rules"),
            forward=params.flag("forward"),
        )
        report.report(tx, viewer, form)

    wanted = views.next_of(params)
    try:
        await app.db.write(reported)
    except Invalid as error:
        context = await app.db.read(read, app, viewer, name)
        typed: Context = {name: params.text(name) for name in ("category", "comment")}
        typed |= {"rules": params.list("rules"), "forward": params.flag("forward")}
        wrong = views.faults(error) or {"category": str(error)}
        return views.answer(
            scope, "report.html", 422, **context, path=wanted, form=typed, errors=wrong, sent=False
        )
    return Redirect(f"{scope['path']}ed")


# ----------------------------------------------------------------------------- a post


@get([_OF_POST, f"{_OF_POST}ed"], opt=access_page(signed_in=True))
async def show(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Html:
    """The form; and what happens now. Raises NotFound."""
    context = await db.read(_of_post, app, viewer, id_)
    return _page(scope, params, context)


@post(_OF_POST, status_code=200, opt=access_page("report", signed_in=True))
async def send(
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Report a post. Raises NotFound."""
    return await _send(app, viewer, params, scope, _of_post, id_)


# ----------------------------------------------------------------------------- somebody


@get([_OF_PERSON, f"{_OF_PERSON}ed"], opt=access_page(signed_in=True))
async def show_person(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    handle: FromPath[str],
    scope: Scope,
) -> Html:
    """The form; and what happens now. Raises NotFound."""
    return _page(scope, params, await db.read(_of_person, app, viewer, handle))


@post(_OF_PERSON, status_code=200, opt=access_page("report", signed_in=True))
async def send_person(
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    handle: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Report somebody without naming a post. Raises NotFound."""
    return await _send(app, viewer, params, scope, _of_person, handle)


def _page(scope: Scope, params: Params, context: Context) -> Html:
    sent = scope["path"].endswith("/reported")
    path = "" if sent else views.next_of(params)
    return views.answer(scope, "report.html", **context, path=path, sent=sent)


ROUTES: list[Any] = [show, send, show_person, send_person]
