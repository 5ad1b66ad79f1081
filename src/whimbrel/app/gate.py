"""The gate before the front doors: networks that a moderator shut out get no answer but that, and
what would be written is refused where this node may not write.

What is shut is kept in memory and read again when somebody changes it, and every minute, for some
of it ends by itself. While nothing is shut a request costs one look."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

from whimbrel.accounts import barred, views
from whimbrel.accounts.barred import ShutOut
from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.errors import Forbidden, WhimbrelError
from whimbrel.core.fence import Closed
from whimbrel.core.http import (
    Receive,
    Send,
    client_address,
    networks,
    prefers_html,
    request_id,
    send_bytes,
    send_error,
)

from . import errors
from .proxy import Proxy

EVERY = 60.0  # seconds
AGAIN = 1.0  # seconds until a subscription that ended is begun anew
READS = frozenset(("GET", "HEAD", "OPTIONS"))
_PAGE = b"text/html; charset=utf-8"

log = logs.get(__name__)


class Gate:
    """An ASGI application before another."""

    def __init__(self, app: App, doors: Any) -> None:
        """Use `Gate.open`."""
        self._app, self._doors = app, doors
        self._trusted = networks(app.settings.trusted_proxies)
        self._shut = ShutOut([])
        self._fence = app.db.fence
        self._proxy = Proxy(app)

    @classmethod
    @asynccontextmanager
    async def open(cls, app: App, doors: Any) -> AsyncIterator[Self]:
        """A gate that hears of changes for as long as the block lasts."""
        gate = cls(app, doors)
        await gate.read()
        keeping = asyncio.create_task(gate._keep())
        try:
            yield gate
        finally:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping
            await gate._proxy.close()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if self._shut and client_address(scope, self._trusted) in self._shut:
            await _refuse(scope, receive, send)
        elif self._fence.closed:
            await self._closed(scope, receive, send)
        else:
            await self._doors(scope, receive, send)

    async def _closed(self, scope: Any, receive: Receive, send: Send) -> None:
        """Only reading goes on here, until another node serves: then all is asked there."""
        if scope["path"] == "/health":
            await self._doors(scope, receive, send)  # whoever asks means this machine
        elif self._app.guard is not None and self._app.guard.leads:
            await self._proxy(scope, receive, send, self._app.guard.leads)
        elif scope["type"] != "http" or scope["method"] in READS:
            await self._doors(scope, receive, send)
        elif prefers_html(scope):
            await _show(self._app, scope, send, Closed())
        else:
            await send_error(scope, send, Closed())

    async def read(self) -> None:
        """See what is shut now."""
        self._shut = await self._app.db.read(barred.shut_out, slow=True)

    async def _keep(self) -> None:
        while True:
            subscription = self._app.pubsub.subscribe(barred.CHANNEL)
            try:
                while True:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(EVERY):
                            await anext(subscription)
                    await self.read()
            except StopAsyncIteration:  # we lagged behind, or the broker went away
                await asyncio.sleep(AGAIN)
            except Exception as error:  # the gate stays as it was, and is looked at again
                log.error("gate not read", error=type(error).__name__)
                await asyncio.sleep(AGAIN)
            finally:
                subscription.close()


async def _show(app: App, scope: Any, send: Send, error: WhimbrelError) -> None:
    scope["whimbrel"] = app
    page = errors.page(app, error, request_id(scope), views.reads(scope))
    headers = [(name.encode(), value.encode()) for name, value in page.headers.items()]
    await send_bytes(send, page.status_code or error.status, page.content, headers, _PAGE)


async def _refuse(scope: Any, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    await send_error(scope, send, Forbidden("This server does not answer your network."))
