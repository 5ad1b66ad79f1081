"""Open pages of the desk hear that the queue is another now, and see pictures as a grey blur."""

import asyncio
from typing import Any

from litestar import asgi, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Response

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.app import App, of
from whimbrel.core.db import Db
from whimbrel.core.errors import NotFound
from whimbrel.core.http import Receive, Scope, Send
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx
from whimbrel.media import queries as media
from whimbrel.media.process import blurred
from whimbrel.media.queries import hashes
from whimbrel.moderation.cases import CHANNEL

from .around import staff

PATH = "/admin/reports"
NEEDS = Permission.TRIAGE
LASTS = 300  # seconds; then the page asks again, and is asked who it is
PAUSE = 2  # seconds between two words of it, however much happens
_HEAD = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"private, no-store"),
        (b"x-accel-buffering", b"no"),
        (b"x-content-type-options", b"nosniff"),
    ],
}
_WORD = {"type": "http.response.body", "body": b"event: desk\ndata:\n\n", "more_body": True}


@asgi(f"{PATH}/live", copy_scope=False, opt=staff(NEEDS, "stream"))
async def live(scope: Scope, receive: Receive, send: Send) -> None:
    """That something at the desk is another now, again and again. Raises NotFound: as `permit`."""
    app = of(scope)
    heard = app.pubsub.subscribe(CHANNEL)
    gone = asyncio.create_task(_gone(receive))
    try:
        await send(_HEAD)
        async with asyncio.timeout(LASTS):
            await _tell(heard, gone, send)
    except TimeoutError:
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        heard.close()


async def _tell(heard: Any, gone: "asyncio.Task[None]", send: Send) -> None:
    words = aiter(heard)
    while True:
        word = asyncio.ensure_future(anext(words))
        await asyncio.wait((word, gone), return_when=asyncio.FIRST_COMPLETED)
        if gone.done():
            word.cancel()
            return
        await send(_WORD)
        await asyncio.sleep(PAUSE)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@get(f"{PATH}/blur/{{id_:str}}", opt=staff(NEEDS))
async def blur(
    app: NamedDependency[App],
    db: NamedDependency[Db],
    viewer: NamedDependency[Viewer],
    id_: FromPath[str],
) -> Response[bytes]:
    """A picture as 32 x 32 greys: no more of it is sent. Raises NotFound: also where it is like one
    on a list of what nobody may be given."""

    def found(tx: Tx) -> str:
        row = media.by_ids(tx, [id_of(id_)]).get(id_of(id_))
        if row is None or not row.blurhash or hashes.quarantined(tx, [row.id]):
            raise NotFound
        return row.blurhash

    try:
        made = blurred.grey(await db.read(found))
    except ValueError as wrong:
        raise NotFound from wrong
    return Response(made, media_type="image/png", headers={"cache-control": "private, no-store"})


ROUTES: list[Any] = [live, blur]
