"""Redis at the end of a line that fails: nobody waits for it, whoever may have missed something is
told so, and what is said afterwards arrives."""

import asyncio
import time
from collections.abc import Callable
from uuid import uuid4

import pytest
from line import Line, line_to

from whimbrel.core.pubsub import PubSub, open_pubsub
from whimbrel.core.pubsub import broker as module

SOON = 1.0  # seconds of silence after which these tests try the connection


async def heard(there: PubSub, here: PubSub) -> None:
    """What one process says reaches the other, within a while."""
    async with asyncio.timeout(25):
        while True:
            subscription = here.subscribe("home:1")
            await subscription.ready()
            there.publish("home:1", b"healed")
            try:
                async with asyncio.timeout(SOON):
                    assert await anext(subscription) == ("home:1", b"healed")
            except (TimeoutError, StopAsyncIteration):
                continue
            finally:
                subscription.close()
            return


@pytest.mark.parametrize("befalls", [Line.hangs, Line.cuts, Line.trickles])
def test_who_listens_over_a_line_that_fails_is_told(
    befalls: Callable[[Line], None], redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page would look live for ever and show nothing new."""
    monkeypatch.setattr(module, "_QUIET", SOON)

    async def story(line: Line, through: str) -> None:
        prefix = f"test-{uuid4()}"
        far, near = open_pubsub(through, prefix), open_pubsub(redis_url, prefix)
        await far.start()
        await near.start()
        try:
            await heard(near, far)
            listening = far.subscribe("home:1")
            await listening.ready()
            befalls(line)
            began = time.monotonic()
            for number in range(2000):
                far.publish("home:2", b"%d" % number)  # never waits
            assert time.monotonic() - began < 1
            near.publish("home:1", b"x" * 5000)
            if befalls is not Line.cuts:
                await asyncio.sleep(3 * SOON)
            line.cuts()
            line.flows()
            async with asyncio.timeout(20):
                with pytest.raises(StopAsyncIteration):
                    while True:
                        await anext(listening)
            assert listening.lagged
            await heard(near, far)
            await heard(far, near)
        finally:
            await far.close()
            await near.close()

    with line_to(redis_url) as (line, through):
        asyncio.run(story(line, through))
