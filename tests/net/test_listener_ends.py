"""Whoever never comes to an end is ended: a head that drips, one that grows, what nobody reads."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

import services
from whimbrel.app import listener
from whimbrel.app.listener import Listener

WHOLE = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
SOON = 0.4  # seconds after which a head is late in these tests
Story = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers at once, whatever is still to come."""
    if scope["path"] == "/read":
        while (await receive()).get("more_body"):
            pass
    lines = [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": lines})
    await send({"type": "http.response.body", "body": b"there"})


@asynccontextmanager
async def serving() -> AsyncIterator[int]:
    port = services.free_port()
    settings = uvicorn.Config(
        app, "127.0.0.1", port, http=Listener, lifespan="off", log_config=None
    )
    server = uvicorn.Server(settings)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 (uvicorn tells nobody)
        await asyncio.sleep(0.01)
    yield port
    server.should_exit = True
    await task


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch) -> Callable[[Story], None]:
    monkeypatch.setattr(listener, "HEAD_SECONDS", SOON)

    def run(story: Story) -> None:
        async def whole() -> None:
            async with serving() as port, asyncio.timeout(20):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                await story(reader, writer)
                writer.close()

        asyncio.run(whole())

    return run


async def drips(writer: asyncio.StreamWriter, text: bytes, pause: float) -> None:
    """A byte after the other, until nobody takes them."""
    for each in text:
        if writer.transport.is_closing():
            return
        writer.write(bytes([each]))
        await asyncio.sleep(pause)


@pytest.mark.parametrize("before", [b"", WHOLE, WHOLE + b"GET / HTTP/1.1\r\nhost: a\r\na: "])
def test_a_head_that_drips_is_late(tell: Callable[[Story], None], before: bytes) -> None:
    """Sixty thousand such connections are all that a server may have, and cost nothing."""

    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if before:
            writer.write(before)
            assert (await reader.readuntil(b"there")).startswith(b"HTTP/1.1 200")
        began = time.monotonic()
        dripping = asyncio.create_task(drips(writer, b"GET / HTTP/1.1\r\nx: " + b"x" * 500, 0.02))
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        assert SOON / 2 < time.monotonic() - began < 10 * SOON
        await dripping

    tell(story)


def test_who_says_nothing_is_let_go(tell: Callable[[Story], None]) -> None:
    """As above, without even a byte."""

    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert (await reader.read()).startswith(b"HTTP/1.1 408")

    tell(story)


@pytest.mark.parametrize(
    "begins",
    [
        b"GET / HTTP/1.1\r\nhost: a\r\nx: ",
        b"POST /read HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nx: ",
    ],
)
def test_a_head_without_an_end_is_not_kept(tell: Callable[[Story], None], begins: bytes) -> None:
    """One line after another, or one that goes on and on: it would all lie in memory."""

    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(begins)
        sent = 0
        while not reader.at_eof() and not writer.transport.is_closing() and sent < 1 << 22:
            writer.write(b"x" * 4096)
            sent += 4096
            await asyncio.sleep(0)
            if sent % (1 << 16) == 0:
                await asyncio.sleep(0.01)
        assert sent < 1 << 22

    tell(story)


def test_what_comes_after_the_answer_has_an_end(tell: Callable[[Story], None]) -> None:
    """Whoever was refused may send on for a moment, and not for ever."""

    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n")
        assert (await reader.readuntil(b"there")).startswith(b"HTTP/1.1 200")
        began = time.monotonic()
        await drips(writer, b"x" * 500, 0.02)
        assert time.monotonic() - began < 9

    tell(story)


def test_who_comes_slowly_but_in_time_is_answered(tell: Callable[[Story], None]) -> None:
    """A phone at the edge of a field: heads in pieces, a body that takes its time, one after
    another on the same connection."""

    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            await drips(writer, b"POST /read HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n", 0)
            await drips(writer, b"slow", SOON / 2)
            assert (await reader.readuntil(b"there")).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(SOON * 1.5)

    tell(story)
