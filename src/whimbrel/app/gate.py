"""The gate before the front doors: networks that a moderator shut out get no answer but that.

What is shut is kept in memory and read again when somebody changes it, and every minute, for some
of it ends by itself. While nothing is shut a request costs one look."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

from whimbrel.accounts import barred
from whimbrel.accounts.barred import ShutOut
from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.errors import Forbidden
from whimbrel.core.http import Receive, Send, client_address, networks, send_error

EVERY = 60.0  # seconds
AGAIN = 1.0  # seconds until a subscription that ended is begun anew

log = logs.get(__name__)


class Gate:
    """An ASGI application before another."""

    def __init__(self, app: App, doors: Any) -> None:
        """Use `Gate.open`."""
        self._app, self._doors = app, doors
        self._trusted = networks(app.settings.trusted_proxies)
        self._shut = ShutOut([])

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

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if self._shut and client_address(scope, self._trusted) in self._shut:
            await _refuse(scope, receive, send)
        else:
            await self._doors(scope, receive, send)

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


async def _refuse(scope: Any, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    await send_error(scope, send, Forbidden("This server does not answer your network."))
