"""What a script offers while somebody writes: people, tags and emojis that begin so."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency

from whimbrel.accounts import serialize as faces
from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.queries import emojis
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Html, Params, Scope
from whimbrel.core.tx import Tx

from .. import search
from .search import LONGEST, found_people

MOST = 6  # more would cover what is being written

Found = list[dict[str, Any]]


def _people(tx: Tx, viewer: Viewer, begun: str) -> Found:
    found = found_people(tx, viewer, begun, MOST)
    return [{"word": f"@{each['acct']}", "person": each} for each in found]


def _emojis(tx: Tx, begun: str) -> Found:
    """The shortest first: it is the one that was typed, if any is."""
    fits = [each for each in emojis.usable(tx) if each.listed and begun in each.shortcode.lower()]
    fits.sort(key=lambda each: (not each.shortcode.lower().startswith(begun), each.shortcode))
    told = [faces.emoji(tx.instance, each) for each in fits[:MOST]]
    return [{"word": f":{each['shortcode']}:", "picture": each["static_url"]} for each in told]


@get("/search/names", opt=access_page(signed_in=True))
async def offer(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """A piece of a page: what `q` may become, a word with @, # or : in front. The list is one to
    choose from; each entry says the whole word."""
    q = params.text("q").strip()[:LONGEST]
    kind, begun = q[:1], q[1:]
    found: Found = []
    if kind == "@" and begun:
        found = await db.read(_people, viewer, begun, slow=True)
    elif kind == "#" and begun:
        tags = await search.find_tags(app, begun, MOST, 0)
        names = await db.read(search.spelled, tags, slow=True)
        found = [{"word": f"#{name}"} for name in names]
    elif kind == ":" and begun:
        found = await db.read(_emojis, begun.lower(), slow=True)
    return views.answer(scope, "_names.html", found=found)


ROUTES: list[Any] = [offer]
