"""What the reader reported, and what came of each."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.http import Html, Params, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from .. import receipts

PATH = "/settings/reports"
_ALL = (1 << 63) - 1


@get(PATH, opt=access_page(signed_in=True))
async def show(
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """Their reports, the newest first."""
    below = id_of(params.text("max_id")) if params.text("max_id") else _ALL

    def found(tx: Tx) -> dict[str, Any]:
        rows = receipts.mine(tx, viewer, below)
        older = f"{PATH}?max_id={rows[-1]['id']}" if len(rows) == receipts.MOST else ""
        return {**views.reader(tx, app, viewer), "receipts": rows, "older": older}

    return views.answer(scope, "settings_reports.html", **await app.db.read(found))


ROUTES: list[Any] = [show]
