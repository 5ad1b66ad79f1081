"""Reporting without an account: a form for anybody, and the page that its link leads to."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.tx import Tx

from .. import notice, receipts

PATH = "/notice"
FIELDS = ("about", "kind", "comment", "name", "email")


async def _form(scope: Scope, app: App, viewer: Viewer, status: int = 200, **more: Any) -> Html:
    found = await app.db.read(views.reader, app, viewer)
    given = {"form": {}, "errors": {}, "error": "", "chars": notice.COMMENT_CHARS, **more}
    return views.answer(scope, "notice.html", status, **found, **given)


@get(PATH, opt=access_page())
async def show(
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """The form; `about` is the address that is meant, where a link brought somebody here."""
    return await _form(scope, app, viewer, form={"about": params.text("about")[:2000]})


@post(PATH, status_code=200, opt=access_page("notice"))
async def send(
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """File it; what cannot be taken is shown again. Raises Forbidden: another site's form."""
    typed = {name: params.text(name) for name in FIELDS}
    form = notice.NoticeForm(**typed, honest=params.flag("honest"))
    try:
        made = await app.db.write(notice.file, form)
    except Invalid as error:
        wrong = {"errors": views.faults(error), "error": str(error)}
        shown = {**typed, "honest": form.honest}
        return await _form(scope, app, viewer, 422, form=shown, **wrong)
    return Redirect(f"{PATH}/{made.secret}")


@get(f"{PATH}/{{secret:str}}", opt=access_page())
async def receipt(
    app: NamedDependency[App], viewer: NamedDependency[Viewer], secret: FromPath[str], scope: Scope
) -> Html:
    """The number of a notice, where it is, what came of it. Raises NotFound."""

    def found(tx: Tx) -> dict[str, Any]:
        made = notice.show(tx, secret)
        (shown,) = receipts.receipts(tx, [made])
        return {**views.reader(tx, app, viewer), "receipt": shown}

    return views.answer(scope, "notice_sent.html", **await app.db.read(found))


ROUTES: list[Any] = [show, send, receipt]
