"""Where streams come in: the handshake, what a client says on its socket, and the good-bye.

Whoever wants a stream needs the token of a person; which streams it covers is asked for each."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, Self

import msgspec

from whimbrel.accounts import auth
from whimbrel.accounts.rules import Viewer
from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.errors import Malformed, NotFound, Unavailable, WhimbrelError
from whimbrel.core.http import (
    PRIVATE_HEADERS,
    Params,
    Receive,
    Scope,
    Send,
    bearer,
    error_parts,
    query_params,
    request_id,
    send_bytes,
)

from ..queries import streams
from .frames import refusal
from .hub import Hub
from .names import LIST, PATHS, USER, Stream, Topic, stream
from .socket import EventStream, Socket, WebSocket

ROOT = "/api/v1/streaming"
_ACCESS: auth.Access = auth.access(None, rate="stream", token="user")["access"]  # noqa: S106
_EVENT_STREAM = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"private, no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
)

log = logs.get(__name__)


class _Said(msgspec.Struct):
    """What a client sends on its socket."""

    type: str = ""
    stream: str = ""
    tag: str = ""
    list: str | int = ""


_said = msgspec.json.Decoder(_Said)


class Streams:
    """The streaming side of a process."""

    def __init__(self, app: App) -> None:
        """Use `Streams.open`."""
        self._app = app
        self._hub = Hub(app)

    @classmethod
    @asynccontextmanager
    async def open(cls, app: App) -> AsyncIterator[Self]:
        """Streams that are told what happens for as long as the block lasts."""
        made = cls(app)
        hub = made._hub
        tasks = [
            _kept("hear", hub.hear()),
            _kept("recheck", hub.recheck()),
            _kept("beat", hub.beat()),
        ]
        try:
            await asyncio.sleep(0)  # `hear` has subscribed
            yield made
        finally:
            made.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def close(self) -> None:
        """End all streams and open no more."""
        self._hub.close()

    def __len__(self) -> int:
        """How many are open."""
        return len(self._hub)

    # ---------------------------------------------------------------- WebSocket

    async def websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A connection on which the client says what it wants to hear."""
        await receive()  # the handshake
        offered = scope.get("subprotocols") or []
        try:
            if scope["path"].rstrip("/") != ROOT:
                raise NotFound
            token = bearer(scope, query=True)
            viewer = await self._enter(
                scope, token if token is not None or not offered else offered[0]
            )
            first = await self._first(viewer, query_params(scope))
            scope["query_string"] = b""  # uvicorn would log it, and a token may be in it
            socket = WebSocket(viewer, send)
            self._hub.add(socket)
        except Exception as error:
            await _refuse(scope, receive, send, error)
            return
        try:
            echo = offered[0] if offered and offered[0].isascii() else None
            await send({"type": "websocket.accept", "subprotocol": echo})
            if first is not None:
                await self._listen(socket, first)
            await self._converse(socket, receive)
        except OSError:
            pass  # gone while we answered
        except asyncio.CancelledError:
            _forgive(socket)
        finally:
            self._hub.remove(socket)
        if socket.ended is not None:
            await socket.close()

    async def _first(self, viewer: Viewer, query: Params) -> Stream | None:
        """The stream that the address asks for, if it does."""
        name = query.text("stream")
        if not name:
            return None
        return await self._stream(viewer, name, query.text("tag"), query.text("list"))

    async def _converse(self, socket: Socket, receive: Receive) -> None:
        while True:
            message = await receive()
            if message["type"] != "websocket.receive":
                return
            try:
                await self._answer(socket, message.get("text"))
            except WhimbrelError as error:
                if socket.put(refusal(str(error), error.status)):
                    self._hub.flush_soon(socket)

    async def _answer(self, socket: Socket, text: str | None) -> None:
        viewer = socket.viewer
        self._app.budgets.spend("api", viewer.token)
        try:
            said = _said.decode(text or "")
        except msgspec.MsgspecError:
            raise Malformed("This is not a message that can be understood.") from None
        if said.type not in ("subscribe", "unsubscribe"):
            raise Malformed("A message has the type subscribe or unsubscribe.")
        wanted = await self._stream(viewer, said.stream, said.tag, str(said.list))
        if said.type == "subscribe":
            await self._listen(socket, wanted)
        else:
            self._hub.leave(socket, wanted.topic)

    # ---------------------------------------------------------------- server-sent events

    async def sse(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One stream, asked for by its path. Errors are raised for the caller to answer."""
        where = scope["path"].removeprefix(ROOT).strip("/")
        if scope["method"] != "GET" or (where not in PATHS and where != "health"):
            raise NotFound
        if where == "health":
            await send_bytes(send, 200, b"OK", PRIVATE_HEADERS, b"text/plain; charset=utf-8")
            return
        viewer = await self._enter(scope, bearer(scope, query=True))
        query = query_params(scope)
        name = PATHS[where]
        if name.startswith("public") and query.flag("only_media"):
            name += ":media"
        wanted = await self._stream(viewer, name, query.text("tag"), query.text("list"))
        rates = auth.rate_headers(scope)
        await self._serve(receive, send, EventStream(viewer, send), wanted, rates)

    async def watch(
        self, receive: Receive, send: Send, socket: EventStream, wanted: Stream | None
    ) -> None:
        """What happens to `socket.viewer`, who came in by another door, and in `wanted`, for as
        long as they stay."""
        if self._hub.closed:
            raise Unavailable("This server is about to stop. Try again in a moment.", 2)
        own = Stream(Topic(USER, socket.viewer.id), (USER,))
        await self._serve(receive, send, socket, own if wanted is None else wanted, beside=own)

    async def _serve(
        self,
        receive: Receive,
        send: Send,
        socket: EventStream,
        wanted: Stream,
        more: Iterable[tuple[bytes, bytes]] = (),
        beside: Stream | None = None,
    ) -> None:
        """`more` are further headers, `beside` another stream on the same connection."""
        self._hub.add(socket)
        try:
            headers = [*_EVENT_STREAM, *more]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await self._listen(socket, wanted)
            if beside is not None:
                await self._listen(socket, beside)
            socket.beat()  # something at once: some clients wait for the first byte
            self._hub.flush_soon(socket)
            while (await receive())["type"] != "http.disconnect":
                pass
        except asyncio.CancelledError:
            _forgive(socket)
        finally:
            self._hub.remove(socket)
        if socket.ended is not None:
            await socket.close()

    # ---------------------------------------------------------------- both

    async def _enter(self, scope: Scope, token: str | None) -> Viewer:
        if self._hub.closed:
            raise Unavailable("This server is about to stop. Try again in a moment.", 2)
        return await auth.enter(scope, _ACCESS, token=token)

    async def _listen(self, socket: Socket, wanted: Stream) -> None:
        self._hub.listen(socket, wanted)
        await self._hub.learn(wanted.topic)

    async def _stream(self, viewer: Viewer, name: str, tag: str, list_id: str) -> Stream:
        """Raises Malformed, Forbidden; NotFound for somebody else's list."""
        wanted = stream(viewer, name, tag=tag, list_id=list_id)
        if name == LIST and not await self._app.db.read(
            streams.owns_list, viewer.id, wanted.topic.key
        ):
            raise NotFound
        return wanted


def _kept(name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """A task that says in the log when it dies: without it, streams would be silent for ever."""
    task = asyncio.create_task(work, name=f"streams {name}")

    def ended(done: asyncio.Task[None]) -> None:
        if not done.cancelled() and done.exception() is not None:
            log.error("streams stumbled", task=name, error=repr(done.exception()))

    task.add_done_callback(ended)
    return task


def _forgive(socket: Socket) -> None:
    """Take back the interruption by which a stream was ended; any other goes on."""
    task = asyncio.current_task()
    if socket.ended is None or task is None:
        raise asyncio.CancelledError
    task.uncancel()


async def _refuse(scope: Scope, receive: Receive, send: Send, error: Exception) -> None:
    """An HTTP answer in place of the handshake."""
    status, headers, body = error_parts(error, request_id(scope))
    scope["query_string"] = b""  # as above
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1008})  # becomes a 403
        return
    headers = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
    # uvicorn writes an error into the log when we return before the connection is gone.
    with suppress(TimeoutError):
        async with asyncio.timeout(1):
            await receive()
            await receive()
