"""Time that passes when nobody has anything to do, and a writer that takes its turns in it.

Everything runs in one thread of one event loop. What would take time (a turn of the writer, a
thread, the line to somebody else) takes as long as the seed says: so it says who goes next."""

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Future
from random import Random
from typing import Any

from whimbrel.core.sqlite import Sqlite, Work

MOST = 6  # actions of one commit


class Nothing(selectors.SelectSelector):
    """No file is ever ready: whoever waits lets the time pass."""

    def __init__(self, passes: Callable[[float], None]) -> None:
        super().__init__()
        self._passes = passes

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("everybody waits, for nothing")
        self._passes(max(0.0, timeout))
        return []


class Loop(asyncio.SelectorEventLoop):
    """An event loop by whose clock an hour is over at once."""

    def __init__(self, chance: Random) -> None:
        self.chance, self._now = chance, 0.0
        super().__init__(Nothing(self._pass))

    def time(self) -> float:
        return self._now

    def _pass(self, seconds: float) -> None:
        self._now += seconds

    def _write_to_self(self) -> None:
        """Nobody sleeps who would have to be woken."""

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        """What a thread would do is done here, after a while."""
        future = self.create_future()

        def work() -> None:
            try:
                done = func(*args)
            except Exception as error:
                if not future.cancelled():
                    future.set_exception(error)
            else:
                if not future.cancelled():
                    future.set_result(done)

        self.call_later(self.chance.uniform(0, 0.02), work)
        return future


class Paced(Sqlite):
    """The engine, whose writer has no thread of its own: it takes its turns on the loop."""

    chance: Random
    told: Callable[[str], None]

    def _write_loop(self) -> None:
        """The thread has nothing to do."""

    async def write(self, fn: Callable[..., Any], *args: object) -> Any:
        delay = self.chance.uniform(0, 0.03)
        asyncio.get_running_loop().call_later(delay, self.turn)
        return await super().write(fn, *args)

    def write_sync(self, fn: Callable[..., Any], *args: object) -> Any:
        future: Future[Any] = Future()
        self._queue.put(Work(fn, args, future, None, seen=False))
        while not future.done():
            self.turn()
        return future.result()

    def turn(self) -> None:
        """Some of those who wait, in one commit."""
        batch: list[Work] = []
        while len(batch) < self.chance.randint(1, MOST) and not self._queue.empty():
            work = self._queue.get()
            if work is not None:
                batch.append(work)
        if batch:
            self._survived(batch)
            self.told("commit " + " ".join(named(work.fn) for work in batch))


def named(fn: Any) -> str:
    """What an action is called in a history."""
    name: str = getattr(fn, "func", fn).__qualname__
    return name.replace(".<locals>.", ".")
