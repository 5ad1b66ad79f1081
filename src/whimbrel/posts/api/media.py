"""Uploads by apps: send a file, ask whether it is ready, describe it, take it back.

They stand here and not with `media`, which knows nobody: whose they are is decided above it."""

from typing import Any

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import queries as accounts
from whimbrel.accounts.auth import access
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.http import Json, Params
from whimbrel.core.ids import id_of, millis
from whimbrel.core.tx import Tx
from whimbrel.media import attach, erase, upload
from whimbrel.media import queries as media
from whimbrel.media.rules import MediaRow
from whimbrel.privacy import receipts


@post("/api/v2/media", opt=access("write:media", rate="media"))
async def create(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Json:
    """Take a file in. 200: ready. 202: it is being converted, ask again."""
    return await _receive(app, db, viewer, params, None)


@post("/api/v1/media", opt=access("write:media", rate="media"))
async def create_and_wait(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
) -> Json:
    """The same for apps that know no later: 202 only for what takes too long for any request."""
    return await _receive(app, db, viewer, params, upload.LONG_PATIENCE)


async def _receive(
    app: App, db: Db, viewer: Viewer, params: Params, patience: float | None
) -> Json:
    file = params.upload("file")
    if file is None:
        raise Invalid("Validation failed: File can't be blank", {"file": [_BLANK]})
    account = await db.read(accounts.by_id, viewer.id)
    id_ = await upload.receive(
        app,
        account.id,
        account.slot,
        file,
        thumbnail=params.upload("thumbnail"),
        description=params.text("description"),
        focus=params.text("focus"),
        patience=patience,
    )
    return _answer(app, await db.read(_own, viewer, id_), unready=202)


_BLANK = ("ERR_BLANK", "can't be blank")


@get("/api/v1/media/{id_:str}", opt=access("write:media"))
async def show(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    id_: FromPath[str],
) -> Json:
    """200: ready. 206: not yet. 422: nothing will come of it."""
    return _answer(app, await db.read(_own, viewer, id_of(id_)), unready=206)


@put("/api/v1/media/{id_:str}", opt=access("write:media"))
async def change(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    id_: FromPath[str],
) -> Json:
    """Describe what no post has yet; afterwards it is the post that is edited."""
    said: dict[str, Any] = {
        name: params.text(name) for name in ("description", "focus") if params.get(name) is not None
    }
    if not said.get("focus"):
        said.pop("focus", None)

    def changed(tx: Tx) -> MediaRow:
        attach.describe(tx, viewer.id, id_of(id_), **said)
        return _own(tx, viewer, id_of(id_))

    return _answer(app, await db.write(changed), unready=206)


@delete("/api/v1/media/{id_:str}", status_code=200, opt=access("write:media"))
async def remove(
    db: NamedDependency[Db], viewer: NamedDependency[Viewer], id_: FromPath[str]
) -> Json:
    """Take back what no post has."""
    await db.write(_remove, viewer, id_of(id_))
    return Json(b"{}")


def _own(tx: Tx, viewer: Viewer, id_: int) -> MediaRow:
    row = media.own(tx, viewer.id, id_)
    if row is None or row.purpose != "post":
        raise NotFound
    return row


def _remove(tx: Tx, viewer: Viewer, id_: int) -> None:
    row = _own(tx, viewer, id_)
    if row.post is not None:
        raise Invalid("Media attachment is currently used by a status and cannot be deleted")
    shredded, emitted = len(tx.shreds), len(tx.emitted)
    erase.forget(tx, [row.id])
    receipts.write(
        tx,
        "media",
        row.id,
        account=viewer.id,
        slots=tx.shreds[shredded:],
        objects=erase.forgotten(tx.emitted[emitted:]),
    )


def _answer(app: App, row: MediaRow, *, unready: int) -> Json:
    if row.state == "failed":
        raise Invalid(row.error or "This file could not be converted.")
    status = 200 if row.state == "ready" else unready
    ms = millis(app.db.env.clock())
    told = attach.for_owner(app.db.keyring, app.instance, row, ms)
    return Json(told, status_code=status)


ROUTES = [create, create_and_wait, show, change, remove]
