"""What people reported, and what becomes of each: the place of the moderation desk."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.http import Html, Params, Scope
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.moderation import desk, reports
from whimbrel.moderation.rules import Window

from .around import OPEN, Context, button, listed, page, said

PATH = "/admin/reports"
NEEDS = Permission.MANAGE_REPORTS
SAID = {
    "assign": say("The report is yours."),
    "unassign": say("The report is nobody’s."),
    "resolve": say("The report is closed."),
    "reopen": say("The report is open again."),
}
_DEEDS = {
    "assign": reports.assign,
    "unassign": reports.unassign,
    "resolve": reports.resolve,
    "reopen": reports.reopen,
}


@get(PATH, opt=OPEN)
async def show(
    viewer: NamedDependency[Viewer], params: NamedDependency[Params], scope: Scope
) -> Html:
    """Those still open, or those that are closed; the last one first."""
    closed = params.text("which") == "closed"

    def read(tx: Tx, viewer: Viewer, window: Window) -> list[Context]:
        wanted = {"resolved" if closed else "open": True}
        return desk.listed(tx, reports.named_page(tx, viewer, window, wanted))

    found = listed(scope, viewer, params, "reports", read)
    given: Context = {"closed": closed, "notice": said(params, SAID)}
    return await page(scope, viewer, NEEDS, "admin_reports.html", found, slow=True, **given)


ROUTES: list[Any] = [
    show,
    *(
        button(f"{PATH}/{{id_:str}}/{verb}", NEEDS, f"{PATH}?done={verb}", deed)
        for verb, deed in _DEEDS.items()
    ),
]
