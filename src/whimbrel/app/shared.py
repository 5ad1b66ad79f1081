"""Budgets of people, told to the other processes that share a Redis: each counts what is spent at
all of them, tries of passwords included, and one that starts anew asks what the others know.

All that was spent within `SOON` is one message, however many asked: so a request costs no round
trip, and within that time two processes may both let somebody in. Nothing is kept in Redis. What
other servers spend is told by `federation.sharing`."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Hashable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from secrets import randbits
from typing import Any

import msgspec

from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.pubsub import Subscription
from whimbrel.federation.sharing import DOORS
from whimbrel.privacy.budgets import LIMITS, Budgets, Level, Tried, TryKey

CHANNEL = "spent"
_SHORT = 16  # bytes that stand for a name that somebody typed
SOON = 0.25  # seconds that charges wait to be told together

log = logs.get(__name__)


class _Told(msgspec.Struct, omit_defaults=True):
    """What one process says to the others. Keys are whatever stands for somebody: see `_key`."""

    by: int
    spent: list[tuple[str, Any, int]] = []
    tried: list[tuple[bool, list[tuple[str, Any]]]] = []
    asks: bool = False  # who starts anew
    levels: list[tuple[str, Any, float]] = []
    tries: list[tuple[tuple[str, Any], int, float, float]] = []


_told = msgspec.msgpack.Decoder(_Told)


class Shared:
    """Of one process. Use `keep`."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._budgets: Budgets = app.budgets
        self._me = randbits(63)
        self._spent: dict[tuple[str, Hashable], int] = {}
        self._tried: list[tuple[bool, list[TryKey]]] = []
        self._waiting = False
        for kind in LIMITS:
            if kind not in DOORS:
                self._budgets.share(kind, partial(self._spend, kind))
        self._budgets.sign_ins.tell = self._try
        self._budgets.sign_ins.disguise = self._disguised

    def _spend(self, kind: str, who: Hashable, cost: int) -> None:
        one = kind, who
        self._spent[one] = self._spent.get(one, 0) + cost
        self._soon()

    def _try(self, charged: bool, keys: Sequence[TryKey]) -> None:
        self._tried.append((charged, list(keys)))
        self._soon()

    def _disguised(self, who: Hashable) -> bytes:
        return self._app.db.keyring.mac("tries", repr(who).encode())[:_SHORT]

    def _soon(self) -> None:
        if not self._waiting:
            self._waiting = True
            asyncio.get_running_loop().call_later(SOON, self._send)

    def _send(self) -> None:
        self._waiting = False
        spent = [(kind, who, cost) for (kind, who), cost in self._spent.items() if cost]
        self._say(_Told(self._me, spent=spent, tried=self._tried))
        self._spent, self._tried = {}, []

    def _say(self, told: _Told) -> None:
        self._app.pubsub.publish(CHANNEL, msgspec.msgpack.encode(told))

    async def hear(self) -> None:
        """For as long as the process lives. Whoever missed something asks what the others know."""
        while True:
            subscription = self._app.pubsub.subscribe(CHANNEL)
            try:
                await self._listen(subscription)
            except StopAsyncIteration:  # we lagged behind, or the broker went away
                await asyncio.sleep(1)
            except Exception as error:  # what is counted here goes on being counted
                log.error("shared budgets stumbled", error=type(error).__name__)
                await asyncio.sleep(1)
            finally:
                subscription.close()

    async def _listen(self, subscription: Subscription) -> None:
        await subscription.ready()
        self._say(_Told(self._me, asks=True))
        while True:
            _, message = await anext(subscription)
            told = _told.decode(message)
            if told.by != self._me:
                self._heard(told)

    def _heard(self, told: _Told) -> None:
        throttle = self._budgets.sign_ins
        for kind, who, cost in told.spent:
            if kind in LIMITS:
                self._budgets.heard(kind, _key(who), cost)
        for charged, keys in told.tried:
            throttle.heard(charged, [(kind, _key(who)) for kind, who in keys])
        self._budgets.learn(Level(kind, _key(who), wait) for kind, who, wait in told.levels)
        throttle.learn(
            Tried((kind, _key(who)), made, ago, wait) for (kind, who), made, ago, wait in told.tries
        )
        if told.asks:
            levels, tries = self._budgets.known(), throttle.known()
            if levels or tries:
                self._say(_Told(self._me, levels=list(levels), tries=list(tries)))


def _key(who: Any) -> Hashable:
    """As whoever spends says it: messages know no tuples."""
    return tuple(map(_key, who)) if isinstance(who, list) else who


@asynccontextmanager
async def keep(app: App) -> AsyncIterator[None]:
    """Count with the other processes, for as long as the block lasts."""
    if not app.settings.redis or not app.settings.rate_limits:
        yield
        return
    task = asyncio.create_task(Shared(app).hear())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
