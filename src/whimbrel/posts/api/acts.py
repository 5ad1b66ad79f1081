"""What the viewer does with a status: each answers with the status as it is afterwards."""

from collections.abc import Callable
from typing import Any

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Viewer
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from .. import marks, serialize
from ..boost import boost, unboost
from ..rules import Mark
from .statuses import ONE, visibility_of


async def _done(db: Db, act: Callable[..., int], viewer: Viewer, id_: str, *how: Any) -> Json:
    """Act, and show the post that the act returns."""

    def acted(tx: Tx) -> bytes:
        return serialize.one(tx, viewer, act(tx, viewer, id_of(id_), *how))

    return Json(await db.write(acted))


@post(f"{ONE}/favourite", status_code=200, opt=access("write:favourites"))
async def favourite(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Like it."""
    return await _done(db, marks.mark, viewer, id_, Mark.FAVOURITE)


@post(f"{ONE}/unfavourite", status_code=200, opt=access("write:favourites"))
async def unfavourite(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Like it no more."""
    return await _done(db, marks.unmark, viewer, id_, Mark.FAVOURITE)


@post(f"{ONE}/bookmark", status_code=200, opt=access("write:bookmarks"))
async def bookmark(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Keep it."""
    return await _done(db, marks.mark, viewer, id_, Mark.BOOKMARK)


@post(f"{ONE}/unbookmark", status_code=200, opt=access("write:bookmarks"))
async def unbookmark(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Keep it no more."""
    return await _done(db, marks.unmark, viewer, id_, Mark.BOOKMARK)


@post(f"{ONE}/reblog", status_code=200, opt=access("write:statuses"))
async def reblog(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Boost it; the answer is the boost."""
    return await _done(db, boost, viewer, id_, visibility_of(params.text("visibility")))


@post(f"{ONE}/unreblog", status_code=200, opt=access("write:statuses"))
async def unreblog(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Take the boost back; the answer is the original."""
    return await _done(db, unboost, viewer, id_)


@post(f"{ONE}/pin", status_code=200, opt=access("write:accounts"))
async def pin(db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]) -> Json:
    """Put it on top of one's profile."""
    return await _done(db, marks.pin, viewer, id_)


@post(f"{ONE}/unpin", status_code=200, opt=access("write:accounts"))
async def unpin(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Take it off the profile."""
    return await _done(db, marks.unpin, viewer, id_)


@post(f"{ONE}/mute", status_code=200, opt=access("write:mutes"))
async def mute(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """No notifications from its thread."""
    return await _done(db, marks.mute_thread, viewer, id_)


@post(f"{ONE}/unmute", status_code=200, opt=access("write:mutes"))
async def unmute(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Notifications from its thread again."""
    return await _done(db, marks.unmute_thread, viewer, id_)


ROUTES: list[Any] = [
    *(favourite, unfavourite, bookmark, unbookmark, reblog, unreblog),
    *(pin, unpin, mute, unmute),
]
