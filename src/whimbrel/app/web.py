"""Pages about the place itself: the front door, what it is, what others call our people, and the
one that stands in when there is no network."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import STRANGER, Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Html, Redirect, Scope
from whimbrel.core.tx import Tx
from whimbrel.instance.views import standing
from whimbrel.posts.views import statuses
from whimbrel.timelines import reads
from whimbrel.timelines.rules import Window
from whimbrel.timelines.serialize import shown

NEW = 10  # posts on the page about us


@get("/", opt=access_page())
async def front(viewer: NamedDependency[Viewer]) -> Redirect:
    """Home for who has one, else what this place is."""
    return Redirect("/about" if viewer.account is None else views.HOME)


def _read(tx: Tx, app: App, viewer: Viewer) -> dict[str, Any]:
    # The newest from here, as anybody sees them; who is signed in has other pages for that.
    shut = viewer.account or app.settings.public_reading == "closed"
    rows = [] if shut else reads.public(tx, STRANGER, Window(most=NEW), local=True)
    return {
        **views.reader(tx, app, viewer),
        **standing(tx),
        "statuses": statuses(shown(tx, STRANGER, rows).body),
    }


@get("/about", opt=access_page())
async def about(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    scope: Scope,
) -> Html:
    """What this place is, who runs it, and how to join."""
    read = await db.read(_read, app, viewer)
    body = views.render(scope, "about.html", contact=app.instance.contact_email, **read)
    return Html(body, 200, views.headers(app, private=viewer.account is not None))


@get("/offline", opt=access_page())
async def offline(app: NamedDependency[App], scope: Scope) -> Html:
    """What a browser shows when it reaches nobody; its service worker asks for it beforehand."""
    body = views.render(scope, "offline.html", me=None, csrf="", path="")
    return Html(body, 200, views.headers(app, private=True))


@get("/users/{name:str}", opt=access_page())
async def user(name: FromPath[str]) -> Redirect:
    """What other servers call somebody; browsers are shown the page."""
    return Redirect(f"/@{name}")


@get("/users/{name:str}/statuses/{id_:str}", opt=access_page())
async def status(name: FromPath[str], id_: FromPath[str]) -> Redirect:
    """The same for a post."""
    return Redirect(f"/@{name}/{id_}")


ROUTES: list[Any] = [front, about, offline, user, status]
