"""Statuses read one by one, several by their ids, and with their conversation: as their reader's
filters see them. Writing them is a floor below."""

from collections.abc import Callable
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from whimbrel.accounts import reading
from whimbrel.accounts.auth import access, answer_lines, enter
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import of
from whimbrel.core.db import Db
from whimbrel.core.http import Json, Params, Receive, Scope, Send, send_whole
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from ..queries import single
from ..serialize import Shown, conversation, one, shown
from .pages import Handler

ONE = "/api/v1/statuses/{id_:str}"
MANY = 40  # ids in one question
PUBLIC = access("read:statuses", token="optional", strangers="post")  # noqa: S106 (no password)
MEMBERS = access("read:statuses", token="optional", strangers="none")  # noqa: S106


SHORT = 600  # posts of a conversation that are put together at once


async def _one(scope: Scope, viewer: Viewer, post: int) -> bytes:
    body = await of(scope).db.read(one, viewer, post)
    await reading.tell(scope, viewer, ((post,),), len(body))
    return body


@get(ONE, opt=PUBLIC)
async def show(viewer: NamedDependency[Viewer], id_: FromPath[str], scope: Scope) -> Json:
    """Read one."""
    return Json(await _one(scope, viewer, id_of(id_)))


def _hot_show(id_: str) -> Handler:
    """The same, by a raw ASGI handler."""

    async def handler(scope: Scope, receive: Receive, send: Send) -> None:
        viewer = await enter(scope, PUBLIC["access"])
        body = await _one(scope, viewer, id_of(id_))
        await send_whole(send, body, answer_lines(scope))

    return handler


@get("/api/v1/statuses", opt=MEMBERS)
async def many(
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    params: NamedDependency[Params],
    scope: Scope,
) -> Json:
    """Read several; those not to be seen are left out."""
    ids = params.ids("id")[:MANY]

    def found(tx: Tx) -> Shown:
        return shown(tx, viewer, single.cards_of(tx, viewer, ids), "thread")

    page = await db.read(found)
    await reading.tell(scope, viewer, page.rows, len(page.body))
    return Json(page.body)


async def _conversation(scope: Scope, viewer: Viewer, post: int) -> bytes:
    """The conversation around a post; a long one is put together on another thread. What was
    answered elsewhere is looked at meanwhile, for the next time."""
    app = of(scope)
    found = await app.db.look(conversation, viewer, post, SHORT)
    if found is None:
        found = await app.db.read(conversation, viewer, post, slow=True)
    if found is None:
        return b""
    await reading.tell(scope, viewer, found.rows, len(found.body))
    if app.opened is not None:
        app.opened(app, viewer, post)
    return found.body


@get(f"{ONE}/context", opt=PUBLIC)
async def around(viewer: NamedDependency[Viewer], id_: FromPath[str], scope: Scope) -> Json:
    """The conversation around it."""
    return Json(await _conversation(scope, viewer, id_of(id_)))


def _hot_around(id_: str) -> Handler:
    """The same, by a raw ASGI handler."""

    async def handler(scope: Scope, receive: Receive, send: Send) -> None:
        viewer = await enter(scope, PUBLIC["access"])
        body = await _conversation(scope, viewer, id_of(id_))
        await send_whole(send, body, answer_lines(scope))

    return handler


ROUTES: list[Any] = [show, many, around]
HOT_AROUND: dict[tuple[str, str], Callable[[str], Handler]] = {
    ("/api/v1/statuses/", ""): _hot_show,
    ("/api/v1/statuses/", "/context"): _hot_around,
}
