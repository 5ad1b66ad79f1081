"""What people reported, and what becomes of each: the place of the moderation desk."""

from typing import Any

import msgspec
from litestar import get
from litestar.di import NamedDependency

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.http import Html, Params, Scope
from whimbrel.core.pages import account_for_page
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
        found = reports.page(tx, viewer, window, {"resolved" if closed else "open": True})
        told = msgspec.json.decode(msgspec.json.encode(desk.reports(tx, found)))
        return [_shown(each) for each in told]

    found = listed(scope, viewer, params, "reports", read)
    given: Context = {"closed": closed, "notice": said(params, SAID)}
    return await page(scope, viewer, NEEDS, "admin_reports.html", found, slow=True, **given)


_PEOPLE = ("account", "target_account", "assigned_account", "action_taken_by_account")


def _shown(report: Context) -> Context:
    """A report of the desk's with its people as templates take them; None = gone."""
    people = {name: report[name] and account_for_page(report[name]["account"]) for name in _PEOPLE}
    return {**report, **people}


ROUTES: list[Any] = [
    show,
    *(
        button(f"{PATH}/{{id_:str}}/{verb}", NEEDS, f"{PATH}?done={verb}", deed)
        for verb, deed in _DEEDS.items()
    ),
]
