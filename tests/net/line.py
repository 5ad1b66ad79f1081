"""The line between two programs, and all that happens to lines: slow, cut, silent, a byte a second,
and what comes on one connection overtakes what came on another.

It carries TCP, so that either end may be anybody: an app, PostgreSQL, Redis, S3, another server. It
runs in a thread with a loop of its own; what befalls it is told by whoever runs the test."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

BLOCK = 1 << 16
ROOM = 1 << 14  # bytes that wait here at most, so that whoever sends notices


class Line:
    """A port that leads to another one. `flows` until it is told something else."""

    def __init__(self, host: str, port: int) -> None:
        """Use `line_to`."""
        self._to = (host, port)
        self.port = 0
        self.came = 0  # connections so far
        self.open = 0
        self.carried = 0  # bytes, either way
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()
        self._held: list[asyncio.Event] = []  # connections whose first bytes wait, in their order
        self._changed = asyncio.Event()
        self._how, self._wait, self._shuffling, self._mute = "flows", 0.0, 0, False
        self._keeping = 0

    def flows(self) -> None:
        """Whatever comes goes on, and so does what was held."""
        self._tell("flows")

    def delays(self, seconds: float) -> None:
        """Every piece takes so long."""
        self._tell("flows", wait=seconds)

    def hangs(self) -> None:
        """Half open: connections stand, and are taken, and nothing comes through either way."""
        self._tell("hangs")

    def trickles(self) -> None:
        """One byte a second, either way."""
        self._tell("trickles")

    def swallows(self) -> None:
        """What is asked arrives; what is answered does not."""
        self._tell("flows", mute=True)

    def cuts(self) -> None:
        """All connections end, and new ones do at once, until it `flows`."""
        self._tell("cuts")

    def snaps(self) -> None:
        """All connections end; new ones are fine."""
        self._in_loop(self._end_all)

    def shuffles(self, count: int) -> None:
        """The next `count` connections are heard when all of them said something: last come,
        first served."""
        self._tell("flows", shuffling=count)

    def keeps(self, count: int) -> None:
        """What the next `count` connections say first is on its way until it `flows`, whatever
        becomes of whoever said it; all others pass by."""
        self._tell("flows", keeping=count)

    # ------------------------------------------------------------------ on the loop of the line

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._carry, "127.0.0.1", 0, limit=ROOM)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        while self._tasks:
            self._end_all()
            self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    def _in_loop(self, act: Callable[[], None]) -> None:
        done = threading.Event()

        def acted() -> None:
            act()
            done.set()

        self._loop.call_soon_threadsafe(acted)
        done.wait()

    def _tell(
        self,
        how: str,
        wait: float = 0,
        shuffling: int = 0,
        mute: bool = False,
        keeping: int = 0,
    ) -> None:
        def change() -> None:
            self._how, self._wait, self._mute, self._shuffling = how, wait, mute, shuffling
            self._keeping = keeping
            while self._held:
                self._held.pop().set()
            self._changed.set()
            self._changed = asyncio.Event()
            if how == "cuts":
                self._end_all()

        self._in_loop(change)

    def _end_all(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.came, self.open = self.came + 1, self.open + 1
        there: asyncio.StreamWriter | None = None
        try:
            if self._how == "cuts":
                return
            while self._how == "hangs":
                await self._changed.wait()
            answers, there = await asyncio.open_connection(*self._to, limit=ROOM)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, there, asks=True))
                group.create_task(self._pump(answers, writer, asks=False))
        except* (OSError, asyncio.CancelledError):
            pass  # one of the ends is gone, or we were told to end: so is the other
        finally:
            self.open -= 1
            self._tasks.discard(task)
            for end in filter(None, (writer, there)):
                end.transport.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, asks: bool
    ) -> None:
        """One way of a connection, until its end."""
        first = asks
        while piece := await reader.read(BLOCK):
            if first and self._keeping:
                self._keeping -= 1
                await self._kept()
            elif first and self._shuffling:
                await self._overtaken()
            first = False
            while piece:
                while self._how == "hangs":
                    await self._changed.wait()
                if self._mute and not asks:
                    break
                size = 1 if self._how == "trickles" else len(piece)
                if self._how == "trickles" or self._wait:
                    seconds = 1 if self._how == "trickles" else self._wait
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(seconds):  # wait_for may miss its cancellation
                            await self._changed.wait()
                self.carried += size
                writer.write(piece[:size])
                piece = piece[size:]
                await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    async def _kept(self) -> None:
        turn = asyncio.Event()
        self._held.append(turn)
        await turn.wait()

    async def _overtaken(self) -> None:
        """Wait until as many as shuffle are here; then the last goes first."""
        turn = asyncio.Event()
        self._held.append(turn)
        if len(self._held) == self._shuffling:
            self._shuffling, held = 0, self._held[::-1]
            self._held = []
            for each in held:
                each.set()
                await asyncio.sleep(0.05)
        await turn.wait()


@contextmanager
def line_to(url: str) -> Iterator[tuple[Line, str]]:
    """A line to the server of a URL, and the URL through it."""
    parts = urlsplit(url)
    assert parts.hostname is not None and parts.port is not None
    line = Line(socket.gethostbyname(parts.hostname), parts.port)
    line._thread.start()
    line._ready.wait()
    there = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    try:
        yield line, parts._replace(netloc=f"{there}127.0.0.1:{line.port}").geturl()
    finally:
        line._loop.call_soon_threadsafe(line._loop.stop)
        line._thread.join()
