"""A post in a frame on somebody else's page, and how such pages ask for it (oEmbed).

What is shown is what strangers see, whoever is signed in: the page around the frame must not learn
who reads. Nothing in it can be pressed, so that nobody can be led to press it."""

from html import escape
from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import reading, views
from whimbrel.accounts.auth import access, access_page
from whimbrel.accounts.rules import STRANGER
from whimbrel.core.app import App, of
from whimbrel.core.db import Db
from whimbrel.core.errors import NotFound
from whimbrel.core.http import Html, Json, Params, Scope
from whimbrel.core.ids import id_of
from whimbrel.core.pages import status_for_page
from whimbrel.core.tx import Tx

from .. import serialize

WIDTH, NARROWEST, TALLEST = 400, 220, 10_000  # pixels
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors *"
)


def _read(tx: Tx, author: str, id_: int) -> dict[str, Any]:
    """A post as strangers see it. Raises NotFound: not theirs to see, of another author than the
    one of that handle or id, or a boost."""
    status: dict[str, Any] = msgspec.json.decode(serialize.one(tx, STRANGER, id_))
    known = (f"@{status['account']['acct'].lower()}", status["account"]["id"])
    if status["reblog"] is not None or author.lower() not in known:
        raise NotFound
    return status


@get("/{handle:str}/{id_:str}/embed", opt=access_page(strangers="post"))
async def show(handle: FromPath[str], id_: FromPath[str], scope: Scope) -> Html:
    """The page in the frame."""
    app = of(scope)
    if not handle.startswith("@"):
        raise NotFound
    status = await app.db.read(_read, handle, id_of(id_))
    await reading.tell(scope, STRANGER, ((int(status["id"]),),), 0)
    body = views.render(
        scope, "embed.html", me=None, unread=0, csrf="", path="", status=status_for_page(status)
    )
    headers = views.headers(app, private=False)
    for name in ("x-frame-options", "cross-origin-resource-policy"):
        headers.pop(name, None)
    headers["vary"] = "Accept-Language"
    headers["content-security-policy"] = _POLICY
    headers["referrer-policy"] = "no-referrer"
    return Html(body, 200, headers)


@get("/api/oembed", opt=access(None, strangers="post"))
async def oembed(
    app: NamedDependency[App], db: NamedDependency[Db], params: NamedDependency[Params]
) -> Json:
    """What a page needs to show a post of ours in a frame. Nothing the author wrote is in it, so
    that it is gone from there when it is gone from here."""
    author, id_ = _named(params.text("url"), app.instance.origin)
    status = await db.read(_read, author, id_of(id_))
    who = status["account"]
    name = who["display_name"] or who["username"]
    width = max(NARROWEST, min(params.number("maxwidth") or WIDTH, WIDTH))
    height = params.number("maxheight")
    height = None if height is None else max(1, min(height, TALLEST))
    title = f"A post by {name}"
    sides = f'width="{width}"' + (f' height="{height}"' if height else "")
    frame = (
        f'<iframe src="{escape(status["url"])}/embed" title="{escape(title)}" {sides}'
        ' loading="lazy" style="max-width:100%;border:0" allowfullscreen></iframe>'
    )
    return Json(
        {
            "type": "rich",
            "version": "1.0",
            "title": title,
            "author_name": name,
            "author_url": who["url"],
            "provider_name": app.instance.title,
            "provider_url": f"{app.instance.origin}/",
            "cache_age": 86_400,
            "html": frame,
            "width": width,
            "height": height,
        },
        headers={"cache-control": "no-cache"},
    )


def _named(url: str, origin: str) -> tuple[str, str]:
    """(@handle or id of the author, id) of the post at an address of ours. Raises NotFound: it is
    none."""
    path = urlsplit(url.removeprefix(origin)).path if url.startswith(f"{origin}/") else ""
    match path.split("/"):
        case ["", handle, id_] if handle.startswith("@"):
            return handle, id_
        case ["", "users", name, "statuses", id_]:
            return f"@{name}", id_
        case ["", "ap", "users", author, "statuses", id_] if author.isdigit():
            return author, id_
    raise NotFound


ROUTES: list[Any] = [show, oembed]
