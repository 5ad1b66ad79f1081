"""What is erased in the database is let go of by every process, too: what it has at hand in memory.

A page that was being made while somebody deleted is kept a moment after the message: so it is
looked through twice."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from whimbrel.core import cache, logs
from whimbrel.core.app import App
from whimbrel.core.cache import Gone
from whimbrel.core.pubsub import Subscription
from whimbrel.core.tx import Tx

CHANNEL = "erased"
GATHER = 0.5  # seconds that one waits for others to come along
AGAIN = 2.0  # seconds until it is looked through once more
SPREAD = AGAIN + 1  # seconds after which every process that could be told has let go

log = logs.get(__name__)


def tell(tx: Tx, number: int) -> None:
    """A post or an account is erased: once that is durable, every process lets go of it."""
    tx.publish(CHANNEL, b"%d" % number)


class Forgetting:
    """What one process lets go of. Use `keep`."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._gone: set[int] = set()
        self._all = False  # it is not known what all is gone
        self._waiting = False

    async def hear(self) -> None:
        """For as long as the process lives. Whoever may have missed something lets go of all."""
        while True:
            subscription = self._app.pubsub.subscribe(CHANNEL)
            try:
                await self._listen(subscription)
            except StopAsyncIteration:  # we lagged behind, or the broker went away
                self._add(None)
                await asyncio.sleep(1)
            finally:
                subscription.close()

    async def _listen(self, subscription: Subscription) -> None:
        while True:
            _, message = await anext(subscription)
            self._add(int(message))

    def _add(self, number: int | None) -> None:
        if number is None:
            self._all = True
        else:
            self._gone.add(number)
        if not self._waiting:
            self._waiting = True
            asyncio.get_running_loop().call_later(GATHER, self._let_go)

    def _let_go(self) -> None:
        gone, everything = self._gone, self._all
        self._gone, self._all, self._waiting = set(), False, False
        self._forget(gone, everything)
        asyncio.get_running_loop().call_later(AGAIN, self._forget, gone, everything)

    def _forget(self, gone: set[int], everything: bool) -> None:
        cache.forget(None if everything else Gone(gone))
        self._app.db.forget()


@asynccontextmanager
async def keep(app: App) -> AsyncIterator[None]:
    """Let go of what is erased, here or by another process, for as long as the block lasts."""
    task = asyncio.create_task(Forgetting(app).hear())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
