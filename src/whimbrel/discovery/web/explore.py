"""Explore, for who is signed in: posts, tags and pages that are talked about more than usual,
people to follow, those who want to be found."""

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import relationships, views
from whimbrel.accounts import serialize as faces
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import STRANGER, Account, Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Html, Params, Redirect, Scope, offset_of
from whimbrel.core.ids import id_of
from whimbrel.core.pages import account_for_page
from whimbrel.core.tx import Tx
from whimbrel.posts import queries as posts
from whimbrel.posts import serialize as statuses
from whimbrel.posts.views import statuses as for_page

from .. import directory, links, serialize, suggestions, trends
from ..queries.people import Order

PATH = "/explore"
LENGTH = 20  # entries of a page
SUGGESTED = 30

Context = dict[str, Any]


def _posts(tx: Tx, app: App, viewer: Viewer, offset: int) -> Context:
    ids = trends.of_posts(tx, offset, LENGTH)
    cards = posts.cards_of(tx, viewer, ids, hide=True) if ids else []
    shown = for_page(statuses.page(tx, viewer, cards))
    more = len(ids) == LENGTH
    return {**views.reader(tx, app, viewer), "statuses": shown, "more": more}


def _tags(tx: Tx, app: App, viewer: Viewer, offset: int) -> Context:
    """Whether the viewer follows them is told on their own pages."""
    found = trends.of_tags(tx, STRANGER, offset, LENGTH)
    told = [
        {
            "name": tag.name,
            "uses": sum(day.uses for day in tag.history),
            "people": max((day.accounts for day in tag.history), default=0),
            "days": [day.uses for day in reversed(tag.history)],
        }
        for tag in found
    ]
    return {**views.reader(tx, app, viewer), "tags": told, "more": len(found) == LENGTH}


def _news(tx: Tx, app: App, viewer: Viewer, offset: int) -> Context:
    found = links.trending(tx, offset, LENGTH)
    told = [
        {
            **serialize.link(tx.instance, each),
            "people": sum(day.accounts for day in each.history[:2]),
        }
        for each in found
    ]
    return {**views.reader(tx, app, viewer), "links": told, "more": len(found) == LENGTH}


def _people(tx: Tx, app: App, viewer: Viewer, _: int) -> Context:
    found = suggestions.suggested(tx, viewer, SUGGESTED)
    reasons = {str(each.account.id): each.sources[0] for each in found}
    return {
        **views.reader(tx, app, viewer),
        **_with_standing(tx, viewer, [each.account for each in found]),
        "reasons": reasons,
        "more": False,
    }


def _everybody(tx: Tx, app: App, viewer: Viewer, offset: int, order: Order) -> Context:
    found = directory.page(tx, viewer, order, local=False, offset=offset, most=LENGTH)
    return {
        **views.reader(tx, app, viewer),
        **_with_standing(tx, viewer, found),
        "more": len(found) == LENGTH,
    }


def _with_standing(tx: Tx, viewer: Viewer, found: list[Account]) -> Context:
    """People, and how the viewer stands to each."""
    told = [
        account_for_page(msgspec.json.decode(faces.account(tx.instance, each))) for each in found
    ]
    standing = relationships.of(tx, viewer, [each.id for each in found]) if found else []
    return {"people": told, "standing": {each.id: msgspec.to_builtins(each) for each in standing}}


def _page(scope: Scope, tab: str, offset: int, context: Context) -> Html:
    more = context.pop("more")
    older = f"{scope['path']}?offset={offset + LENGTH}" if more else ""
    return views.answer(scope, f"explore_{tab}.html", **context, tab=tab, older=older)


def _offset(params: Params) -> int:
    return offset_of({"offset": params.get("offset")}, LENGTH, LENGTH)[0]


def _tab(path: str, tab: str, read: Callable[[Tx, App, Viewer, int], Context]) -> Any:
    @get(path, opt=access_page(signed_in=True))
    async def shown(
        app: NamedDependency[App],
        db: NamedDependency[Db],
        viewer: NamedDependency[Viewer],
        params: NamedDependency[Params],
        scope: Scope,
    ) -> Html:
        """What trends of a kind: liked, used or linked to more than usual."""
        offset = _offset(params)
        return _page(scope, tab, offset, await db.read(read, app, viewer, offset))

    return shown


@get(f"{PATH}/people", opt=access_page("search", signed_in=True))
async def of_people(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    scope: Scope,
) -> Html:
    """Whom the viewer may like to follow."""
    return _page(scope, "people", 0, await db.read(_people, app, viewer, 0, slow=True))


@get(f"{PATH}/directory", opt=access_page("search", signed_in=True))
async def of_everybody(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """Those who want to be found, who posted last first; or who came last."""
    offset = _offset(params)
    order: Order = "new" if params.text("order") == "new" else "active"
    context = await db.read(_everybody, app, viewer, offset, order, slow=True)
    more = context.pop("more")
    older = f"{scope['path']}?order={order}&offset={offset + LENGTH}" if more else ""
    return views.answer(
        scope, "explore_directory.html", **context, tab="people", order=order, older=older
    )


@post(f"{PATH}/people/{{id_:str}}/dismiss", status_code=200, opt=access_page(signed_in=True))
async def dismiss(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Redirect:
    """Suggest somebody no more. Raises NotFound."""
    await db.write(suggestions.dismiss, viewer, id_of(id_))
    return Redirect(f"{PATH}/people")


ROUTES: list[Any] = [
    _tab(PATH, "posts", _posts),
    _tab(f"{PATH}/tags", "tags", _tags),
    _tab(f"{PATH}/news", "news", _news),
    *(of_people, of_everybody, dismiss),
]
