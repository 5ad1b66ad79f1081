"""What the viewer does with somebody: each answers how the two stand afterwards."""

from collections.abc import Callable
from typing import Any

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from .. import block, follow, mute, note, paced, relationships
from ..auth import access
from ..rules import Relationship, Viewer

_OF = "/api/v1/accounts/{id_:str}"
_REQUEST = "/api/v1/follow_requests/{id_:str}"


async def _done(db: Db, act: Callable[..., None], viewer: Viewer, id_: str, **how: Any) -> Json:
    return Json(await db.write(_acted, act, viewer, id_of(id_), how))


def _acted(
    tx: Tx, act: Callable[..., None], viewer: Viewer, target: int, how: dict[str, Any]
) -> Relationship:
    act(tx, viewer, target, **how)
    return relationships.to(tx, viewer, target)


def _given(params: Params, key: str) -> bool | None:
    return params.flag(key) if key in params else None


@post(f"{_OF}/follow", status_code=200, opt=access("write:follows"))
async def follow_(
    app: NamedDependency[App],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Follow, or follow otherwise. Raises TooMany: too many in a day."""
    how = {
        "reblogs": _given(params, "reblogs"),
        "notify": _given(params, "notify"),
        "languages": params.list("languages") if "languages" in params else None,
    }
    act, target = follow.follow, id_of(id_)
    return Json(await paced.following(app, viewer, lambda tx: _acted(tx, act, viewer, target, how)))


@post(f"{_OF}/unfollow", status_code=200, opt=access("write:follows"))
async def unfollow(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Follow no more."""
    return await _done(db, follow.unfollow, viewer, id_)


@post(f"{_OF}/remove_from_followers", status_code=200, opt=access("write:follows"))
async def remove_from_followers(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Be followed no more."""
    return await _done(db, follow.remove_follower, viewer, id_)


@post(f"{_OF}/block", status_code=200, opt=access("write:blocks"))
async def block_(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Block."""
    return await _done(db, block.block, viewer, id_)


@post(f"{_OF}/unblock", status_code=200, opt=access("write:blocks"))
async def unblock(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Block no more."""
    return await _done(db, block.unblock, viewer, id_)


@post(f"{_OF}/mute", status_code=200, opt=access("write:mutes"))
async def mute_(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Mute, for a while or for good."""
    notifications = params.flag("notifications", default=True)
    duration = params.number("duration") or 0
    return await _done(db, mute.mute, viewer, id_, notifications=notifications, duration=duration)


@post(f"{_OF}/unmute", status_code=200, opt=access("write:mutes"))
async def unmute(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Mute no more."""
    return await _done(db, mute.unmute, viewer, id_)


@post(f"{_OF}/note", status_code=200, opt=access("write:accounts"))
async def note_(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Write a note for oneself."""
    return await _done(db, note.write, viewer, id_, comment=params.text("comment"))


@post(f"{_REQUEST}/authorize", status_code=200, opt=access("write:follows"))
async def authorize(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Let somebody in."""
    return await _done(db, follow.authorize, viewer, id_)


@post(f"{_REQUEST}/reject", status_code=200, opt=access("write:follows"))
async def reject(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Turn somebody away."""
    return await _done(db, follow.reject, viewer, id_)


ROUTES = [
    *(follow_, unfollow, remove_from_followers, block_, unblock, mute_, unmute, note_),
    *(authorize, reject),
]
