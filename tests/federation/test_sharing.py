"""Many processes ask other servers no more than one would."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from whimbrel.app.opening import opened
from whimbrel.core.errors import NotFound, TooMany, WhimbrelError
from whimbrel.core.fetch import Unreachable
from whimbrel.core.settings import Settings
from whimbrel.federation import sharing
from whimbrel.federation.queries.people import Met
from whimbrel.federation.state import State, state_of
from whimbrel.privacy.budgets import LIMITS, Budgets


async def test_processes_that_share_a_redis_count_together(tmp_path: Path, redis_url: str):
    """Each more process would be as much more that is asked of a server at a stranger's word, of
    which it knows one alone: us."""
    place = f"https://{uuid4().hex}.example"
    async with AsyncExitStack() as stack:
        states: list[State] = []
        for _ in range(2):
            settings = Settings(data=tmp_path, domain="social.example", redis=redis_url)
            app = await stack.enter_async_context(opened(settings))
            await stack.enter_async_context(sharing.keep(app))
            states.append(state_of(app))
        here, there = states
        now = int(app.db.env.clock().timestamp() * 1000)
        assert here.compared.again(place, now)
        while here.spare.take(place, now):
            pass
        here.keys.failed(place, now)
        here.missing.done(f"{place}/key", now)
        for name, why in (("gone", NotFound), ("away", Unreachable)):
            with pytest.raises(why):
                await here.people.ask(f"{place}/{name}", now, partial(_fails, why))
        for _ in range(100):
            if not there.spare.take(place, now):
                break
            await asyncio.sleep(0.05)
        assert not there.spare.take(place, now)
        assert not there.compared.again(place, now)
        assert there.missing.waits(f"{place}/key", now)
        assert not there.missing.waits(f"{place}/other", now)
        for name, why in (("gone", NotFound), ("away", Unreachable)):
            with pytest.raises(why):  # and whether it is of any use to try again is known here too
                await there.people.ask(f"{place}/{name}", now, _never)
        assert there.keys.take(place, now)  # of these there are some left
        assert there.spare.take("https://other.example", now)
        assert sum(here.spare.take(f"https://{at}.example", now) for at in range(9)) == 9


async def test_what_a_network_sends_is_counted_at_all_doors(tmp_path: Path, redis_url: str):
    """A server that floods us through a proxy in front of four processes must not be let send four
    times as much as one process would take."""
    network = uuid4().hex
    async with AsyncExitStack() as stack:
        doors: list[Budgets] = []
        for _ in range(2):
            settings = Settings(data=tmp_path, domain="social.example", redis=redis_url)
            app = await stack.enter_async_context(opened(settings))
            await stack.enter_async_context(sharing.keep(app))
            doors.append(app.budgets)
        here, there = doors
        most = LIMITS["inbox"].most
        for _ in range(most - 10):
            here.spend("inbox", network)
        for _ in range(100):
            if there.spend("inbox", network).remaining < most // 2:
                break
            await asyncio.sleep(0.05)
        with pytest.raises(TooMany):
            for _ in range(50):
                there.spend("inbox", network)
        there.spend("inbox", uuid4().hex)
        there.spend("api", network)  # people's own budgets are those of each process


async def _fails(why: type[WhimbrelError]) -> Met:
    raise why


async def _never() -> Met:
    raise AssertionError("asked for although another process could not have it")
