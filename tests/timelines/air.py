"""A server that only streams, in the test's own loop, over a real socket; and those who listen."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import stories
import uvicorn
from websockets.asyncio.client import ClientConnection, connect

import services
from whimbrel.accounts import tokens
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.db import Db
from whimbrel.core.http import send_error
from whimbrel.core.pubsub import LocalPubSub
from whimbrel.core.settings import Settings
from whimbrel.core.tx import Tx
from whimbrel.posts.events import PostDeleted, PostPublished
from whimbrel.posts.tables import posts
from whimbrel.privacy.budgets import Budgets
from whimbrel.timelines import fanout, live
from whimbrel.timelines.streaming import Streams

SILENCE = 0.4  # seconds after which nothing more is expected
PATIENCE = 5.0


class Air:
    """What a test does to the server and hears from it."""

    def __init__(self, db: Db, streams: Streams, app: App, port: int) -> None:
        self.db, self.streams, self.app, self.port = db, streams, app, port

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/api/v1/streaming"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v1/streaming"

    async def token(self, viewer: Viewer, scopes: str = "read") -> str:
        return await self.db.write(tokens.issue, viewer.account, scopes)

    def connect(self, token: str, query: str = "", **how: Any) -> Any:
        """A WebSocket, as a context manager."""
        headers = {"Authorization": f"Bearer {token}"}
        return connect(self.socket_url + query, additional_headers=headers, **how)

    async def post(self, author: Viewer, text: str = "hello", **facts: Any) -> int:
        """Publish, with all that follows."""
        return await self.db.write(_publish, author, text, facts)

    async def delete(self, author: Viewer, post: int, **facts: Any) -> None:
        """Delete, with all that follows."""
        await self.db.write(_delete, author, post, facts)

    async def say(self, message: live.Message) -> None:
        await self.db.write(live.say, message)


def _publish(tx: Tx, author: Viewer, text: str, facts: dict[str, Any]) -> int:
    post = stories.write(tx, author, text, **facts)
    event = PostPublished(post=post, author=author.id, boost_of=facts.get("boost_of"))
    live.tell_added(tx, event)
    fanout.add_to_homes(tx, event)
    return post


def _delete(tx: Tx, author: Viewer, post: int, facts: dict[str, Any]) -> None:
    tx.run(posts.delete().where(posts.c.id == post))
    values = {"uri": "", "visibility": 0, "local": True, **facts}
    event = PostDeleted(post=post, author=author.id, **values)
    fanout.remove(tx, event)
    live.tell_gone(tx, event)


@asynccontextmanager
async def on_air(db: Db, data: Path, *, limits: bool = False) -> AsyncIterator[Air]:
    """A streaming server over `db`."""
    pubsub = LocalPubSub()
    db.publish = pubsub.publish
    app: Any = App.__new__(App)
    app.settings, app.instance, app.db = Settings(data=data), db.instance, db
    app.pubsub, app.budgets = pubsub, Budgets(enabled=limits)
    port = services.free_port()
    async with Streams.open(app) as streams:

        async def doors(scope: Any, receive: Any, send: Any) -> None:
            scope["whimbrel"] = app
            if scope["type"] == "websocket":
                await streams.websocket(scope, receive, send)
                return
            try:
                await streams.sse(scope, receive, send)
            except Exception as error:
                await send_error(scope, send, error)

        config = uvicorn.Config(
            doors,
            port=port,
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            timeout_graceful_shutdown=2,
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 (uvicorn tells no other way)
            await asyncio.sleep(0.01)
        try:
            yield Air(db, streams, app, port)
        finally:
            server.should_exit = True
            streams.close()
            await serving


async def next_frame(socket: ClientConnection) -> dict[str, Any]:
    """The next frame, its payload read where it is JSON."""
    frame = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
    if frame.get("payload", "").startswith("{"):
        frame["payload"] = json.loads(frame["payload"])
    return frame


async def frames(socket: ClientConnection) -> list[dict[str, Any]]:
    """Everything until it is silent."""
    heard = []
    while True:
        try:
            heard.append(json.loads(await asyncio.wait_for(socket.recv(), SILENCE)))
        except TimeoutError:
            return heard


async def subscribe(socket: ClientConnection, stream: str, **more: str) -> None:
    """Ask for a stream, and wait until it was surely taken in."""
    await socket.send(json.dumps({"type": "subscribe", "stream": stream, **more}))
    await socket.send("?")
    assert (await next_frame(socket))["status"] == 400
