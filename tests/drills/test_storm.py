"""Five hundred addresses try passwords as fast as they can: the owner still gets in, and nobody who
reads notices anything.

The whole server answers, in this process, with the hashes of a real one. With its numbers, a minute
of 2,000 tries a second: WHIMBREL_LONG=1 pytest tests/drills/test_storm.py -s"""

import asyncio
import os
import random
import sys
import time
from collections import Counter
from typing import Any

import stories
from house import PASSWORD, Caller, House, house

from whimbrel.accounts import passwords, signin
from whimbrel.accounts.signin import Attempt, SignedIn

LONG = bool(os.environ.get("WHIMBREL_LONG"))
ADDRESSES = 500  # each in a network of its own
PACE = 2000 if LONG else 400  # tries in a second
SECONDS = 60 if LONG else 2
SLOWEST = 0.1  # seconds that 99 in 100 homes may take
MOST = 280  # homes
DUE = 0.01  # seconds between two handfuls of tries
HOME = "/api/v1/timelines/home"


class Storm:
    """Who tries, and what they were told."""

    def __init__(self, here: House, victim: Caller) -> None:
        self.here, self.victim = here, victim
        self.told: Counter[int] = Counter()
        self.late = 0.0  # seconds that the storm itself was behind at worst
        self.random = random.Random(4)

    async def rage(self, seconds: float) -> None:
        """So many tries a second; each address waits for its answer before it tries again."""
        began, sent = time.monotonic(), 0
        async with asyncio.TaskGroup() as tries:
            while (now := time.monotonic() - began) < seconds:
                while sent < now * PACE and sent - self.told.total() < ADDRESSES:
                    tries.create_task(self._try(sent))
                    sent += 1
                self.late = max(self.late, time.monotonic() - began - now)
                await asyncio.sleep(DUE)

    async def _try(self, number: int) -> None:
        at = number % ADDRESSES
        login = self.victim.name if number % 2 else f"nobody{self.random.randrange(1000)}"
        address = f"198.{18 + at // 250}.{at % 250}.{number % 250}"
        answer = await self.here.form(
            None,
            "/auth/sign-in",
            {"x-forwarded-for": "192.0.2.1"},
            client=address,
            login=login,
            password=f"wrong {number}",
        )
        self.told[answer.status] += 1


async def read(here: House, reader: Caller, ended: asyncio.Event) -> list[float]:
    """Somebody reads home again and again, as often as anybody may in five minutes; seconds that
    each took."""
    took: list[float] = []
    while not ended.is_set() and len(took) < MOST:
        began = time.perf_counter()
        answer = await here.ask("GET", HOME, reader.by_app, client="192.0.2.9")
        took.append(time.perf_counter() - began)
        assert answer.status == 200
        await asyncio.sleep(max(0.02, SECONDS / MOST))
    return sorted(took)


def test_a_storm_of_passwords_locks_nobody_out_and_holds_nobody_up(
    tmp_path, quick_hashes: Any, monkeypatch
) -> None:
    """Threat-model section 4: throttling is never a lock-out that an attacker can cause."""
    monkeypatch.setattr(passwords, "_hasher", quick_hashes)

    async def story() -> None:
        async with house(tmp_path, rate_limits=True) as here:
            ada, bob = await here.person("ada"), await here.person("bob")
            await here.give_password(ada)
            await here.app.db.write(stories.follow, bob.viewer, ada.viewer)
            for number in range(40):
                await here.app.db.write(stories.write, ada.viewer, f"tide {number}")
            first = await signin.sign_in(here.app, Attempt("ada", PASSWORD, "192.0.2.7"))
            assert isinstance(first, SignedIn)
            here.app.budgets.enabled = True
            storm, ended = Storm(here, ada), asyncio.Event()
            reading = asyncio.create_task(read(here, bob, ended))
            raging = asyncio.create_task(storm.rage(SECONDS))
            await asyncio.sleep(SECONDS * 0.6)
            entered = await _enter(here, first.device)
            await raging
            ended.set()
            took = await reading
            slow = took[len(took) * 99 // 100]
            assert isinstance(entered, SignedIn), "the owner, on a device that is known"
            assert storm.told[200] == storm.told[303] == 0
            tried, hashed = storm.told.total(), storm.told[422]
            assert hashed < tried * 0.05, "hardly any of them may cost a hash"
            if LONG:
                sys.stdout.write(
                    f"\n{tried} tries in {SECONDS} s: {dict(storm.told)};"
                    f" home: {len(took)} times, p50 {took[len(took) // 2] * 1000:.1f} ms,"
                    f" p99 {slow * 1000:.1f} ms; behind by {storm.late * 1000:.0f} ms at most\n"
                )
                assert slow < SLOWEST

    asyncio.run(story())


async def _enter(here: House, device: str) -> Any:
    """The owner signs in as everybody does, at the form's own pace."""
    while True:
        try:
            attempt = Attempt("ada", PASSWORD, "192.0.2.7", device)
            return await asyncio.wait_for(signin.sign_in(here.app, attempt), 30)
        except passwords.Unavailable:
            await asyncio.sleep(1)
