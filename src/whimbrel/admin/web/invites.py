"""Invitations: made, listed, ended. An address is shown once, when it is made."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Response

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import Invalid
from whimbrel.core.http import Html, Params, Scope, page_of, window
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .. import invitations, queries
from ..rules import ROLE_NAMES
from .around import PAGE, Context, button, older, page, said, staff, wrong

PATH = "/admin/invites"
NEEDS = Permission.MANAGE_INVITES
SAID = {"ended": say("Nobody more comes by that invitation.")}
DAYS = (1, 7, 30, 365, 0)


async def _page(
    scope: Scope, viewer: Viewer, params: Params, status: int = 200, **more: Any
) -> Html:
    asked = page_of(params, PAGE, PAGE)

    def read(tx: Tx) -> Context:
        found = queries.invitations(tx, window(asked)[1], PAGE)
        more = older(scope, asked, [each.id for each in found])
        return {"invites": found, "older": more, "now": tx.ms, "most": invitations.MOST}

    form = {"role": "user", "uses": "1", "days": "7", **more.pop("form", {})}
    given = {"path": PATH, "made": "", "choices": DAYS, "roles": ROLE_NAMES, "form": form, **more}
    return await page(scope, viewer, "admin_invites.html", read, status, slow=True, **given)


@get(PATH, opt=staff(NEEDS))
async def show(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """All of them, the last one first."""
    return await _page(scope, viewer, params, notice=said(params, SAID))


@post(PATH, status_code=200, opt=staff(NEEDS))
async def make(
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Response[bytes]:
    """Make one; this answer is the only place where its address is shown."""

    def made(tx: Tx) -> str:
        uses, days = params.number("uses") or 0, params.number("days") or 0
        return invitations.invite(tx, viewer, params.text("role"), uses, days)

    try:
        address = await app.db.write(made)
    except Invalid as error:
        return await _page(scope, viewer, Params(), **wrong(params, error))
    return await _page(scope, viewer, Params(), made=address)


ROUTES: list[Any] = [
    *(show, make),
    button(f"{PATH}/{{id_:str}}/revoke", NEEDS, f"{PATH}?done=ended", invitations.end),
]
