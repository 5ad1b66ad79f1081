"""Asking for the same thing once at a time, and not again at once for what could not be had."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from whimbrel.core.errors import NotFound, WhimbrelError
from whimbrel.core.fetch import Refused, Unreachable

from .allowance import Book, Key

T = TypeVar("T")
MOST = 4096  # failures remembered
FOR_GOOD, JUST_NOW = 1, 2  # what other processes are told of a failure: is it of use to try again?


class Once(Book, Generic[T]):
    """Questions under way, by what is asked for.

    Args:
        wait: for so long (ms) what could not be had is not asked for again.
    """

    def __init__(self, wait: int) -> None:
        super().__init__()
        self._wait = wait
        self._missing: OrderedDict[Key, tuple[int, Exception]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[T]] = {}

    async def ask(self, key: str, now: int, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The answer; whoever wants the same meanwhile waits for the same.

        Args:
            now: ms.
        Raises:
            WhimbrelError, ValueError: as the question, or as it did a short while ago: whoever
                tries again later has to know whether that is of any use.
        """
        until, why = self._missing.get(key, (0, None))
        if until > now and why is not None:
            raise why.with_traceback(None)
        task = self._asking.get(key)
        if task is None:
            task = asyncio.create_task(start())
            self._asking[key] = task
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        try:
            return await asyncio.shield(task)
        except (WhimbrelError, ValueError) as error:
            self._remember(key, now, error)
            away = isinstance(error, Unreachable) and not isinstance(error, Refused)
            self.told(key, JUST_NOW if away else FOR_GOOD)
            raise

    def heard(self, key: Key, count: int, now: int) -> None:
        """Another process could not have it."""
        self._remember(key, now, Unreachable() if count == JUST_NOW else NotFound())

    def _remember(self, key: Key, now: int, error: Exception) -> None:
        self._missing[key] = now + self._wait, error
        self._missing.move_to_end(key)
        while len(self._missing) > MOST:
            self._missing.popitem(last=False)
