"""What is read is watched by all processes together, over a real Redis and one database."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from uuid import uuid4

from whimbrel.app.opening import opened
from whimbrel.app.watch import Watch
from whimbrel.core.app import App
from whimbrel.core.settings import Settings
from whimbrel.privacy import alarms

POSTS = list(range(1, 21))
_visits = count(1)


async def _soon(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 (readings tell nobody)
            await asyncio.sleep(0.02)


def test_processes_count_together_and_ring_together(
    tmp_path: Path, postgres, postgres_template, redis_url
):
    """Whoever asks each process in turn would have as many budgets; and an alarm in one of them,
    or an operator who silences it, would mean nothing to the others."""
    name = f"watch_{uuid4().hex[:8]}"
    settings = Settings(
        data=tmp_path,
        database=postgres.create(name, postgres_template),
        redis=redis_url,
        domain="social.example",
        role="web",
    )

    async def story() -> None:
        async with AsyncExitStack() as stack:
            one, other = [
                await stack.enter_async_context(opened(settings, port)) for port in (1, 2)
            ]
            for app in (one, other):
                await stack.enter_async_context(Watch.keep(app))
            await _soon(lambda: _reads(one, other) and _reads(other, one))
            one.readings.ring("much")
            await _soon(other.readings.closed)
            await other.db.write(alarms.silence)
            await _soon(lambda: not one.readings.closed() and not other.readings.closed())

    try:
        asyncio.run(story())
    finally:
        postgres.drop(name)


def _reads(here: App, there: App) -> bool:
    """A visitor from one more network reads a page here; whether any is charged for it there."""
    networks = [f"198.51.{here.scratch.name}.{n}" for n in range(next(_visits))]
    here.readings.visited(networks[-1], "a page", POSTS, 1000)
    return any(there.readings.fresh(network, POSTS) == [] for network in networks)
