"""Private posts as a page: with whom, and what was said last."""

from typing import Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.pages import account_for_page, status_for_page
from whimbrel.core.tx import Tx

from .. import conversations
from ..rules import Window
from ..serialize import Shown
from .pages import older, page, window_for

PATH = "/conversations"
ACTIONS = {
    "read": conversations.read,
    "unread": conversations.unread,
    "remove": conversations.remove,
}


def _read(tx: Tx, app: App, viewer: Viewer, window: Window) -> tuple[Shown, dict[str, Any]]:
    return conversations.page(tx, viewer, window), views.reader(tx, app, viewer)


@get(PATH, opt=access_page(signed_in=True))
async def show(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """The viewer's conversations, those not read yet before the others."""
    found, who = await db.read(_read, app, viewer, window_for(viewer, params))
    told = [_for_page(each) for each in msgspec.json.decode(found.body)]
    return page(
        scope,
        viewer,
        "conversations.html",
        who,
        conversations=sorted(told, key=lambda each: not each["unread"]),
        older=older(scope, viewer, found),
    )


def _for_page(told: dict[str, Any]) -> dict[str, Any]:
    last = told["last_status"]
    return {
        **told,
        "accounts": [account_for_page(each) for each in told["accounts"]],
        "last_status": status_for_page(last) if last else None,
    }


@post(
    [f"{PATH}/{{id_:str}}/{verb}" for verb in ACTIONS],
    status_code=200,
    opt=access_page(signed_in=True),
)
async def press(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Redirect:
    """One of `ACTIONS`; the last part of the path says which. Raises NotFound."""
    await db.write(ACTIONS[scope["path"].rpartition("/")[2]], viewer, id_of(id_))
    return views.back(params, PATH)


ROUTES: list[Any] = [show, press]
