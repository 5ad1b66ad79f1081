"""The evidence vault at the desk: what is kept, and opening it by two people."""

import asyncio
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.app import App
from whimbrel.core.http import Html, Params, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.moderation import second
from whimbrel.moderation.vault import keep, opening

from .around import Context, button, form, page, said, staff

PATH = "/admin/vault"
NEEDS = Permission.MANAGE_REPORTS
OPENS = Permission.OPEN_VAULT
SAID = {
    "ask": say("Somebody else has to agree now."),
    "agree": say("Agreed. Whoever asked can take it within a day."),
    "refuse": say("Refused."),
}


async def _page(
    scope: Scope, viewer: Viewer, params: Params, status: int = 200, **more: Any
) -> Html:
    def read(tx: Tx) -> Context:
        return {
            "kept": opening.kept(tx, viewer),
            "openings": opening.asked(tx, viewer),
            "own": viewer.account,
            "alone": second.alone(tx, viewer),
        }

    given = {"path": PATH, "form": {}, "errors": {}, "error": "", **more}
    return await page(scope, viewer, "admin_vault.html", read, status, **given)


@get(PATH, opt=staff(NEEDS))
async def show(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """What is kept of which case and until when, and who wanted it opened."""
    return await _page(scope, viewer, params, notice=said(params, SAID))


@get(f"{PATH}/{{id_:str}}/bundle", opt=staff(OPENS))
async def take(
    app: NamedDependency[App], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Response[bytes]:
    """What was agreed to, still sealed to the legal role's key. Raises Forbidden, NotFound,
    Gone."""
    holds = await app.db.write(opening.take, viewer, id_of(id_))
    data = await asyncio.to_thread(opening.bundle, keep.folder(app), holds)
    headers = {
        "content-disposition": f'attachment; filename="evidence-{id_of(id_)}.tar"',
        "cache-control": "private, no-store",
    }
    return Response(data, headers=headers, media_type="application/x-tar")


def _ask(tx: Tx, viewer: Viewer, params: Params) -> None:
    opening.ask(tx, viewer, id_of(params.text("case")), params.text("purpose"))


def _agree(tx: Tx, viewer: Viewer, id_: int) -> None:
    opening.agree(tx, viewer, id_, True)


def _refuse(tx: Tx, viewer: Viewer, id_: int) -> None:
    opening.agree(tx, viewer, id_, False)


ROUTES: list[Any] = [
    *(show, take),
    form(PATH, OPENS, f"{PATH}?done=ask", _ask, _page),
    button(f"{PATH}/{{id_:str}}/agree", NEEDS, f"{PATH}?done=agree", _agree),
    button(f"{PATH}/{{id_:str}}/refuse", NEEDS, f"{PATH}?done=refuse", _refuse),
]
