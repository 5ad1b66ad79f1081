"""Pages of the long texts: the privacy policy, and the terms with their other versions."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import views as around
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import NotFound
from whimbrel.core.http import Html, Scope
from whimbrel.core.ids import iso
from whimbrel.core.tx import Tx

from . import texts
from .rules import Text
from .views import PRIVACY, TERMS, on_page


@get(PRIVACY, opt=access_page())
async def privacy_policy(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    scope: Scope,
) -> Html:
    """What is kept of people. Raises NotFound where the operator wrote none."""

    def read(tx: Tx) -> dict[str, Any]:
        text = _there(texts.one(tx, "privacy"))
        return {
            **around.reader(tx, app, viewer),
            "html": on_page(text.html),
            "day": "",
            "written": iso(text.at)[:10],
            "others": [],
        }

    return _page(scope, app, viewer, await db.read(read))


@get([TERMS, f"{TERMS}/{{date:str}}"], opt=access_page())
async def terms_of_service(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    scope: Scope,
    date: FromPath[str] = "",
) -> Html:
    """The terms of today or of another day. Raises NotFound where there are none."""

    def read(tx: Tx) -> dict[str, Any]:
        text = texts.terms_of(tx, date) if date else _there(texts.one(tx, "terms"))
        return {
            **around.reader(tx, app, viewer),
            "html": on_page(text.html),
            "day": text.day,
            "holds": text.day <= texts.today(tx),
            "others": [day for day in texts.days(tx, "terms") if day != text.day],
        }

    return _page(scope, app, viewer, await db.read(read))


def _there(text: Text | None) -> Text:
    if text is None:
        raise NotFound
    return text


def _page(scope: Scope, app: App, viewer: Viewer, read: dict[str, Any]) -> Html:
    body = around.render(scope, "text.html", **read)
    return Html(body, 200, around.headers(app, private=viewer.account is not None))


ROUTES: list[Any] = [privacy_policy, terms_of_service]
