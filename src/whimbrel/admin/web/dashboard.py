"""The first of these pages: what waits for a person, and how the week was."""

from datetime import timedelta
from typing import Any

from litestar import get
from litestar.di import NamedDependency

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.http import Html, Scope
from whimbrel.core.tx import Tx
from whimbrel.moderation import measures

from .. import queries
from ..rules import HOME
from .around import OPEN, Context, page

DAYS = 7
_MEASURES = ["active_users", "new_users", "opened_reports", "resolved_reports"]


def _week(tx: Tx, viewer: Viewer) -> dict[str, Context]:
    """Each measure: its days, how much they make, and as many days before."""
    asked = measures.Asked(
        keys=_MEASURES, start_at=tx.now - timedelta(days=DAYS - 1), end_at=tx.now
    )
    return {
        told["key"]: {
            "days": [int(day["value"]) for day in told["data"]],
            "total": int(told["total"]),
            "before": int(told["previous_total"]),
        }
        for told in measures.measures(tx, viewer, asked)
    }


@get(HOME, opt=OPEN)
async def show(viewer: NamedDependency[Viewer], scope: Scope) -> Html:
    """What is to be done, and numbers."""

    def read(tx: Tx) -> Context:
        waiting = queries.waiting(tx)
        versions = measures.versions(tx.engine, waiting.database)
        return {"waiting": waiting, "week": _week(tx, viewer), "versions": versions}

    return await page(scope, viewer, Permission.VIEW_DASHBOARD, "admin.html", read, slow=True)


ROUTES: list[Any] = [show]
