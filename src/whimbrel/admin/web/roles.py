"""Who of the staff has which role, and the log of what they all did."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency

from whimbrel.accounts import queries as people
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.http import Html, Params, Scope, page_of, window
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.moderation import decide, eyes, log

from ..rules import ROLE_NAMES, ROLE_WORDS
from .around import PAGE, Context, form, older, page, said, staff

PATH, LOG = "/admin/roles", "/admin/log"
NEEDS = Permission.MANAGE_ROLES
SAID = {"change_role": say("The role is changed.")}


async def _page(
    scope: Scope, viewer: Viewer, params: Params, status: int = 200, **more: Any
) -> Html:
    def read(tx: Tx) -> Context:
        found = decide.staff(tx, viewer)
        return {"staff": [(str(each.id), each.account.acct, each.role) for each in found]}

    typed = {"name": "", "role": "moderator", **more.pop("form", {})}
    given = {"path": PATH, "form": typed, "roles": ROLE_NAMES, "words": ROLE_WORDS, **more}
    return await page(scope, viewer, "admin_roles.html", read, status, slow=True, **given)


@get(PATH, opt=staff(NEEDS))
async def show(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """Everybody of the staff, and what each role may."""
    return await _page(scope, viewer, params, notice=said(params, SAID))


def _give(tx: Tx, viewer: Viewer, params: Params) -> eyes.Outcome:
    try:
        who = people.by_handle(tx, params.text("name").strip())
    except (NotFound, Invalid):
        words = say("Nobody here is called so.")
        raise Invalid(words, {"name": [("ERR_INVALID", words)]}) from None
    return eyes.through(tx, viewer, eyes.Appoint(who.id, params.text("role")))


@get(LOG, opt=staff(Permission.VIEW_AUDIT_LOG))
async def show_log(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """What was done, the last of it first."""
    asked = page_of(params, PAGE, PAGE)

    def read(tx: Tx) -> Context:
        rows = log.page(tx, viewer, window(asked)[1], PAGE)
        return {"rows": rows, "older": older(scope, asked, [row.id for row, _ in rows])}

    return await page(scope, viewer, "admin_log.html", read)


ROUTES: list[Any] = [
    *(show, show_log),
    form(PATH, NEEDS, f"{PATH}?done=change_role", _give, _page, grave=PATH),
]
