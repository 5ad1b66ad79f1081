"""One open stream: what waits to be sent, and its end when the other side does not keep up.

Thousands are open and idle, so nothing is allocated before something waits; a task exists only
while something is being sent, and there are no timers."""

import asyncio
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Any

from whimbrel.accounts.rules import Viewer
from whimbrel.core.http import Send

from .frames import THUMP, Happening
from .names import READ_NOTIFICATIONS, Topic

MOST = 256  # frames that may wait; who is that far behind reads afresh

GOING_AWAY, POLICY, TRY_LATER = 1001, 1008, 1013  # WebSocket close codes


class Socket(ABC):
    """An open stream of one viewer. `WebSocket` and `EventStream` say how it is written to."""

    __slots__ = ("_send", "_sending", "_stuck", "_task", "_waiting", "ended", "topics", "viewer")

    def __init__(self, viewer: Viewer, send: Send) -> None:
        """Called in the task that serves the connection, which `end` interrupts."""
        self.viewer = viewer
        self.topics: set[Topic] = set()
        self.ended: int | None = None  # a close code
        self._send = send
        self._task = asyncio.current_task()
        self._waiting: list[Any] | None = None
        self._sending: asyncio.Task[None] | None = None
        self._stuck: asyncio.Task[None] | None = None

    def _hears(self, happening: Happening) -> bool:
        """The user stream leaves out notifications where the token does not cover them."""
        return happening.name != "notification" or self.viewer.may(READ_NOTIFICATIONS)

    def tell(self, happening: Happening, label: tuple[str, ...]) -> bool:
        """Let it wait to be sent; whether nothing waited before, so that `flush` has to come."""
        return self._hears(happening) and self.put(happening.frame(label))

    def put(self, frame: Any) -> bool:
        """As `tell`, for a frame ready to be sent."""
        if self.ended is not None:
            return False
        if self._waiting is None:
            self._waiting = [frame]
            return True
        if len(self._waiting) >= MOST:
            self.end(TRY_LATER)
            return False
        self._waiting.append(frame)
        return False

    def flush(self) -> None:
        """Begin to send what waits, unless that is under way."""
        if self._waiting is not None and self._sending is None and self.ended is None:
            self._sending = asyncio.get_running_loop().create_task(self._drain())

    def beat(self) -> bool:
        """Called every few seconds: ends a stream that has been stuck in one sending since the
        last time. Returns as `put` does."""
        if self._sending is not None and self._sending is self._stuck:
            self.end(TRY_LATER)
        self._stuck = self._sending
        return False

    def end(self, code: int) -> None:
        """Nothing more is sent; the task that serves the connection says good-bye."""
        if self.ended is not None:
            return
        self.ended = code
        self._waiting = None
        if self._sending is not None:
            self._sending.cancel()
        if self._task is not None:
            self._task.cancel()

    async def _drain(self) -> None:
        try:
            while self._waiting is not None:
                frames, self._waiting = self._waiting, None
                await self._write(frames)
        except OSError:  # the other side has gone; the connection's own task hears of it as well
            self._waiting = None
        finally:
            self._sending = None

    @abstractmethod
    async def _write(self, frames: list[Any]) -> None:
        """Send these, in order."""

    async def close(self) -> None:
        """Say good-bye, if the other side still listens."""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(1):
                await self._close()

    @abstractmethod
    async def _close(self) -> None:
        """The good-bye itself."""


class WebSocket(Socket):
    """A stream on which the client says what it wants to hear."""

    __slots__ = ()

    async def _write(self, frames: list[Any]) -> None:
        for frame in frames:
            await self._send({"type": "websocket.send", "text": frame})

    async def _close(self) -> None:
        await self._send({"type": "websocket.close", "code": self.ended or GOING_AWAY})


class EventStream(Socket):
    """Server-sent events: one stream, asked for in the address."""

    __slots__ = ()

    def tell(self, happening: Happening, label: tuple[str, ...]) -> bool:
        return self._hears(happening) and self.put(happening.lines())

    def beat(self) -> bool:
        super().beat()
        return self.put(THUMP)

    async def _write(self, frames: list[Any]) -> None:
        body = b"".join(frames)
        await self._send({"type": "http.response.body", "body": body, "more_body": True})

    async def _close(self) -> None:
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})
