"""How the standby is, in lines for the operator."""

import asyncio
from typing import NamedTuple

from whimbrel.core.db import Db
from whimbrel.core.ids import millis
from whimbrel.core.settings import Settings
from whimbrel.core.tx import utc_now

from ..keeper.status import ENOUGH, look
from ..queries.standby import backlog
from . import canary, vault

LATE = 30  # seconds of the newest posts that may be missing there before that is red
WAITING = 3_600_000  # ms that a file may wait


class Line(NamedTuple):
    """One thing. `red`: something must be done."""

    title: str
    red: bool
    says: str


async def lines(db: Db, settings: Settings) -> list[Line]:
    """Everything about the standby and its keepers. Asks the keepers; changes nothing."""
    return [*(await of_standby(db, settings)), *(await of_keepers(db, settings))]


async def of_standby(db: Db, settings: Settings) -> list[Line]:
    """The database there, and the files."""
    if not settings.standby:
        return [Line("Standby", True, "There is none: name a bucket elsewhere (standby).")]
    return [
        *(of_database(settings), _files(*await db.read(backlog))),
        _evidence(*await asyncio.to_thread(vault.waiting, settings.data)),
    ]


def _evidence(many: int, missing: int) -> Line:
    says = f"{missing} of {many} files are not there." if missing else "All is there."
    return Line("Evidence", bool(missing), says)


def of_database(settings: Settings) -> Line:
    """What the running server wrote down of it."""
    found, now = canary.found(settings.data), millis(utc_now())
    rpo = None if found is None else found.rpo(now)
    if found is None or rpo is None:
        why = f" ({found.wrong})" if found and found.wrong else ""
        return Line("Database", True, f"Not known{why}: is the server running?")
    says = f"{rpo:.1f} s would be lost now."
    if settings.standby_durability == "remote":
        says = f"Nothing acknowledged would be lost now; the newest is {rpo:.1f} s on its way."
    if found.unsafe:
        says = f"{found.unsafe} things were acknowledged without it since the start. {says}"
    wrong = found.away or found.wrong
    return Line("Database", rpo > LATE or bool(found.away), f"{says} {wrong}".strip())


def _files(many: int, since: int | None) -> Line:
    if since is None:
        return Line("Files", False, "All are there.")
    age = max(0, millis(utc_now()) - since)
    says = f"{many} are not there yet, or not removed; the oldest for {age // 1000} s."
    return Line("Files", age > WAITING, says)


async def of_keepers(db: Db, settings: Settings) -> list[Line]:
    """Who has the keys."""
    found = [await look(db, settings.data, each) for each in settings.keepers]
    well = sum(not each.red for each in found)
    told = [
        Line(
            f"Keeper {each.address}",
            each.red,
            f"{each.unconfirmed} shreds unconfirmed. {each.why}".strip(),
        )
        for each in found
    ]
    if well < ENOUGH:
        says = f"{well} of {ENOUGH} are well: losing them all is losing everything."
        told.append(Line("Keepers", True, says))
    return told
