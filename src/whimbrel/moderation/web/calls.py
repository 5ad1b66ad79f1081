"""The link of a call: takes one case on for whoever was called, or says that a practice call
arrived, and can do nothing else."""

from typing import Any
from urllib.parse import quote

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.http import Html, Redirect, Scope
from whimbrel.core.ids import iso
from whimbrel.core.tx import Tx

from ..board import KINDS
from ..paging import calls, practice

PATH = "/calls/{secret:str}"


@get(PATH, opt=access_page())
async def show(
    app: NamedDependency[App], viewer: NamedDependency[Viewer], secret: FromPath[str], scope: Scope
) -> Html:
    """What waits, and until when; looking takes nothing on, for mail programs look, too. Raises
    Gone."""

    def found(tx: Tx) -> dict[str, Any]:
        tried = practice.look(tx, secret)
        if tried is not None:
            return {**views.reader(tx, app, viewer), "practice": tried, "secret": secret}
        case = calls.look(tx, secret)
        told = {"kind": KINDS[case.klass], "due": iso(case.due), "late": case.due < tx.ms}
        return {**views.reader(tx, app, viewer), **told, "secret": secret, "practice": None}

    return views.answer(scope, "call.html", **await app.db.read(found))


@post(PATH, status_code=200, opt=access_page())
async def take(
    app: NamedDependency[App], viewer: NamedDependency[Viewer], secret: FromPath[str]
) -> Response[bytes]:
    """Take it on, or say that a practice call arrived. Raises Gone, Conflict; Forbidden: another
    site's form."""
    if await app.db.read(practice.look, secret) is not None:
        await app.db.write(practice.answer, secret)
        return Redirect(f"/calls/{quote(secret, safe='')}")
    case = await app.db.write(calls.take, secret)
    to = f"/admin/reports/{case.id}?done=claim"
    if viewer.account is None:
        to = f"/auth/sign-in?next={quote(to, safe='')}"
    return Redirect(to)


ROUTES: list[Any] = [show, take]
