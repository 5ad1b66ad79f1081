"""A thousand servers that are away, and one that is not."""

import asyncio
import contextlib
import time
from pathlib import Path
from typing import Any

import browsing
import met
from far import PEERS, Far, far
from sqlalchemy import func, select

from whimbrel.accounts.rules import Viewer
from whimbrel.core.fetch import Unreachable
from whimbrel.core.tx import Tx
from whimbrel.federation.courier import Courier
from whimbrel.federation.tables import queues

DEAD = 1000
SOON = 2.0  # seconds: of these the test itself takes most
PATIENCE = 15.0  # the same, when nobody knows yet who is away


class Away:
    """A client that nobody answers but those who live."""

    def __init__(self, inner: Any, alive: str) -> None:
        self.inner, self.alive = inner, alive
        self.hang = True  # or else they are known at once to be away
        self.enough = asyncio.Event()
        self.asked = 0

    async def post(self, url: str, body: bytes, **how: Any) -> Any:
        if url.startswith(self.alive):
            return await self.inner.post(url, body, **how)
        self.asked += 1
        if self.hang:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.enough.wait(), 10)
        raise Unreachable

    async def close(self) -> None:
        await self.inner.close()


def _follow(tx: Tx, whom: Viewer, numbers: range) -> None:
    for number in numbers:
        met.follower(tx, f"https://dead{number}.example/users/eve", whom)


def _last(tx: Tx, origin: str) -> None:
    """Whoever lives is called on after everybody else."""
    tx.run(queues.update().where(queues.c.origin == origin).values(due=queues.c.due + 1))


async def _arrived(peer: Far, many: int) -> float:
    """Seconds until it got so many."""
    began = time.monotonic()
    for _ in range(6000):
        if peer.times("/inbox") >= many:
            break
        await asyncio.sleep(0.01)
    return time.monotonic() - began


def _ill(tx: Tx) -> int:
    found = select(func.count()).select_from(queues).where(queues.c.failures > 0)
    return int(tx.value(found))


async def test_a_thousand_servers_that_are_away_delay_nobody(tmp_path: Path, database: str):
    """A bad day of a large provider must not be one for those who are elsewhere: when a thousand
    begin to hang in the same moment, whoever comes after all of them waits for a few seconds; and
    once it is known who is away, a post reaches the others at once, even while the thousand are
    tried again and none of them as much as refuses."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        peer.documents["/inbox"] = 202
        ada, db = await site.person("ada"), site.app.db
        dead = DEAD // 4 if database else DEAD  # what decides is the same on both engines
        for first in range(0, dead, 20):
            await db.write(_follow, ada.viewer, range(first, min(first + 20, dead)))
        await db.write(met.follower, f"{peer.origin}/users/eve", ada.viewer)
        away = Away(site.app.fetcher, peer.origin)
        site.app.fetcher = away  # type: ignore[assignment]
        await ada.write("one")
        await site.settle()
        await db.write(_last, peer.origin)
        courier = Courier(site.app)
        await courier.start(alone=True)
        assert await _arrived(peer, 1) < PATIENCE
        away.hang = False
        away.enough.set()
        await courier.stop()
        await courier.settle()
        assert (peer.times("/inbox"), away.asked) == (1, dead)
        assert await db.read(_ill) == dead
        away.hang = True
        away.enough.clear()
        courier = Courier(site.app)
        await db.write(lambda tx: tx.run(queues.update().values(due=0)))  # all at the same time
        await courier.start(alone=True)
        await ada.write("two")
        await site.settle()
        took = await _arrived(peer, 2)
        await courier.stop(patience=0)
        assert peer.times("/inbox") == 2
        assert took < SOON
        assert away.asked <= dead + 20  # of their own places there are few
