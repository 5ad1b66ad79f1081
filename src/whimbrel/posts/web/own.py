"""What stands behind a post's menu and needs a page: boosting for a chosen audience, deleting, its
link, what it said before."""

from collections.abc import Callable
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
from whimbrel.core.errors import NotFound
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.pages import status_for_page
from whimbrel.core.tx import Tx

from .. import drafts, history, queries, serialize

_ONE = "/posts/{id_:str}"
Context = dict[str, Any]


def _post(tx: Tx, app: App, viewer: Viewer, id_: int) -> Context:
    """Raises NotFound: not the viewer's to see."""
    status = msgspec.json.decode(serialize.one(tx, viewer, id_))
    shown = status_for_page(status.get("reblog") or status)
    return {**views.reader(tx, app, viewer), "status": shown}


def _own(tx: Tx, app: App, viewer: Viewer, id_: int) -> Context:
    """Raises NotFound: not the viewer's, or a boost."""
    if queries.own_post(tx, viewer, id_).content is None:
        raise NotFound
    return _post(tx, app, viewer, id_)


def _page(scope: Scope, params: Params, template: str, context: Context) -> Html:
    return views.answer(scope, template, **context, path=views.next_of(params))


def _asking(verb: str, read: Callable[[Tx, App, Viewer, int], Context] = _post) -> Any:
    @get(f"{_ONE}/{verb}", opt=access_page(signed_in=True))
    async def asking(
        app: NamedDependency[App],
        db: NamedDependency[Db],
        viewer: NamedDependency[Viewer],
        params: NamedDependency[Params],
        id_: FromPath[str],
        scope: Scope,
    ) -> Html:
        """The page of a verb, about one post. Raises NotFound."""
        context = await db.read(read, app, viewer, id_of(id_))
        return _page(scope, params, f"{verb}.html", context)

    return asking


@post(f"{_ONE}/redraft", status_code=200, opt=access_page("delete", signed_in=True))
async def redraft(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Redirect:
    """Delete it, and write it again. Raises NotFound, Invalid: no room for another draft."""
    return Redirect(f"/compose?draft={await db.write(drafts.redraft, viewer, id_of(id_))}")


def _versions(tx: Tx, app: App, viewer: Viewer, id_: int) -> Context:
    told = msgspec.json.decode(msgspec.json.encode(history.versions(tx, viewer, id_)))
    author = msgspec.json.decode(serialize.one(tx, viewer, id_))["account"]
    versions = [
        status_for_page({**each, "account": author, "reblog": None, "quote": None}) for each in told
    ]
    return {**_post(tx, app, viewer, id_), "versions": versions[::-1]}


@get(f"{_ONE}/history", opt=access_page(signed_in=True))
async def versions(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
    scope: Scope,
) -> Html:
    """What it said, the latest first. Raises NotFound."""
    return _page(scope, params, "history.html", await db.read(_versions, app, viewer, id_of(id_)))


ROUTES: list[Any] = [
    *(_asking("boost"), _asking("link"), _asking("delete", _own)),
    *(redraft, versions),
]
