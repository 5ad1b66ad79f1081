"""What keeps this node from writing when it must not: frozen for an evacuation, or no longer the
one that may write. It survives a restart: `standing.json` is read before anything is written.

Each process that may write holds the file `writers` locked, shared; whoever freezes waits until he
has it alone. A process that is killed lets go of it too."""

import asyncio
import contextlib
import fcntl
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from math import inf
from pathlib import Path

import msgspec

from whimbrel.core import logs
from whimbrel.core.db import Db
from whimbrel.core.errors import Conflict, WhimbrelError
from whimbrel.core.fence import Fence, clock
from whimbrel.core.settings import Settings

from .bag import put
from .witness import FIRST, Witness, node_of

LOOKS = 0.1  # seconds between looks at the file
RENEWALS = 4  # in a lease
FROZEN = "frozen: an evacuation is under way"
MOVED = "moved: another node has taken over"
AWAY = "the witness does not answer"

log = logs.get(__name__)


class Standing(msgspec.Struct, frozen=True):
    """How this node stands. `leads`: where the other is, for whoever still comes here."""

    frozen: bool = False
    moved: bool = False
    epoch: int = 0
    leads: str = ""

    @property
    def why(self) -> str:
        """Why nothing may be written; "" = it may."""
        return MOVED if self.moved else FROZEN if self.frozen else ""


def standing(data: Path) -> Standing:
    """As it was written down. What cannot be read is no permission to write."""
    try:
        return msgspec.json.decode(_file(data).read_bytes(), type=Standing)
    except FileNotFoundError:
        return Standing()
    except msgspec.MsgspecError as error:
        raise Conflict(f"{_file(data)} cannot be read: nothing is written until it can.") from error


def stand(data: Path, how: Standing) -> None:
    """Write it down, durably."""
    folder = data / "exit"
    folder.mkdir(mode=0o700, exist_ok=True)
    put(_file(data), msgspec.json.encode(how))


def _file(data: Path) -> Path:
    return data / "exit" / "standing.json"


class Writers:
    """The lock, as one process has it."""

    leads = ""  # as of a `Guard`

    def __init__(self, data: Path) -> None:
        (data / "exit").mkdir(mode=0o700, exist_ok=True)
        self._fd = os.open(data / "exit" / "writers", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def share(self) -> bool:
        """Be one of those who may write; False: somebody keeps all from it."""
        return self._lock(fcntl.LOCK_SH)

    def alone(self) -> bool:
        """Keep all others from writing; False: some still may."""
        return self._lock(fcntl.LOCK_EX)

    def leave(self) -> None:
        """Be neither."""
        fcntl.flock(self._fd, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of it."""
        os.close(self._fd)

    def _lock(self, how: int) -> bool:
        try:
            fcntl.flock(self._fd, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def beside(db: Db, data: Path) -> Iterator[Writers]:
    """A command that works beside a server writes if that may; gives its share of the lock."""
    writers = Writers(data)
    try:
        db.fence.why = standing(data).why or ("" if writers.share() else FROZEN)
        yield writers
    finally:
        writers.close()


class Guard:
    """Of a process that serves. Use `keep`."""

    def __init__(self, db: Db, settings: Settings) -> None:
        self._db, self._settings, self._data = db, settings, settings.data
        self._fence: Fence = db.fence
        self._writers = Writers(settings.data)
        self._now = Standing()
        self._witness: Witness | None = None
        self._held = 0  # the epoch that is ours
        self.leads = ""  # where the node is that took over
        self.red = ""  # what is wrong with the witness, for the operator
        self.on_open: Callable[[], Awaitable[None]] | None = None

    @property
    def epoch(self) -> int:
        """The one that this node holds; 0 = none."""
        return self._held

    async def look(self) -> None:
        """See what was written down, and act on it."""
        found = standing(self._data)
        why = found.why or ("" if self._writers.share() else FROZEN)
        if why and why != self._fence.why:
            await self._db.close_fence(why)
            self._writers.leave()
            log.warning("read only", why=why)
        elif not why and self._fence.why:
            self._fence.why = ""
            log.warning("writes are taken again")
        self._now, self.leads = found, found.leads
        if not self._fence.closed and self.on_open is not None:
            begin, self.on_open = self.on_open, None
            await begin()

    async def renew(self) -> None:
        """See whether the newest epoch is ours."""
        began = clock()
        try:
            if self._witness is None:
                self._witness = await Witness.open(self._settings, self._db.keyring)
            newest = await self._witness.newest()
            if newest is None:
                newest = await self._witness.make(FIRST, self._witness.node)
            if newest is None:
                return  # somebody was first just now
        except WhimbrelError as error:
            self._away(str(error))
            return
        self.red = ""
        if newest.node == self._witness.node:
            self._held = newest.number
            self._fence.until = began + self._settings.witness_lease
        else:
            self._held, self._fence.until = 0, 0
            if not self._now.moved or self._now.leads != newest.address:
                stand(self._data, Standing(True, True, newest.number, newest.address))

    def _away(self, why: str) -> None:
        if why != self.red:
            log.error(AWAY, why=why, then=self._settings.witness_when_away)
        self.red = why
        if self._settings.witness_when_away == "go-on" and self._held:
            self._fence.until = inf
        elif not self._held:
            self._fence.until = 0

    async def looking(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
            except (WhimbrelError, OSError) as error:
                self._fence.why = str(error)
                log.critical(
                    "nothing is written: how this node stands is not known", why=str(error)
                )
            await asyncio.sleep(LOOKS)

    async def renewing(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(self._settings.witness_lease / RENEWALS)
            await self.renew()

    async def close(self) -> None:
        """Let go of everything."""
        self._writers.close()
        if self._witness is not None:
            await self._witness.close()


@asynccontextmanager
async def keep(db: Db, settings: Settings) -> AsyncIterator[Guard]:
    """The fence of `db` is as it must be, for as long as the block lasts, and from its beginning
    on."""
    node_of(settings.data)
    guard = Guard(db, settings)
    try:
        if settings.witness:
            db.fence.until = 0
            await guard.renew()
        await guard.look()
        tasks = [asyncio.create_task(guard.looking(), name="guard")]
        if settings.witness:
            tasks.append(asyncio.create_task(guard.renewing(), name="lease"))
        try:
            yield guard
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with contextlib.suppress(asyncio.CancelledError):
                    await task
    finally:
        await guard.close()
