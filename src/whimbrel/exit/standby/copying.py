"""Media, sealed as they are, on their way to the standby: copied, read back, and only then done.

A post may be shown before its files are there. What waits is counted, and how long."""

import asyncio
import hashlib
import time
from contextlib import aclosing
from pathlib import Path
from tempfile import NamedTemporaryFile

from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.elsewhere import unseen
from whimbrel.core.errors import NotFound, Unavailable, WhimbrelError
from whimbrel.core.objects import ObjectStore
from whimbrel.core.objects.store import key_of
from whimbrel.media.queries import known

from ..queries import standby

PAUSE = 0.5  # seconds between looks
LATEST = 30  # seconds until a store that is away is called on again
TOGETHER = 32  # objects looked at in a round
LANES = 8  # of those on their way at once
LATER = 600  # seconds until an object that cannot be copied is tried again
_MOST_LATER = 1000

log = logs.get(__name__)


class Damaged(WhimbrelError):
    """An object is not what its name says."""

    status, code = 500, "damaged"


class Copier:
    """Works off what waits. Use `run`."""

    def __init__(self, app: App, there: ObjectStore) -> None:
        self._app, self._there = app, there
        self._later: dict[str, float] = {}  # by key: when it is tried again
        self.wrong = ""  # why the standby's store takes nothing; "" = it does

    async def run(self) -> None:
        """Until cancelled."""
        unseen.set(True)
        delay = PAUSE
        while True:
            try:
                busy = await self.round()
                self.wrong, delay = "", PAUSE
            except (WhimbrelError, OSError) as error:
                why = str(error.__cause__ or error)
                if why != self.wrong:
                    log.warning("files do not get to the standby", why=why)
                self.wrong, busy = why, False
                delay = min(delay * 2, LATEST)
            if not busy:
                await asyncio.sleep(delay)

    async def round(self) -> bool:
        """Bring some of what waits there; whether there may be more.

        Raises:
            Unavailable: one of the two stores does not answer.
        """
        now = time.monotonic()
        self._later = {key: at for key, at in self._later.items() if at > now}
        rows = await self._app.db.read(standby.waiting, TOGETHER + len(self._later))
        rows = [row for row in rows if row[0] not in self._later]
        lanes = asyncio.Semaphore(LANES)
        done = await asyncio.gather(
            *(self._one(lanes, *row) for row in rows), return_exceptions=True
        )
        over = [row for row, result in zip(rows, done, strict=True) if result is True]
        if over:
            await self._app.db.write(standby.done, over)
        for result in done:
            if isinstance(result, BaseException):
                raise result
        return len(rows) >= TOGETHER

    async def _one(self, lanes: asyncio.Semaphore, key: str, gone: bool) -> bool:
        """Whether it is over with."""
        async with lanes:
            if gone:
                await self._there.delete([key])
                return True
            try:
                await copy(self._app.store, self._there, key, self._app.scratch)
            except (NotFound, Damaged) as error:
                if not await self._app.db.read(known, [key]):
                    return True  # it was deleted meanwhile
                log.error("a file cannot be copied", object=key, why=type(error).__name__)
                if len(self._later) < _MOST_LATER:
                    self._later[key] = time.monotonic() + LATER
                return False
            return True


async def copy(here: ObjectStore, there: ObjectStore, key: str, scratch: Path) -> None:
    """Copy an object, and read the copy back.

    Raises:
        NotFound: it is not here.
        Damaged: it is not what its name says, here or as it came back.
        Unavailable: a store does not answer.
    """
    with NamedTemporaryFile(dir=scratch, prefix="standby-") as file:
        async with aclosing(here.open(key)) as blocks:
            async for block in blocks:
                file.write(block)
        file.flush()
        stored = await there.put(Path(file.name))
    if stored.key != key:
        await there.delete([stored.key])
        raise Damaged(f"{key} is damaged here.")
    found = hashlib.sha256()
    try:
        async with aclosing(there.open(key)) as blocks:
            async for block in blocks:
                found.update(block)
    except NotFound:
        raise Unavailable("The standby's store does not have what it just took.") from None
    if key_of(found.hexdigest()) != key:
        await there.delete([key])
        raise Damaged(f"{key} came back changed from the standby.")
