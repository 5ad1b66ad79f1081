"""What stands beside home, a tag and a profile. A wide screen fetches it as a piece of HTML once
the page is there, so no timeline waits for it; what it says of a tag and of a profile is a page of
its own as well, for narrow screens and for browsers without scripts."""

from typing import Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import circles, relationships, views
from whimbrel.accounts import queries as people
from whimbrel.accounts import serialize as faces
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.circles import Window
from whimbrel.accounts.queries import lists
from whimbrel.accounts.rules import STRANGER, Account, Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Gone, NotFound
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.ids import MAX_ID
from whimbrel.core.pages import account_for_page
from whimbrel.core.tx import Tx

from .. import suggestions, tags, trends

FEW = 3  # people suggested beside home
TALKED = 5  # tags beside home
ENDORSED = 40
FAMILIAR = 3  # faces; the others are counted

Context = dict[str, Any]


def _person(tx: Tx, account: Account) -> dict[str, Any]:
    return account_for_page(msgspec.json.decode(faces.account(tx.instance, account)))


def _standing(tx: Tx, viewer: Viewer, ids: list[int]) -> Context:
    found = relationships.of(tx, viewer, ids) if ids else []
    return {each.id: msgspec.to_builtins(each) for each in found}


# ----------------------------------------------------------------------------- home


def _home(tx: Tx, viewer: Viewer) -> Context:
    found = suggestions.suggested(tx, viewer, FEW)
    talked = trends.of_tags(tx, STRANGER, 0, TALKED)
    return {
        "me": {"id": str(viewer.id)},
        "people": [_person(tx, each.account) for each in found],
        "standing": _standing(tx, viewer, [each.account.id for each in found]),
        "tags": [(each.name, sum(day.uses for day in each.history)) for each in talked],
    }


@get("/beside/home", opt=access_page("search", signed_in=True))
async def home(db: NamedDependency[Db], viewer: NamedDependency[Viewer], scope: Scope) -> Html:
    """Whom to follow and what is talked about: a piece of home."""
    context = await db.read(_home, viewer, slow=True)
    return views.answer(scope, "_beside_home.html", **context, path=views.HOME)


# ----------------------------------------------------------------------------- a tag


def _tag(tx: Tx, viewer: Viewer, name: str) -> Context:
    """Raises NotFound: that can be no tag."""
    tag = tags.show(tx, viewer, name)
    days = list(reversed(tag.history))
    return {
        "tag": tag.name,
        "uses": sum(day.uses for day in days),
        "most": max((day.accounts for day in days), default=0),
        "days": [day.uses for day in days],
        "featured": bool(tag.featuring),
    }


@get(["/beside/tags/{name:str}", "/tags/{name:str}/about"], opt=access_page(signed_in=True))
async def tag(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    name: FromPath[str],
    scope: Scope,
) -> Html:
    """How much a tag is used, and whether it is on the viewer's profile. Raises NotFound."""
    if scope["path"].startswith("/beside/"):
        context = await db.read(_tag, viewer, name)
        return views.answer(scope, "_beside_tag.html", **context, path=f"/tags/{context['tag']}")

    def read(tx: Tx) -> Context:
        return {**views.reader(tx, app, viewer), **_tag(tx, viewer, name)}

    return views.answer(scope, "tag_about.html", **await db.read(read))


@post(
    ["/tags/{name:str}/feature", "/tags/{name:str}/unfeature"],
    status_code=200,
    opt=access_page(signed_in=True),
)
async def feature(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    name: FromPath[str],
    scope: Scope,
) -> Redirect:
    """Show a tag on one's profile, or no more. Raises Invalid: no tag, or too many."""
    verb = tags.unfeature if scope["path"].endswith("/unfeature") else tags.feature
    await db.write(verb, viewer, name)
    return views.back(params, f"/tags/{name}/about")


# ----------------------------------------------------------------------------- a profile


def _profile(tx: Tx, viewer: Viewer, handle: str, most: int) -> Context:
    """Raises NotFound: nobody is called so; Gone: suspended."""
    if not handle.startswith("@"):
        raise NotFound
    owner = people.by_handle(tx, handle)
    if owner.suspended_at is not None:
        raise Gone
    shown = circles.endorsed(tx, viewer, owner.id, Window(0, MAX_ID, ascending=False, most=most))
    familiar = [] if owner.id == viewer.id else lists.familiar(tx, viewer.id, [owner.id])[owner.id]
    return {
        "account": _person(tx, owner),
        "featured": tags.featured_by(tx, viewer, owner.id),
        "people": [_person(tx, row.account) for row in shown],
        "standing": _standing(tx, viewer, [row.account.id for row in shown]),
        "familiar": [_person(tx, each) for each in familiar[:FAMILIAR]],
        "familiar_more": max(len(familiar) - FAMILIAR, 0),
    }


@get(["/beside/{handle:str}", "/{handle:str}/featured"], opt=access_page(signed_in=True))
async def profile(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    handle: FromPath[str],
    scope: Scope,
) -> Html:
    """The tags and people that somebody shows, and who the viewer knows of those that follow them.

    Raises:
        NotFound: nobody is called so; Gone: suspended.
    """
    if scope["path"].startswith("/beside/"):
        context = await db.read(_profile, viewer, handle, FEW)
        context["me"] = {"id": str(viewer.id)}
        return views.answer(scope, "_beside_profile.html", **context, path=f"/{handle}")

    def read(tx: Tx) -> Context:
        return {**views.reader(tx, app, viewer), **_profile(tx, viewer, handle, ENDORSED)}

    return views.answer(scope, "featured.html", **await db.read(read), tab="featured")


ROUTES: list[Any] = [home, tag, feature, profile]
