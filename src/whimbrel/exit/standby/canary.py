"""How much would be lost now: measured, not configured.

A row is written here every five seconds and looked for on the far side, in what that gives back:
in the replica of PostgreSQL, or in the very bytes that Litestream stored for SQLite. What is not
known is told as not known, never as fine."""

import asyncio
import time
from pathlib import Path
from secrets import randbits
from typing import TYPE_CHECKING, Protocol

import msgspec

from whimbrel.core import logs
from whimbrel.core.db import Db
from whimbrel.core.elsewhere import unseen
from whimbrel.core.errors import WhimbrelError
from whimbrel.core.ids import millis
from whimbrel.core.tx import utc_now

from ..queries import standby
from .place import DATABASE
from .running import Litestream

if TYPE_CHECKING:
    from whimbrel.core.objects.s3 import S3Store

EVERY = 5.0  # seconds
OFTEN = 0.5  # seconds between looks
OLD = 60_000  # ms after which what was found says nothing any more
_LARGEST = 64 << 20  # bytes that are read to find it
_BACK = 6  # of Litestream's files, the newest first, it may be in

log = logs.get(__name__)


class State(msgspec.Struct, frozen=True):
    """What was found, in a file in the data folder. Times in ms."""

    looked: int  # when
    seen: int | None = None  # of when the newest row is that was found
    lag: float | None = None  # seconds from writing it to finding it
    missing: int | None = None  # since when what is written does not turn up
    wrong: str = ""  # why
    away: str = ""  # with `remote`: why the standby takes nothing
    unsafe: int = 0  # what was acknowledged without it, since the start

    def rpo(self, now: int) -> float | None:
        """Seconds of what would be lost at `now` (ms); None = not known."""
        if self.lag is None or now - self.looked > OLD:
            return None
        return self.lag if self.missing is None else max(self.lag, (now - self.missing) / 1000)


class Far(Protocol):
    """The far side."""

    async def written(self) -> None:
        """Something was committed. Raises Unavailable."""

    async def has(self, token: int) -> bool:
        """Whether that can be read there which was committed with `token`. Raises Unavailable."""

    async def close(self) -> None:
        """Let connections go."""


class Bucket:
    """SQLite's: what Litestream stored."""

    def __init__(self, litestream: Litestream, store: "S3Store") -> None:
        self._litestream, self._store = litestream, store
        self._newest = 0  # its number of the transaction
        self._away = False

    async def written(self) -> None:
        """See `Far`."""
        try:
            await self._store.holds(f"{DATABASE}/")
        except WhimbrelError:
            self._away = True
            raise
        if self._away:
            # It waits longer and longer for a store that was away; started anew it goes on at once.
            self._away = False
            self._litestream.restart()
        self._newest, _ = await asyncio.to_thread(self._litestream.sync, 3, wait=False)

    async def has(self, token: int) -> bool:
        """See `Far`. Pages are packed there, but random bytes stay as they are."""
        for number in range(self._newest, max(0, self._newest - _BACK), -1):
            held = await self._store.read(file_of(number), _LARGEST)
            if held is None and number == self._newest:
                return False
            if held is not None and token.to_bytes(8) in held:
                return True
        return False

    async def close(self) -> None:
        """See `Far`. The store belongs to whoever gave it."""


class Canary:
    """Use `run`."""

    def __init__(self, db: Db, data: Path, far: Far) -> None:
        self._db, self._far, self._path = db, far, file(data)
        self.state = State(millis(utc_now()))

    async def run(self) -> None:
        """Until cancelled."""
        unseen.set(True)
        while True:
            began = time.monotonic()
            try:
                await self._round(began + EVERY)
            except (WhimbrelError, OSError) as error:
                self._tell(wrong=str(error.__cause__ or error)[:400])
            await asyncio.sleep(max(OFTEN, began + EVERY - time.monotonic()))

    async def _round(self, end: float) -> None:
        token = randbits(55) | 1 << 61  # all of its bytes are in the row
        at = await self._db.write(standby.beat, token)
        missing = self.state.missing or at
        self.state = msgspec.structs.replace(self.state, missing=missing)
        await self._far.written()
        while True:
            if await self._far.has(token):
                now = millis(utc_now())
                self._tell(seen=at, lag=(now - at) / 1000, missing=None, wrong="")
                return
            if time.monotonic() + OFTEN > end:
                self._tell(wrong=self.state.wrong or "What is written does not turn up there.")
                return
            await asyncio.sleep(OFTEN)

    def _tell(self, **found: object) -> None:
        if (remote := self._db.remote) is not None:
            found |= {"away": remote.away, "unsafe": remote.unsafe}
        state = msgspec.structs.replace(self.state, looked=millis(utc_now()), **found)
        if state.wrong and state.wrong != self.state.wrong:
            log.warning("the standby is behind", why=state.wrong)
        self.state = state
        new = self._path.with_suffix(".new")
        new.write_bytes(msgspec.json.encode(state))
        new.replace(self._path)


def file(data: Path) -> Path:
    """Where it is written down."""
    return data / "standby.json"


def found(data: Path) -> State | None:
    """What a running server wrote down; None: nothing that can be read."""
    try:
        return msgspec.json.decode(file(data).read_bytes(), type=State)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def file_of(number: int) -> str:
    """Where Litestream stores its transaction `number`."""
    return f"{DATABASE}/0000/{number:016x}-{number:016x}.ltx"
