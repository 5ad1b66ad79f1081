"""The viewer's own: account, profile, preferences, and the lists of requests, blocks and mutes."""

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import delete, get, patch, route
from litestar.di import NamedDependency

from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Forbidden
from whimbrel.core.http import Json, Params
from whimbrel.core.tx import Tx
from whimbrel.media import upload
from whimbrel.media.rules import Purpose

from .. import circles, profile, queries, serialize
from .. import preferences as own_preferences
from ..auth import access
from ..profile import Changes
from ..queries.profile import defaults
from ..rules import Viewer, spoken
from .pages import Asked, answer, linked, muted, page_and_window

Shown = Callable[[Tx, Viewer], bytes]

_PLAIN = (
    *("display_name", "note", "locked", "bot", "discoverable", "indexable", "hide_collections"),
)
_SOURCE = {
    "privacy": "visibility",
    "sensitive": "sensitive",
    "language": "language",
    "quote_policy": "quote_policy",
}


@get("/api/v1/accounts/verify_credentials", opt=access(None, token="user"))  # noqa: S106
async def verify_credentials(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Json:
    """Who am I. Two scopes allow it: one of reading, and the narrow one of signing in elsewhere."""
    _may_know(viewer)
    return Json(await db.read(serialize.credential, viewer))


def _may_know(viewer: Viewer) -> None:
    if not (viewer.may("read:accounts") or viewer.may("profile")):
        raise Forbidden("This action is outside the authorized scopes")


@patch("/api/v1/accounts/update_credentials", opt=access("write:accounts"))
async def update_credentials(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Json:
    """Change one's profile."""
    changes = await _changes(app, db, viewer, params)
    return Json(await db.write(_changed, viewer, changes, serialize.credential))


@get("/api/v1/profile", opt=access(None, token="user"))  # noqa: S106
async def show_profile(
    app: NamedDependency[App], db: NamedDependency[Db], viewer: NamedDependency[Viewer]
) -> Json:
    """One's profile as it was written, for an editor."""
    _may_know(viewer)
    return await _written(app, db, viewer)


async def _written(app: App, db: Db, viewer: Viewer) -> Json:
    def read(tx: Tx) -> bytes:
        return serialize.profile_as_written(tx, viewer, app.featured(tx, viewer))

    return Json(await db.read(read, slow=True))  # uses of tags are counted


@route(
    "/api/v1/profile",
    http_method=["PATCH", "PUT"],  # masto.js puts all that it updates
    status_code=200,
    opt=access("write:accounts"),
)
async def update_profile(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Json:
    """Change one's profile, and see it as it was written."""
    changes = await _changes(app, db, viewer, params)
    await db.write(profile.update, viewer, changes)
    return await _written(app, db, viewer)


@delete("/api/v1/profile/avatar", status_code=200, opt=access("write:accounts"))
async def remove_avatar(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Json:
    """Take the picture off."""
    return Json(await db.write(_changed, viewer, Changes(avatar=None), serialize.credential))


@delete("/api/v1/profile/header", status_code=200, opt=access("write:accounts"))
async def remove_header(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Json:
    """Take the wide picture off."""
    return Json(await db.write(_changed, viewer, Changes(header=None), serialize.credential))


def _changed(tx: Tx, viewer: Viewer, changes: Changes, shown: Shown) -> bytes:
    profile.update(tx, viewer, changes)
    return shown(tx, viewer)


async def _changes(app: App, db: Db, viewer: Viewer, params: Params) -> Changes:
    """What is asked for, with the pictures taken in: Mastodon's names, `source[...]` unfolded."""
    tree: dict[str, Any] = {name: params[name] for name in _PLAIN if name in params}
    if "attribution_domains" in params:
        tree["attribution_domains"] = params.list("attribution_domains")
    if "fields_attributes" in params:
        tree["fields"] = params["fields_attributes"]
    source = params.get("source")
    if isinstance(source, dict):
        tree |= {ours: source[theirs] for theirs, ours in _SOURCE.items() if theirs in source}
    changes = Params(tree).to(Changes)
    pictures: tuple[Purpose, ...] = ("avatar", "header")
    tokens = {name: await _picture(app, db, viewer, params, name) for name in pictures}
    worn = {name: token for name, token in tokens.items() if token is not None}
    return msgspec.structs.replace(changes, **worn)


async def _picture(
    app: App, db: Db, viewer: Viewer, params: Params, purpose: Purpose
) -> str | None:
    sent = params.upload(purpose)
    if sent is None:
        return None
    me = await db.read(queries.by_id, viewer.id)
    return await upload.picture(app, me.id, me.slot, sent, purpose)


@get("/api/v1/preferences", opt=access("read:accounts"))
async def preferences(db: NamedDependency[Db], viewer: NamedDependency[Viewer]) -> Json:
    """How the viewer likes to write and read; apps begin with these."""
    return Json(await db.read(_preferences, viewer))


def _preferences(tx: Tx, viewer: Viewer) -> dict[str, Any]:
    own, likes = defaults(tx, viewer.id), own_preferences.of(tx, viewer)
    return {
        "posting:default:visibility": own.visibility,
        "posting:default:sensitive": own.sensitive,
        "posting:default:language": spoken(own.language, own.locale),
        "posting:default:quote_policy": own.quote_policy,
        "reading:expand:media": likes.media,
        "reading:expand:spoilers": likes.spoilers,
        "reading:autoplay:gifs": False,
    }


@get("/api/v1/blocks", opt=access("read:blocks"))
async def blocks(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    request: Asked,
) -> Json:
    """Whom the viewer blocks."""
    page, window = page_and_window(params)
    return answer(app, request, page, await db.read(circles.own, viewer, "blocks", window))


@get("/api/v1/mutes", opt=access("read:mutes"))
async def mutes(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    request: Asked,
) -> Json:
    """Whom the viewer mutes, and until when."""
    page, window = page_and_window(params)
    rows = await db.read(circles.own, viewer, "mutes", window)
    body = b"[%b]" % b",".join([muted(app.instance, row) for row in rows])
    return linked(app, request, page, rows, body)


@get("/api/v1/follow_requests", opt=access("read:follows"))
async def follow_requests(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    request: Asked,
) -> Json:
    """Who waits for an answer."""
    page, window = page_and_window(params)
    return answer(app, request, page, await db.read(circles.own, viewer, "requests", window))


ROUTES = [
    *(verify_credentials, update_credentials, show_profile, update_profile, remove_avatar),
    *(remove_header, preferences),
    *(blocks, mutes, follow_requests),
]
