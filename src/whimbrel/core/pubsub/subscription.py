"""One listener, and the switchboard that knows who listens to what. Both kinds of pub/sub use it.

Thousands of streams are open and idle, so a subscription holds no queue until something waits."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Self

LIMIT = 1000  # messages that may wait in one subscription


class Subscription:
    """An async iterator of (channel, message). It ends when closed, or when it could not keep up:
    then `lagged` is True, and the listener must read afresh what it shows."""

    __slots__ = ("_board", "_waiter", "_waiting", "channels", "closed", "lagged")

    def __init__(self, board: "Switchboard", channels: Iterable[str]) -> None:
        """Use `PubSub.subscribe`."""
        self._board = board
        self._waiting: deque[tuple[str, bytes]] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self.channels: set[str] = set()
        self.closed = False
        self.lagged = False
        self.add(*channels)

    def add(self, *channels: str) -> None:
        """Listen to more."""
        if self.closed:
            return
        for channel in channels:
            if channel not in self.channels:
                self.channels.add(channel)
                self._board.join(channel, self)

    def discard(self, *channels: str) -> None:
        """Listen to less. What already waits still comes."""
        for channel in channels:
            if channel in self.channels:
                self.channels.remove(channel)
                self._board.leave(channel, self)

    def close(self) -> None:
        """Stop listening; whoever iterates is let go."""
        self.closed = True
        self._waiting = None
        self.discard(*tuple(self.channels))
        self._wake()

    async def ready(self) -> None:
        """Wait until every message published from now on will arrive here."""
        while not self.closed and not self._board.settled(self.channels):
            await self._board.change()

    def lag(self) -> None:
        """End it: messages were lost."""
        self.lagged = True
        self.close()

    def deliver(self, channel: str, message: bytes) -> None:
        """Hand over a message; for the switchboard."""
        if self.closed:
            return
        if self._waiting is None:
            self._waiting = deque()
        elif len(self._waiting) >= LIMIT:
            self.lag()
            return
        self._waiting.append((channel, message))
        self._wake()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> tuple[str, bytes]:
        while not self._waiting:
            self._waiting = None
            if self.closed:
                raise StopAsyncIteration
            if self._waiter is None or self._waiter.done():
                self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._waiting.popleft()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)


class Switchboard:
    """Who listens to what in this process."""

    def __init__(self) -> None:
        self.listeners: dict[str, set[Subscription]] = {}

    def join(self, channel: str, subscription: Subscription) -> None:
        """`subscription` hears `channel` from now on."""
        here = self.listeners.get(channel)
        if here is None:
            self.listeners[channel] = {subscription}
            self.opened(channel)
        else:
            here.add(subscription)

    def leave(self, channel: str, subscription: Subscription) -> None:
        """`subscription` hears `channel` no more."""
        here = self.listeners[channel]
        here.discard(subscription)
        if not here:
            del self.listeners[channel]
            self.abandoned(channel)

    def deliver(self, channel: str, message: bytes) -> None:
        """To everybody who listens here."""
        for subscription in tuple(self.listeners.get(channel, ())):
            subscription.deliver(channel, message)

    def everybody(self) -> set[Subscription]:
        """All subscriptions that listen to anything."""
        return set().union(*self.listeners.values())

    def opened(self, channel: str) -> None:
        """Somebody listens to `channel` who is the first; a broker must hear of it."""

    def abandoned(self, channel: str) -> None:
        """Nobody listens to `channel` any more."""

    def settled(self, channels: Iterable[str]) -> bool:
        """Whether messages on `channels` reach this process. Without a broker they do."""
        return True

    async def change(self) -> None:
        """Wait until `settled` may answer differently."""
        await asyncio.sleep(0)
