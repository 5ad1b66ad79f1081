"""S3 at the end of a line that fails: what was stored is there whole, and nobody waits for ever."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import ClientTimeout
from line import Line, line_to

from whimbrel.core.errors import Unavailable
from whimbrel.core.objects import open_store
from whimbrel.core.objects import s3 as module
from whimbrel.core.objects.s3 import S3Store

LARGE = 12 << 20  # bytes: more than all that lies on the way can hold
SOON = 1.0  # seconds of silence after which these tests give up

Story = Callable[[S3Store, Line, Path, bytes], Awaitable[None]]


@pytest.fixture
def tell(s3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Story], None]:
    """Run a story with a bucket behind a line."""
    monkeypatch.setattr(module, "_TIMEOUT", ClientTimeout(sock_connect=SOON, sock_read=SOON))
    monkeypatch.setattr(module, "_ANSWERED", 2 * SOON)
    monkeypatch.setattr(module, "_SLOWEST", LARGE)
    monkeypatch.setattr(module, "TRIES", 2)

    content, file = os.urandom(LARGE), tmp_path / "file"

    def run(story: Story) -> None:
        async def whole() -> None:
            with line_to(s3.endpoint) as (line, through):
                url = f"s3://test-{uuid4().hex[:12]}?endpoint={through}"
                store = open_store(url, tmp_path, s3.key, s3.secret)
                assert isinstance(store, S3Store)
                await store.make_bucket()
                file.write_bytes(content)
                try:
                    await story(store, line, file, content)
                finally:
                    await store.close()

        asyncio.run(whole())

    return run


async def read(store: S3Store, key: str) -> bytes:
    async with aclosing(store.open(key)) as blocks:
        return b"".join([block async for block in blocks])


async def refused(act: Awaitable[object]) -> None:
    """It is said within moments that the storage does not work."""
    began = time.monotonic()
    with pytest.raises(Unavailable) as told:
        await act
    assert told.value.status == 503
    assert time.monotonic() - began < 12 * SOON


def test_a_file_on_its_way_is_there_whole_or_refused(tell: Callable[[Story], None]) -> None:
    """A store that takes the first megabyte and then no more held whoever uploaded for ever."""

    async def story(store: S3Store, line: Line, file: Path, content: bytes) -> None:
        small = file.with_name("small")
        small.write_bytes(b"before")
        before = await store.put(small)
        for befalls in (line.hangs, line.cuts):
            half, putting = line.carried + (1 << 20), asyncio.create_task(store.put(file))
            while line.carried < half:  # noqa: ASYNC110 (lines tell nobody)
                await asyncio.sleep(0.001)
            befalls()
            await refused(putting)
            await refused(read(store, before.key))
            line.cuts()
            line.flows()
            assert await read(store, before.key) == b"before"
        kept = await store.put(file)
        assert await read(store, kept.key) == content

    tell(story)


def test_a_file_that_stops_half_way_is_not_taken_for_the_whole(
    tell: Callable[[Story], None],
) -> None:
    """The other half of a film would be missing, and nobody would know."""

    async def story(store: S3Store, line: Line, file: Path, content: bytes) -> None:
        kept = await store.put(file)
        for befalls in (line.hangs, line.trickles, line.snaps):
            async with aclosing(store.open(kept.key)) as blocks:
                got = len(await anext(blocks))
                befalls()
                with pytest.raises(Unavailable):
                    async with asyncio.timeout(20):
                        async for block in blocks:
                            got += len(block)
            assert got < LARGE
            line.cuts()
            line.flows()
        assert await read(store, kept.key) == content

    tell(story)


def test_slow_readers_leave_the_store_to_the_others(tell: Callable[[Story], None]) -> None:
    """A hundred phones in tunnels held all there were, and no picture was shown to anybody."""

    async def story(store: S3Store, line: Line, file: Path, content: bytes) -> None:
        kept = await store.put(file)
        slow = [store.open(kept.key) for _ in range(110)]
        for each in slow:
            assert await anext(each)
        async with asyncio.timeout(5):
            async with aclosing(store.open(kept.key, 0, 1000)) as blocks:
                assert len(await anext(blocks)) == 1000
        await asyncio.gather(*(each.aclose() for each in slow))

    tell(story)
