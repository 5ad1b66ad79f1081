"""The viewer's own: account, profile, preferences, and the lists of requests, blocks and mutes."""

from typing import Any

from litestar import delete, get, patch

from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Forbidden
from whimbrel.core.http import Json, Params
from whimbrel.core.tx import Tx

from .. import circles, profile, serialize
from ..auth import access
from ..profile import Changes
from ..queries.profile import Defaults, defaults
from ..rules import Viewer
from .pages import Asked, answer, linked, muted, page_and_window


@get("/api/v1/accounts/verify_credentials", opt=access(None, token="user"))  # noqa: S106
async def verify_credentials(db: Db, viewer: Viewer) -> Json:
    """Who am I. Two scopes allow it: one of reading, and the narrow one of signing in elsewhere."""
    if not (viewer.may("read:accounts") or viewer.may("profile")):
        raise Forbidden("This action is outside the authorized scopes")
    return Json(await db.read(serialize.credential, viewer))


@patch("/api/v1/accounts/update_credentials", opt=access("write:accounts"))
async def update_credentials(app: App, db: Db, viewer: Viewer, params: Params) -> Json:
    """Change one's profile."""
    return await _changed(db, viewer, changes_of(params))


async def _changed(db: Db, viewer: Viewer, changes: Changes) -> Json:
    def changed(tx: Tx) -> bytes:
        profile.update(tx, viewer, changes)
        return serialize.credential(tx, viewer)

    return Json(await db.write(changed))


def changes_of(params: Params) -> Changes:
    """The changes a request asks for: Mastodon's names, `source[...]` unfolded."""
    source = params.get("source")
    tree: dict[str, Any] = {
        **{name: params[name] for name in _PLAIN if name in params},
        **({"fields": params["fields_attributes"]} if "fields_attributes" in params else {}),
    }
    if isinstance(source, dict):
        renamed = (("privacy", "visibility"), ("sensitive", "sensitive"), ("language", "language"))
        tree |= {ours: source[theirs] for theirs, ours in renamed if theirs in source}
    return Params(tree).to(Changes)


_PLAIN = (
    *("display_name", "note", "locked", "bot", "discoverable", "indexable", "hide_collections"),
)


@delete("/api/v1/profile/avatar", status_code=200, opt=access("write:accounts"))
async def remove_avatar(db: Db, viewer: Viewer) -> Json:
    """Take the picture off."""
    return await _changed(db, viewer, Changes(avatar=None))


@delete("/api/v1/profile/header", status_code=200, opt=access("write:accounts"))
async def remove_header(db: Db, viewer: Viewer) -> Json:
    """Take the wide picture off."""
    return await _changed(db, viewer, Changes(header=None))


@get("/api/v1/preferences", opt=access("read:accounts"))
async def preferences(db: Db, viewer: Viewer) -> Json:
    """How the viewer likes to write and read; apps begin with these."""
    return Json(_preferences(await db.read(defaults, viewer.id)))


def _preferences(own: Defaults) -> dict[str, Any]:
    return {
        "posting:default:visibility": own.visibility,
        "posting:default:sensitive": own.sensitive,
        "posting:default:language": own.language,
        "posting:default:quote_policy": "nobody",
        "reading:expand:media": "default",
        "reading:expand:spoilers": False,
        "reading:autoplay:gifs": False,
    }


@get("/api/v1/blocks", opt=access("read:blocks"))
async def blocks(app: App, db: Db, viewer: Viewer, params: Params, request: Asked) -> Json:
    """Whom the viewer blocks."""
    page, window = page_and_window(params)
    return answer(app, request, page, await db.read(circles.own, viewer, "blocks", window))


@get("/api/v1/mutes", opt=access("read:mutes"))
async def mutes(app: App, db: Db, viewer: Viewer, params: Params, request: Asked) -> Json:
    """Whom the viewer mutes, and until when."""
    page, window = page_and_window(params)
    rows = await db.read(circles.own, viewer, "mutes", window)
    body = b"[%b]" % b",".join([muted(app.instance, row) for row in rows])
    return linked(app, request, page, rows, body)


@get("/api/v1/follow_requests", opt=access("read:follows"))
async def follow_requests(app: App, db: Db, viewer: Viewer, params: Params, request: Asked) -> Json:
    """Who waits for an answer."""
    page, window = page_and_window(params)
    return answer(app, request, page, await db.read(circles.own, viewer, "requests", window))


ROUTES = [
    *(verify_credentials, update_credentials, remove_avatar, remove_header, preferences),
    *(blocks, mutes, follow_requests),
]
