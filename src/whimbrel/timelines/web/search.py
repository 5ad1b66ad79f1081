"""Search as a page, for who is signed in."""

from typing import Any

import msgspec
from litestar import get
from litestar.di import NamedDependency

from whimbrel.accounts import serialize as faces
from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.queries import search as people
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Html, Params, Scope
from whimbrel.core.pages import account_for_page
from whimbrel.core.tx import Tx
from whimbrel.posts.views import statuses

from .. import search
from ..queries import single
from ..search import Part
from ..serialize import EMPTY, Shown, shown
from .pages import LENGTH, page

PEOPLE = 8
LONGEST = 200  # characters looked for


def _people(tx: Tx, viewer: Viewer, q: str) -> list[dict[str, Any]]:
    found = people.find(tx, viewer.id, q, most=PEOPLE)
    return [
        account_for_page(msgspec.json.decode(faces.account(tx.instance, each))) for each in found
    ]


def _post(tx: Tx, viewer: Viewer, post: int) -> Shown:
    return shown(tx, viewer, single.cards_of(tx, viewer, [post]))


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
        address = search.post_at(app.instance, q)
        if address is not None:
            posts = await db.look(_post, viewer, address)
        else:
            posts = EMPTY
            if not q.startswith("#"):
                found["accounts"] = await db.read(_people, viewer, q, slow=True)
            if not q.startswith("@"):
                names = await search.find_tags(app, q, PEOPLE, 0)
                found["hashtags"] = [{"name": name} for name in names]
            if not q.startswith(("@", "#")):
                posts = await search.find_posts(app, viewer, q, Part(LENGTH))
        found["statuses"] = statuses(posts.body)
    who = await db.read(views.reader, app, viewer)
    return page(scope, viewer, "search.html", who, q=q, **found)


ROUTES: list[Any] = [show]
