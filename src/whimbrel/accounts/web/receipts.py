"""Settings, what was deleted: since when no copy of it is left here."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency

from whimbrel.core.app import App, of
from whimbrel.core.db import Db
from whimbrel.core.http import Html, Scope
from whimbrel.core.tx import Tx
from whimbrel.privacy import receipts

from .. import views
from ..auth import access_page
from ..rules import Viewer

PATH = "/settings/deleted"


def _shown(tx: Tx, app: App, viewer: Viewer) -> dict[str, Any]:
    found = [receipts.entity(each) for each in receipts.of(tx, viewer.id)]
    return {**views.reader(tx, app, viewer), "receipts": found, "days": receipts.DAYS}


@get(PATH, opt=access_page(signed_in=True))
async def show(db: NamedDependency[Db], viewer: NamedDependency[Viewer], scope: Scope) -> Html:
    """The receipts, newest first."""
    shown = await db.read(_shown, of(scope), viewer)
    return views.answer(scope, "settings_deleted.html", path=PATH, **shown)


ROUTES: list[Any] = [show]
