"""Notifications as a page. Opening it is reading them."""

from contextlib import suppress
from typing import Any

import msgspec
from litestar import get
from litestar.di import NamedDependency

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Conflict
from whimbrel.core.http import Html, Params, Scope
from whimbrel.core.pages import notification_for_page
from whimbrel.core.tx import Tx

from .. import markers
from ..queries import told as queries
from ..rules import Window
from ..serialize import Shown
from ..serialize import notifications as serialized
from .pages import older, page, window_for


def _read(tx: Tx, app: App, viewer: Viewer, window: Window) -> tuple[Shown, dict[str, Any]]:
    told = queries.page(tx, viewer.id, window, kinds=[], not_kinds=[], actor=None)
    return serialized(tx, viewer, told), views.reader(tx, app, viewer)


@get("/notifications", opt=access_page(signed_in=True))
async def show(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """What the viewer was told, newest first."""
    window = window_for(viewer, params)
    shown, who = await db.read(_read, app, viewer, window)
    if who["unread"] and shown.newest is not None:
        with suppress(Conflict):  # another device read them at the same moment
            await db.write(markers.move, viewer, {"notifications": shown.newest})
    told = [notification_for_page(each) for each in msgspec.json.decode(shown.body)]
    return page(
        scope,
        viewer,
        "notifications.html",
        {**who, "unread": 0},
        path="/notifications",
        notifications=told,
        older=older(scope, viewer, shown),
    )


ROUTES: list[Any] = [show]
