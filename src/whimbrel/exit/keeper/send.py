"""Sending slots and shreds to keepers, beside a running server, which never waits for it.

Slots are sent long before they are used, and shreds as numbers out of the table `shredded`: again
and again until the keeper has answered, and all of them whenever it was called on anew: its disk
may be one that was put back. Then it is also compared what both hold (`compare`)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import msgspec

from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.db import KEYS_AHEAD, Db
from whimbrel.core.errors import WhimbrelError
from whimbrel.core.tx import BLOCK

from ..queries.keys import reserved, shreds
from . import wire
from .call import Keeper, calling, paired_with
from .compare import agree, life_of

PAUSE = 0.5  # seconds between looks
LATEST = 30  # seconds until a keeper that is away is called on again
NOTED = 10_000  # ms between notes of when it was last there
OVERLAP = 5_000  # ms that an action may take from its clock to its commit, mostly;
LONG = 600_000  # and at the very most, which is looked at
RARELY = 120  # rounds

log = logs.get(__name__)


class Note(msgspec.Struct, frozen=True):
    """What is known of a keeper, in a file beside its certificate: no secrets."""

    contact: int  # ms: when all that had been shredded until then was shredded there
    slots: int
    life: str = ""  # of the keyring, in which it was found to hold the same


class Sender:
    """Keeps one keeper up to date. Use `keep`."""

    def __init__(self, db: Db, data: Path, address: str) -> None:
        self._db, self._address = db, address
        self._paired = paired_with(data, address)
        self._noted = 0  # ms
        self._life = ""

    async def run(self) -> None:
        """Until cancelled."""
        delay, told = PAUSE, ""
        while True:
            try:
                async with calling(
                    self._address, self._paired, self._db.keyring.fingerprint
                ) as keeper:
                    log.info("a keeper is there", keeper=self._address, slots=keeper.slots)
                    await self._shred(keeper, 0)
                    await self._agree(keeper)
                    done = 0  # ms: what was shredded until then is, there too
                    for number in count():
                        back = OVERLAP if number % RARELY else LONG
                        done = await self._round(keeper, max(0, done - back))
                        delay, told = PAUSE, ""
                        await asyncio.sleep(PAUSE)
            except (WhimbrelError, OSError) as error:
                if str(error) != told:
                    told = str(error)
                    log.warning("a keeper is away", keeper=self._address, error=told)
            await asyncio.sleep(delay)
            delay = min(delay * 2, LATEST)

    async def _agree(self, keeper: Keeper) -> None:
        life, known = life_of(self._db.keyring.path), noted(self._paired)
        met = (known.life if known else "") == life.id
        await self._grow(keeper.slots)  # what it has beyond is compared too
        await agree(self._db, keeper, life, met=met)
        self._life = life.id

    async def _round(self, keeper: Keeper, since: int) -> int:
        """Send what is new; until when everything is shredded there (ms)."""
        keyring = self._db.keyring
        await self._grow(0)
        while keeper.slots < keyring.slots:
            await keeper.put(keyring.raw(keeper.slots, wire.SLOTS))
        done = await self._shred(keeper, since)
        if done >= self._noted + NOTED:
            note(self._paired, Note(done, keeper.slots, self._life))
            self._noted = done
        return done

    async def _grow(self, least: int) -> None:
        """Have slots ahead of need."""
        used = await self._db.read(reserved)
        wanted = max(least, -(-(used + KEYS_AHEAD) // BLOCK) * BLOCK)
        if wanted > self._db.keyring.slots:
            await asyncio.to_thread(self._db.keyring.grow, wanted)

    async def _shred(self, keeper: Keeper, since: int) -> int:
        after = (since, -1)
        while True:
            found = await self._db.read(shreds, after, wire.NUMBERS)
            if not found.slots:
                return found.now
            await keeper.shred(found.slots)
            after = found.last


@asynccontextmanager
async def keep(app: App) -> AsyncIterator[None]:
    """Keepers are kept up to date for as long as the block lasts."""
    data = app.settings.data
    tasks = [
        asyncio.create_task(Sender(app.db, data, address).run()) for address in app.settings.keepers
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


def note(paired: Path, held: Note) -> None:
    """Write down what is known of the keeper that `paired` leads to."""
    path = _beside(paired)
    new = path.with_suffix(".new")
    new.write_bytes(msgspec.json.encode(held))
    new.replace(path)


def noted(paired: Path) -> Note | None:
    """What was written down; None: nothing, or nothing that can be read."""
    try:
        return msgspec.json.decode(_beside(paired).read_bytes(), type=Note)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _beside(paired: Path) -> Path:
    return paired.with_suffix(".json")
