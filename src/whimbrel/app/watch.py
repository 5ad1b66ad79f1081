"""Who keeps watch over what is read: the alarm as the database knows it, and what other processes
count. How much is too much, `privacy.readings` says."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from secrets import randbits
from typing import Any

import msgspec

from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.pubsub import Subscription
from whimbrel.core.tx import Tx
from whimbrel.moderation import canaries
from whimbrel.privacy import alarms
from whimbrel.privacy.budgets import HOUR
from whimbrel.privacy.queries import Kept
from whimbrel.privacy.readings import Alarm, Read, Readings

CHANNEL = "readings"
EVERY = 60.0  # seconds between two looks at the database
SOON = 0.5  # seconds that charges wait to be told together

log = logs.get(__name__)


class _Told(msgspec.Struct):
    """What one process charged, to the others."""

    by: int
    reads: list[Read]


_told = msgspec.msgpack.Decoder(_Told)


class Watch:
    """Of one process. Use `Watch.keep`."""

    def __init__(self, app: App, readings: Readings) -> None:
        self._app, self._readings = app, readings
        self._me = randbits(63)
        self._reads: list[Read] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._unwritten: Alarm | None = None  # rings here, and the database does not know yet

    @classmethod
    @asynccontextmanager
    async def keep(cls, app: App) -> AsyncIterator[None]:
        """Count with the others, and hear of alarms, for as long as the block lasts."""
        if app.readings is None:
            yield
            return
        watch = cls(app, app.readings)
        app.readings.rang = watch._rang
        if app.settings.redis:
            app.readings.tell = watch._tell
        await watch._look()
        tasks = [asyncio.create_task(watch._hear())]
        try:
            yield
        finally:
            for task in [*tasks, *watch._tasks]:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    def _rang(self, alarm: Alarm) -> None:
        log.warning("alarm: somebody seems to copy this server", why=alarm.why)
        self._unwritten = alarm
        self._go(self._write(alarm))

    async def _write(self, alarm: Alarm) -> None:
        await self._app.db.write(alarms.ring, alarm.why, int(alarm.until * 1000))
        self._unwritten = None

    def _tell(self, read: Read) -> None:
        self._reads.append(read)
        if len(self._reads) == 1:
            asyncio.get_running_loop().call_later(SOON, self._send)

    def _send(self) -> None:
        told, self._reads = _Told(self._me, self._reads), []
        self._app.pubsub.publish(CHANNEL, msgspec.msgpack.encode(told))

    def _go(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_logged(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _look(self) -> None:
        """See what the database says."""
        before = self._readings.alarm
        kept, posts = await self._app.db.read(_seen, slow=True)
        self._readings.canaries = posts
        now = self._readings.alarm
        if kept is None:
            if now is before and now is not self._unwritten:
                self._readings.set_alarm(None)
        elif now is None or now.until * 1000 < kept.ends_at:
            ends = kept.ends_at / 1000
            self._readings.set_alarm(Alarm(kept.why, ends - HOUR, ends))

    async def _hear(self) -> None:
        while True:
            subscription = self._app.pubsub.subscribe(alarms.CHANNEL, CHANNEL)
            try:
                await self._listen(subscription)
            except StopAsyncIteration:  # we lagged behind, or the broker went away
                await asyncio.sleep(1)
            except Exception as error:  # what is known stays, and is looked at again
                log.error("watch stumbled", error=type(error).__name__)
                await asyncio.sleep(1)
            finally:
                subscription.close()

    async def _listen(self, subscription: Subscription) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            if loop.time() >= due:
                await self._look()
                due = loop.time() + EVERY
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    channel, message = await anext(subscription)
                    if channel == alarms.CHANNEL:
                        due = loop.time()
                    else:
                        self._heard(message)

    def _heard(self, message: bytes) -> None:
        told = _told.decode(message)
        if told.by != self._me:
            for read in told.reads:
                self._readings.heard(read)


def _seen(tx: Tx) -> tuple[Kept | None, frozenset[int]]:
    return alarms.current(tx), canaries.posts(tx)


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception as error:  # it rings here; the others hear of it when they look
        log.error("alarm not written", error=type(error).__name__)
