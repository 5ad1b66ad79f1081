"""What one process is converting, and who waits: so many at a time, so many of one person.

They are tasks and not jobs of the outbox, for the upload lies unsealed in scratch and must not
outlive this process: what a crash interrupts has failed (`erase.settle`)."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.errors import TooMany, WhimbrelError
from whimbrel.core.words import say
from whimbrel.media.process.sniff import Family

AT_ONCE = 2  # pictures, and as many films and sounds: these must not hold up those
OF_ONE = 8  # unfinished uploads of an account
OF_ALL = 48  # of everybody: each holds its file on the disk

log = logs.get(__name__)

Outcome = WhimbrelError | None  # why nothing came of it
Task = asyncio.Task[Outcome]


class Conversions:
    """The uploads being worked on. One per process, on `App.conversions`."""

    def __init__(self) -> None:
        self._pictures, self._films = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(AT_ONCE)
        self._tasks: set[Task] = set()
        self._unfinished: Counter[int] = Counter()

    @contextmanager
    def place(self, account: int) -> Iterator[None]:
        """Count as unfinished inside the block.

        Raises:
            TooMany: this account, or everybody, has enough waiting already.
        """
        if self._unfinished[account] >= OF_ONE or self._unfinished.total() >= OF_ALL:
            raise TooMany(
                say("Other uploads are still being converted. Try again in a moment."), 30
            )
        self._unfinished[account] += 1
        try:
            yield
        finally:
            self._unfinished[account] -= 1
            if not self._unfinished[account]:
                del self._unfinished[account]

    def places(self, family: Family) -> asyncio.Semaphore:
        """To be held while a file of this family is converted."""
        return self._pictures if family == "image" else self._films

    def start(self, work: Coroutine[Any, Any, Outcome], held: ExitStack) -> Task:
        """Run `work` beside everything else and close `held` when it ends, however it ends."""
        task = asyncio.create_task(work)
        self._tasks.add(task)

        def ended(task: Task) -> None:
            self._tasks.discard(task)
            held.close()
            if not task.cancelled() and (error := task.exception()):
                log.error("conversion broke off", why=repr(error)[:300])

        task.add_done_callback(ended)
        return task

    async def stop(self) -> None:
        """Give up what runs: the files it was to become are asked for again by whoever sent it."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def conversions(app: App) -> Conversions:
    """Those of this process."""
    if app.conversions is None:
        app.conversions = Conversions()
    found: Conversions = app.conversions
    return found


async def stop(app: App) -> None:
    """When the server stops: end conversions while database and store are still open."""
    await conversions(app).stop()
