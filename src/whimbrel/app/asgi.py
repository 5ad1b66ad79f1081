"""The front doors: every connection comes in here and is sent to whoever answers it.

Hot routes and files first, by one look at the path; everything else is Litestar's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.http import (
    Compress,
    Cors,
    Receive,
    Send,
    Unchanged,
    header,
    send_bytes,
    send_error,
)
from whimbrel.media.serve import elsewhere
from whimbrel.media.serve import media as media_file
from whimbrel.timelines.streaming import Streams

from . import hot, metrics, public, turnstile
from .files import Files
from .negotiated import Negotiated, wants_activity
from .site import site, stamp
from .wire import Departures, Wire, cycle_of

_TEXT = b"text/plain; charset=utf-8"


class Doors:
    """The ASGI application of a process."""

    def __init__(self, app: App, streams: Streams) -> None:
        """Use `Doors.open`."""
        self._app = app
        self._streams = streams
        self._role = app.settings.role
        self._media_host = app.instance.media_host.encode()
        self._site: Any = site() if self._role in ("all", "web") else None
        self._files = Files(app)
        self._departures = Departures()
        self._http = Cors(Compress(Unchanged(Negotiated(self._answer), public.is_kept)))
        self._media = Cors(self._answer)

    @classmethod
    @asynccontextmanager
    async def open(cls, app: App) -> AsyncIterator[Self]:
        """Doors whose streams are live for as long as the block lasts."""
        async with Streams.open(app) as streams:
            app.streams = streams
            yield cls(app, streams)

    def drain(self) -> None:
        """End open streams, whose clients come back to whoever serves next, and let what is
        ready go."""
        self._streams.close()
        self._departures.drain()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        scope["whimbrel"] = self._app
        if self._media_host and header(scope, b"host") == self._media_host:
            # Nothing but files is there: no page, no sign-in, no API.
            scope["whimbrel.files"] = True
            if scope["type"] == "http":
                await self._media(scope, receive, send)
            elif scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http":
            cycle = None if self._site is None else cycle_of(scope, send)
            path = scope["path"]
            page = None if cycle is None else hot.page(path)
            if page is not None and wants_activity(scope):
                page = None
            handler = None if cycle is None else page or hot.find(path)
            refusal = turnstile.refusal(self._app, scope) if handler is None else None
            if refusal is not None:
                await turnstile.refuse(self._app, scope, send, refusal)
            elif cycle is None or handler is None:
                await self._http(scope, receive, send)
            else:
                await self._hot(handler, scope, receive, send, cycle, page is not None)
        elif scope["type"] == "websocket":
            await self._streams.websocket(scope, receive, send)

    async def _hot(
        self,
        handler: Any,
        scope: Any,
        receive: Receive,
        send: Send,
        cycle: RequestResponseCycle,
        page: bool,
    ) -> None:
        """What is read all the time, in one write; refusals go the ordinary way."""
        try:
            await handler(scope, receive, Wire(scope, send, cycle, self._departures))
        except Exception as error:
            if cycle.response_started:
                raise  # half an answer is out: the connection has to break
            if not page:
                scope["whimbrel.refused"] = error
            await self._http(scope, receive, send)

    async def _answer(self, scope: Any, receive: Receive, send: Send) -> None:
        handler = self._find(scope, scope["path"])
        counted = metrics.Counted()
        send = counted.wrap(send)
        if handler is None:
            handler = self._site
            if scope["method"] == "HEAD":  # as GET; uvicorn leaves the body out
                scope = {**scope, "method": "GET"}
        try:
            await handler(scope, receive, send)
        except Exception as error:
            if counted.status:
                raise  # half an answer is out: the connection has to break

            async def stamped(message: Any) -> None:
                await stamp(message, scope)
                await send(message)

            await send_error(scope, stamped, error)

    def _find(self, scope: Any, path: str) -> Any:
        """The raw handler of this path, or None: Litestar looks for it."""
        if "whimbrel.refused" in scope:
            return _refused
        if "whimbrel.files" in scope:
            return media_file if self._site and path.startswith("/media/") else _absent
        if path == "/health":
            return _health
        if path.startswith("/api/v1/streaming"):
            return self._streams.sse if self._role != "worker" else _absent
        if self._site is None or path in public.GONE:
            return _absent
        if path.startswith("/media/"):
            return elsewhere if self._media_host else media_file
        if path in self._files:
            return self._files.serve
        if scope["method"] == "POST":
            return hot.POSTS.get(path)
        return hot.find(path) if scope["method"] in ("GET", "HEAD") else None


async def _refused(scope: Any, receive: Receive, send: Send) -> None:
    raise scope["whimbrel.refused"]


async def _health(scope: Any, receive: Receive, send: Send) -> None:
    await send_bytes(send, 200, b"OK", ((b"cache-control", b"no-store"),), _TEXT)


async def _absent(scope: Any, receive: Receive, send: Send) -> None:
    raise NotFound
