"""How keepers are, asked of themselves."""

from pathlib import Path
from typing import NamedTuple

from whimbrel.core.db import Db
from whimbrel.core.errors import WhimbrelError
from whimbrel.core.ids import millis
from whimbrel.core.tx import utc_now

from ..queries.keys import reserved, shredded_since, shreds
from . import wire
from .call import Keeper, calling, paired_with
from .compare import differing
from .send import OVERLAP, noted

LONG = 3_600_000  # ms without contact that are a reason to get up
ENOUGH = 2  # keepers


class Health(NamedTuple):
    """One keeper. `why` it is not well, or empty."""

    address: str
    reachable: bool
    contact: int | None  # ms
    slots: int | None  # held
    ahead: int | None  # of those, not in use yet; below zero: as many are missing there
    unconfirmed: int  # shredded here, and not there as far as is known
    why: str

    @property
    def red(self) -> bool:
        """Something must be done."""
        if self.reachable:
            return bool(self.why) or (self.ahead or 0) < 0
        return self.contact is None or millis(utc_now()) - self.contact > LONG


async def look(db: Db, data: Path, address: str) -> Health:
    """Ask the keeper at `address`: of each slot that is shredded here, and whether the others are
    the same."""
    paired = paired_with(data, address)
    used, last = await db.read(reserved), noted(paired)
    try:
        async with calling(address, paired, db.keyring.fingerprint) as keeper:
            alive = await _alive(db, keeper)
            ahead, now = keeper.slots - used, millis(utc_now())
            late = alive and (last is None or now - last.contact > LONG)
            why = "Shreds wait: is the server running?" if late else ""
            why = (await differing(db.keyring, keeper)).why or why
            return Health(address, True, now, keeper.slots, ahead, alive, why)
    except WhimbrelError as error:
        at = last.contact if last else None
        missing = await db.read(shredded_since, max(0, (at or 0) - OVERLAP))
        if last is None:
            return Health(address, False, None, None, None, missing, str(error))
        ahead = last.slots - used
        return Health(address, False, at, last.slots, ahead, missing, str(error))


async def _alive(db: Db, keeper: Keeper) -> int:
    alive, after = 0, (0, -1)
    while True:
        found = await db.read(shreds, after, wire.NUMBERS)
        if not found.slots:
            return alive
        alive += await keeper.alive(found.slots)
        after = found.last
