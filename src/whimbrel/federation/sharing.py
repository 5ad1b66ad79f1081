"""What was asked of other servers, and what they asked of us, told to the processes that share a
Redis: each counts what all of them see. Nothing is written down, and within half a second two may
both ask."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import randbits

import msgspec

from whimbrel.core import logs
from whimbrel.core.app import App

from .allowance import Book, Key
from .state import state_of

CHANNEL = "asked"
SOON = 0.5  # seconds that it waits to be told together
DOORS = ("inbox", "fetch")  # budgets that networks of other servers have, together at all doors

log = logs.get(__name__)


class _Told(msgspec.Struct):
    """What one process asked, to the others: in which book it counts, whom or what, how much."""

    by: int
    asked: list[tuple[str, Key, int]]


_told = msgspec.msgpack.Decoder(_Told)


class _Door(Book):
    """What is asked of us: a budget of this process that the others count along."""

    def __init__(self, app: App, kind: str) -> None:
        super().__init__()
        self._budgets, self._kind = app.budgets, kind
        self._budgets.share(kind, self.told)

    def heard(self, key: Key, count: int, now: int) -> None:
        """Somebody knocked at the door of another process."""
        self._budgets.heard(self._kind, key, count)


class Sharing:
    """Of one process. Use `keep`."""

    def __init__(self, app: App) -> None:
        self._app, self._state = app, state_of(app)
        self._me = randbits(63)
        self._asked: dict[tuple[str, Key], int] = {}
        self.books: dict[str, Book] = self._state.books()
        for kind in DOORS:
            self.books[kind] = _Door(app, kind)

    def tell(self, book: str, key: Key, count: int) -> None:
        """Something was asked here."""
        first, one = not self._asked, (book, key)
        self._asked[one] = self._asked.get(one, 0) + count
        if first:
            asyncio.get_running_loop().call_later(SOON, self._send)

    def _send(self) -> None:
        asked = [(book, key, count) for (book, key), count in self._asked.items()]
        told, self._asked = _Told(self._me, asked), {}
        self._app.pubsub.publish(CHANNEL, msgspec.msgpack.encode(told))

    async def hear(self) -> None:
        """Count what others ask, for ever."""
        while True:
            subscription = self._app.pubsub.subscribe(CHANNEL)
            try:
                async for _, message in subscription:
                    self._heard(message)
            except Exception as error:  # counted by each for itself until the broker is back
                log.error("sharing stumbled", error=type(error).__name__)
            finally:
                subscription.close()
            await asyncio.sleep(1)

    def _heard(self, message: bytes) -> None:
        told = _told.decode(message)
        if told.by == self._me:
            return
        now = int(self._app.db.env.clock().timestamp() * 1000)
        for name, key, count in told.asked:
            book = self.books.get(name)
            if book is not None:
                book.heard(key, count, now)


@asynccontextmanager
async def keep(app: App) -> AsyncIterator[None]:
    """Count with the others for as long as the block lasts; where there are none, alone."""
    if not app.settings.redis:
        yield
        return
    sharing = Sharing(app)
    for name, book in sharing.books.items():
        book.share(name, sharing.tell)
    task = asyncio.create_task(sharing.hear())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
