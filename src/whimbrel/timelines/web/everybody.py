"""What everybody writes to everybody: from here, from everywhere, and under a tag, which is a feed
for who has no account as well."""

from typing import Any, NamedTuple

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts import strangers, views
from whimbrel.accounts.auth import access_page
from whimbrel.accounts.rules import STRANGER, Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import NotFound
from whimbrel.core.http import Html, Params, Redirect, Scope
from whimbrel.core.ids import MAX_ID
from whimbrel.core.text import tag_key
from whimbrel.core.tx import Tx
from whimbrel.posts import follow_tag
from whimbrel.posts.feeds import atom_of_tag
from whimbrel.posts.views import entries, tag_as_written

from .. import reads
from ..rules import TagFilter, Window
from ..serialize import Shown, shown
from .pages import LENGTH, given_id, lined, older, page, tell, window_for

FEED = ".atom"
MEDIA = "only=media"


class Read(NamedTuple):
    """A page, who reads it, and whether they follow the tag; whether moderators closed it, and how
    it is written."""

    shown: Shown
    reader: dict[str, Any]
    followed: bool = False
    closed: bool = False
    written: str = ""


def _older(scope: Scope, viewer: Viewer, found: Shown, media: bool) -> str:
    return older(scope, viewer, found, f"&{MEDIA}" if media else "")


def _media(params: Params) -> bool:
    return params.text("only") == "media"


# ----------------------------------------------------------------------------- everybody's


def _public(tx: Tx, app: App, viewer: Viewer, window: Window, local: bool, media: bool) -> Read:
    rows = reads.public(tx, viewer, window, local=True if local else None, only_media=media)
    return Read(shown(tx, viewer, rows, "public"), views.reader(tx, app, viewer))


@get(["/local", "/public"], opt=access_page(strangers="first"))
async def everybody(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Html:
    """Public posts from here, or from every server that is known here. Raises ForMembers."""
    local, media = scope["path"] == "/local", _media(params)
    if not local:
        strangers.admit_to_all(app, viewer)
    read = await db.read(_public, app, viewer, window_for(viewer, params), local, media)
    await tell(scope, viewer, read.shown)
    return page(
        scope,
        viewer,
        "public.html",
        read.reader,
        tab=scope["path"].removeprefix("/"),
        statuses=lined(entries(read.shown.parts), given_id(params, "since")),
        media=media,
        older=_older(scope, viewer, read.shown, media),
        **_live(viewer, params, read.shown, media),
    )


def _live(viewer: Viewer, params: Params, shown: Shown, media: bool) -> dict[str, int]:
    """`newest`, where the page tells at once what is new: at its top, to whoever is signed in."""
    live = viewer.account is not None and not media and window_for(viewer, params).high == MAX_ID
    return {"newest": shown.newest or 0} if live else {}


# ----------------------------------------------------------------------------- a tag's


def _key(name: str) -> str:
    """Raises NotFound: that can be no tag."""
    key = tag_key(name)
    if not key:
        raise NotFound
    return key


def _tagged(tx: Tx, app: App, viewer: Viewer, window: Window, key: str, media: bool) -> Read:
    rows, followed, said = reads.tag_followed(tx, viewer, window, key, only_media=media)
    closed = not rows and reads.is_closed(tx, key)
    found = shown(tx, viewer, rows, "public")
    written = _written(said, key, found.body)
    return Read(found, views.reader(tx, app, viewer), followed, closed, written)


def _written(said: str, key: str, body: bytes) -> str:
    """As was said, else as people here write it; `body`: a JSON array of statuses."""
    return tag_as_written(body, key) if said == key else said


@get("/tags/{name:str}", opt=access_page(strangers="first"))
async def tag(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    name: FromPath[str],
    scope: Scope,
) -> Response[bytes]:
    """Public posts with a tag. Raises NotFound: that can be no tag."""
    if name.endswith(FEED):
        return await _feed(app, scope, _key(name.removesuffix(FEED)))
    key, media = _key(name), _media(params)
    read = await db.read(_tagged, app, viewer, window_for(viewer, params), key, media)
    await tell(scope, viewer, read.shown)
    return page(
        scope,
        viewer,
        "tag.html",
        read.reader,
        tag=key,
        written=read.written,
        followed=read.followed,
        closed=read.closed,
        statuses=lined(entries(read.shown.parts), given_id(params, "since")),
        media=media,
        older=_older(scope, viewer, read.shown, media),
        **_live(viewer, params, read.shown, media),
    )


def _read_feed(tx: Tx, key: str) -> tuple[Shown, str]:
    rows = reads.tag(tx, STRANGER, Window(most=LENGTH), TagFilter(any=(key,)))
    found = shown(tx, STRANGER, rows)
    return found, _written(reads.written_as(tx, key), key, found.body)


async def _feed(app: App, scope: Scope, key: str) -> Response[bytes]:
    found, written = await app.db.read(_read_feed, key)
    await tell(scope, STRANGER, found)
    kept = {"cache-control": "no-cache", "x-content-type-options": "nosniff"}
    feed = atom_of_tag(app.instance, key, written, msgspec.json.decode(found.body))
    return Response(feed, media_type="application/atom+xml; charset=utf-8", headers=kept)


@post(
    ["/tags/{name:str}/follow", "/tags/{name:str}/unfollow"],
    status_code=200,
    opt=access_page(signed_in=True),
)
async def follow(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    name: FromPath[str],
    scope: Scope,
) -> Redirect:
    """Have a tag's public posts at home, or there no more. Raises NotFound: that can be no tag."""
    verb = follow_tag.unfollow if scope["path"].endswith("/unfollow") else follow_tag.follow
    key = await db.write(verb, viewer, name)
    return views.back(params, f"/tags/{key}")


ROUTES: list[Any] = [everybody, tag, follow]
