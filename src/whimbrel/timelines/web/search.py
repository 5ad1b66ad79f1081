"""Search as a page, for who is signed in."""

from typing import Any

import msgspec
from litestar import get
from litestar.di import NamedDependency

from whimbrel.accounts import serialize as faces
from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Html, Params, Scope
from whimbrel.core.pages import account_for_page
from whimbrel.core.tx import Tx
from whimbrel.posts import queries as posts
from whimbrel.posts import serialize
from whimbrel.posts.views import statuses

from .. import search
from .pages import LENGTH, page

PEOPLE = 8
LONGEST = 200  # characters looked for


def _people(tx: Tx, viewer: Viewer, q: str) -> list[dict[str, Any]]:
    found = search.find_people(tx, viewer, q, PEOPLE, 0, False)
    return [
        account_for_page(msgspec.json.decode(faces.account(tx.instance, each))) for each in found
    ]


def _posts(tx: Tx, viewer: Viewer, ids: list[int]) -> list[dict[str, Any]]:
    return statuses(serialize.page(tx, viewer, posts.cards_of(tx, viewer, ids)))


@get("/search", opt=access_page("search", signed_in=True))
async def show(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """People, tags and posts that fit `q`; the address of a post finds that post."""
    q = params.text("q").strip()[:LONGEST]
    found: dict[str, list[Any]] = {"accounts": [], "hashtags": [], "statuses": []}
    if q:
        address = await db.read(search.post_at, q)
        if address is not None:
            ids = [address]
        else:
            if not q.startswith("#"):
                found["accounts"] = await db.read(_people, viewer, q, slow=True)
            if not q.startswith("@"):
                names = await search.find_tags(app, q, PEOPLE, 0)
                found["hashtags"] = [{"name": name} for name in names]
            plain = not q.startswith(("@", "#"))
            ids = await search.find_posts(app, viewer, q, most=LENGTH) if plain else []
        found["statuses"] = await db.read(_posts, viewer, ids)
    who = await db.read(views.reader, app, viewer)
    return page(scope, viewer, "search.html", who, q=q, **found)


ROUTES: list[Any] = [show]
