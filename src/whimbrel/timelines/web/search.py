"""Search as a page, for who is signed in."""

from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import get
from litestar.di import NamedDependency

from whimbrel.accounts import serialize as faces
from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.queries import by_ids
from whimbrel.accounts.queries import search as people
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Html, Params, Scope, page_of
from whimbrel.core.pages import account_for_page
from whimbrel.core.tx import Tx
from whimbrel.posts.views import statuses

from .. import search
from ..queries import single
from ..search import Part
from ..serialize import EMPTY, Shown, shown
from .pages import LENGTH, page, tell

FEW, MANY = 8, 40  # people, and tags: beside all else, and alone
TABS = ("people", "posts", "tags")
LONGEST = 200  # characters looked for


def found_people(tx: Tx, viewer: Viewer, q: str, most: int) -> list[dict[str, Any]]:
    """People who fit, as pages take them."""
    found = people.find(tx, viewer.id, q, most=most)
    return [
        account_for_page(msgspec.json.decode(faces.account(tx.instance, each))) for each in found
    ]


def person(tx: Tx, id_: int) -> list[dict[str, Any]]:
    """One person, as pages take them; nobody where they are suspended."""
    return [
        account_for_page(msgspec.json.decode(faces.account(tx.instance, each)))
        for each in by_ids(tx, [id_]).values()
        if each.suspended_at is None
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
    """People, tags and posts that fit `q`, or what `only` says of them; the address of a post finds
    that post, and the handle of somebody elsewhere, or any address there, what it is of."""
    q = params.text("q").strip()[:LONGEST]
    only = params.text("only") if params.text("only") in TABS else ""
    most, older = MANY if only else FEW, ""
    found: dict[str, list[Any]] = {"accounts": [], "hashtags": [], "statuses": []}
    if q:
        address = search.post_at(app.instance, q)
        if address is not None:
            posts = await db.look(_post, viewer, address)
        else:
            posts, far = EMPTY, await search.abroad(app, q)
            if only in ("", "people") and not q.startswith("#"):
                if far.account and "/" in q:
                    found["accounts"] = await db.look(person, far.account)
                else:
                    found["accounts"] = await db.read(found_people, viewer, q, most, slow=True)
            if only in ("", "tags") and not q.startswith("@"):
                tags = await search.find_tags(app, q, most, 0)
                names = await db.read(search.spelled, tags, slow=True)
                found["hashtags"] = [{"name": name} for name in names]
            if far.post and only in ("", "posts"):
                posts = await db.look(_post, viewer, far.post)
            elif only in ("", "posts") and not q.startswith(("@", "#")):
                high = page_of({"max_id": params.get("max_id")}, LENGTH, LENGTH).max_id
                posts = await search.find_posts(app, viewer, q, Part(LENGTH, high=high))
                await tell(scope, viewer, posts)
                older = _older(q, posts)
        found["statuses"] = statuses(posts.body)
    who = await db.read(views.reader, app, viewer)
    return page(scope, viewer, "search.html", who, q=q, only=only, older=older, **found)


def _older(q: str, posts: Shown) -> str:
    if posts.oldest is None or posts.size < LENGTH:
        return ""
    return f"/search?{urlencode({'q': q, 'only': 'posts', 'max_id': posts.oldest})}"


ROUTES: list[Any] = [show]
