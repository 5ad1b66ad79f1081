"""Pub/sub through Redis, for several processes: one connection listens, one publishes in batches.

Redis forgets a message that nobody hears. So whenever one may have been lost (either connection
broke, or more waited than we hold), every subscription that may be concerned ends as `lagged`."""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any

import structlog
from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.exceptions import RedisError

from ..errors import Unavailable
from .subscription import Subscription, Switchboard

OUTGOING = 50_000  # messages that may wait for Redis
_BATCH = 500  # messages published, or channels joined, at once
_QUIET = 15.0  # seconds without a message after which the connection is tried
_LOST = "!lost"  # on this channel processes tell each other that a message may be missing

log = structlog.get_logger()


class RedisPubSub(Switchboard):
    """A `PubSub` that processes share. `start` it before use."""

    def __init__(self, url: str, prefix: str) -> None:
        super().__init__()
        # RESP2 by name: its replies to SUBSCRIBE are the same in every Redis and Valkey.
        self._pool = ConnectionPool.from_url(url, protocol=2, socket_timeout=_QUIET)
        self._prefix = f"{prefix}:".encode()
        self._outgoing: deque[bytes] = deque()
        self._lost = False
        self._commands: deque[tuple[bytes, str]] = deque()
        self._unsettled: dict[str, int] = {}  # channel: commands that Redis has not answered
        self._listening = self._had_listened = False
        self._to_publish, self._to_command = asyncio.Event(), asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self._changed: asyncio.Future[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def publish(self, channel: str, message: bytes) -> None:
        """See `PubSub.publish`."""
        if len(self._outgoing) >= OUTGOING:
            self._lost = True
            self._outgoing.clear()  # everybody will read afresh: the rest is of no use either
        self._outgoing.append(_packed(b"PUBLISH", self._prefix + channel.encode(), message))
        self._drained.clear()
        self._to_publish.set()

    def subscribe(self, *channels: str) -> Subscription:
        """See `PubSub.subscribe`."""
        return Subscription(self, channels)

    async def start(self) -> None:
        """See `PubSub.start`."""
        probe = self._connection()
        try:
            await probe.connect()  # type: ignore[no-untyped-call]
        except (RedisError, OSError) as failure:
            raise Unavailable("The Redis server for live events does not answer.") from failure
        finally:
            await probe.disconnect()
        for name, use in (("publish", self._publish_to), ("listen", self._listen_to)):
            self._tasks.append(asyncio.create_task(self._keep(use), name=f"redis {name}"))

    async def close(self) -> None:
        """See `PubSub.close`. Waits up to a second for what is still to be sent."""
        if self._tasks:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._drained.wait(), 1)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        for subscription in self.everybody():
            subscription.close()
        await self._pool.disconnect()

    def opened(self, channel: str) -> None:
        """See `Switchboard.opened`."""
        self._command(b"SUBSCRIBE", channel)

    def abandoned(self, channel: str) -> None:
        """See `Switchboard.abandoned`."""
        self._command(b"UNSUBSCRIBE", channel)

    def settled(self, channels: Iterable[str]) -> bool:
        """See `Switchboard.settled`."""
        return self._listening and not any(channel in self._unsettled for channel in channels)

    async def change(self) -> None:
        """See `Switchboard.change`."""
        if self._changed is None:
            self._changed = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._changed)

    def _connection(self) -> AbstractConnection:
        made: AbstractConnection = self._pool.make_connection()  # type: ignore[no-untyped-call]
        return made

    def _command(self, verb: bytes, channel: str) -> None:
        if self._listening:  # else all channels are joined at once on connecting
            self._commands.append((verb, channel))
            self._unsettled[channel] = self._unsettled.get(channel, 0) + 1
            self._to_command.set()

    async def _keep(self, use: Callable[[AbstractConnection], Awaitable[None]]) -> None:
        """Use a connection for ever; when it breaks, another, after 0.1 s to 5 s."""
        wait = 0.1
        while True:
            connection = self._connection()
            began = asyncio.get_running_loop().time()
            try:
                await connection.connect()  # type: ignore[no-untyped-call]
                await use(connection)
            except (RedisError, OSError) as failure:
                log.warning("redis_connection_lost", error=str(failure))
            finally:
                await connection.disconnect(nowait=True)
            if asyncio.get_running_loop().time() - began > 10:
                wait = 0.1
            await asyncio.sleep(wait * random.uniform(0.5, 1))
            wait = min(wait * 2, 5.0)

    async def _publish_to(self, connection: AbstractConnection) -> None:
        lost = _packed(b"PUBLISH", self._prefix + _LOST.encode(), b"")
        while True:
            if not (self._outgoing or self._lost):
                self._drained.set()
                self._to_publish.clear()
                await self._to_publish.wait()
            batch = [lost] if self._lost else []
            while self._outgoing and len(batch) < _BATCH:
                batch.append(self._outgoing.popleft())
            self._lost = False
            try:
                await connection.send_packed_command(b"".join(batch), check_health=False)
                for _ in batch:
                    await connection.read_response(disable_decoding=True)
            except BaseException:
                self._lost = True  # it is unknown what arrived
                raise

    async def _listen_to(self, connection: AbstractConnection) -> None:
        self._commands.clear()
        known = [_LOST, *self.listeners]
        self._unsettled = dict.fromkeys(known, 1)
        self._commands.extend((b"SUBSCRIBE", channel) for channel in known)
        self._to_command.set()
        self._listening = True
        # Those who listened before may have missed something while we were away.
        missed = self.everybody() if self._had_listened else set()
        self._had_listened = True
        writing = asyncio.create_task(self._write_commands(connection))
        try:
            for subscription in missed:
                subscription.lag()
            await self._read(connection)
        finally:
            self._listening = False
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    async def _read(self, connection: AbstractConnection) -> None:
        """Hand out messages until the connection breaks or is silent although asked."""
        skip = len(self._prefix)
        asked = False
        while True:
            reply: Any = await connection.read_response(disable_decoding=True, timeout=_QUIET)
            if reply is None:
                if asked:
                    raise ConnectionError("Redis does not answer")
                asked = True
                await connection.send_packed_command(_packed(b"PING"), check_health=False)
                continue
            asked = False
            kind = reply[0]
            if kind == b"pong":
                continue
            channel = reply[1][skip:].decode()
            if kind != b"message":
                self._answered(channel)
            elif channel == _LOST:
                for subscription in self.everybody():
                    subscription.lag()
            else:
                self.deliver(channel, reply[2])

    async def _write_commands(self, connection: AbstractConnection) -> None:
        while True:
            batch: list[bytes] = []
            while self._commands and len(batch) < _BATCH:
                verb, channel = self._commands.popleft()
                batch.append(_packed(verb, self._prefix + channel.encode()))
            if batch:
                await connection.send_packed_command(b"".join(batch), check_health=False)
            else:
                self._to_command.clear()
                await self._to_command.wait()

    def _answered(self, channel: str) -> None:
        left = self._unsettled.get(channel, 0) - 1
        if left > 0:
            self._unsettled[channel] = left
            return
        self._unsettled.pop(channel, None)
        changed, self._changed = self._changed, None
        if changed is not None:
            changed.set_result(None)


def _packed(*words: bytes) -> bytes:
    """A command as Redis reads it. By hand: the library's own pipeline costs 14 times as much."""
    parts = [b"*%d\r\n" % len(words)]
    parts += [b"$%d\r\n%b\r\n" % (len(word), word) for word in words]
    return b"".join(parts)
