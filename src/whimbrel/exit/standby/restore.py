"""The newest state there is, laid into an empty folder from which a server can start.

First the database, then the keyring out of a keeper, and then every key is destroyed in it that
the database says is shredded: before anybody could open a port. PostgreSQL's replica is the
database already: it stays where it is, and takes writes once it is promoted. Media stay where they
are: who starts here names the standby's bucket as `objects`."""

import asyncio
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from whimbrel.core.db import open_db
from whimbrel.core.errors import Conflict
from whimbrel.core.keyring import Keyring, KeyringBroken
from whimbrel.core.migrate import migrate
from whimbrel.core.settings import Instance, Settings
from whimbrel.core.tx import Tx, shredded_slots

from ..keeper.fetch import fetched
from ..queries import standby
from . import litestream, vault
from .place import StandbyPlace

if TYPE_CHECKING:
    from .replica import Newest

Progress = Callable[[str, int, int], None]  # what, done, of how many

UNDER_WAY = "restoring"  # a file that says so
_DATABASE, _KEYS = "whimbrel.db", "keyring.bin"
_STEPS = ("fetch", "keys", "replay")


class KeeperAt(NamedTuple):
    """A keeper, and the file of `whimbrel keeper pair --restore` that opens it."""

    address: str
    paired: Path


class Restored(NamedTuple):
    """What lies in the folder now."""

    folder: Path
    database: str  # what `database` has to be set to; "" = SQLite in the folder
    slots: int  # of the keyring
    shredded: int  # of those, destroyed
    objects: int  # of the store that the database knows, copies of other servers' left out
    unsynced: int  # of those, the last that the standby may not have had yet
    canary: int | None  # ms: up to when, at least, everything is here
    seconds: dict[str, float]  # by part: fetch, keys, replay


async def restore(
    place: StandbyPlace, to: Path, keeper: KeeperAt, progress: Progress = lambda *_: None
) -> Restored:
    """Lay the newest state into `to`, which is made. Cut short, the same call begins anew.

    Args:
        keeper: the one that the keyring comes from. Others may hold slots under the same numbers
            that this one never had: they are filled anew when the server calls on them.
        progress: told of each part.
    Raises:
        Conflict: there is something in `to`, or the keeper holds nothing.
        NotFound, Failed: the bucket has no database, or none that is whole, or evidence is not.
        Unavailable: bucket or keeper does not answer.
        Refused: the keeper, to whoever has this certificate.
        KeyringBroken: the keeper holds the slots of another server, or fewer than are in use.
    """
    _begin(to)
    seconds: dict[str, float] = {}
    began = time.monotonic()

    def over(part: str) -> None:
        nonlocal began
        now = time.monotonic()
        seconds[part], began = now - began, now
        progress(part, 1, 1)

    progress(_STEPS[0], 0, 1)
    if place.replica:
        newest = await asyncio.to_thread(_newest, place.replica)
    else:
        await litestream.fetch(place, to / _DATABASE)
    await _evidence(place, to)
    over(_STEPS[0])
    slots = await fetched(keeper.address, keeper.paired, to / _KEYS)
    over(_STEPS[1])
    if place.replica:
        replayed = await asyncio.to_thread(_beside, to / _KEYS, newest)
    else:
        replayed = await _replayed(to)
    over(_STEPS[2])
    (to / UNDER_WAY).unlink()
    return Restored(to, place.replica, slots, *replayed, seconds)


async def _evidence(place: StandbyPlace, to: Path) -> None:
    store = place.store()
    try:
        await vault.fetch(store, to)
    finally:
        await store.close()


class _Replayed(NamedTuple):
    shredded: int
    objects: int
    unsynced: int
    canary: int | None


async def _replayed(folder: Path) -> _Replayed:
    """Destroy what the database says is shredded; what it says else."""
    migrate("", folder)
    db = open_db("", folder, Instance.of(Settings(data=folder)))
    try:
        return await db.read(_told, slow=True)
    finally:
        db.close()


def _newest(replica: str) -> "Newest":
    from .replica import newest  # psycopg comes with the extra `postgres`

    return newest(replica)


def _beside(path: Path, newest: "Newest") -> _Replayed:
    """The same with what the replica says, which may not be written to."""
    keyring = Keyring.open(path)
    try:
        if newest.fingerprint != keyring.fingerprint:
            raise KeyringBroken(f"{path} is not the keyring of the replica's database.")
        keyring.require(newest.slots - 1)
        keyring.shred(newest.shredded)
    finally:
        keyring.close()
    return _Replayed(len(newest.shredded), newest.objects, newest.unsynced, newest.canary)


def _told(tx: Tx) -> _Replayed:
    waiting = standby.backlog(tx).many
    return _Replayed(len(shredded_slots(tx)), standby.objects(tx), waiting, standby.beaten(tx))


def _begin(to: Path) -> None:
    """An empty folder, or one in which this was cut short, emptied.

    Raises:
        Conflict: something else is in it.
    """
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    there = [path for path in to.iterdir() if path.name != UNDER_WAY]
    if there and not (to / UNDER_WAY).exists():
        raise Conflict(f"{to} is not empty. Name a new folder: nothing is written over.")
    (to / UNDER_WAY).touch()
    for path in there:
        if path.is_file():
            wipe(path)
        elif path.name == "vault":
            shutil.rmtree(path)


def wipe(path: Path) -> None:
    """Overwrite a file in place and remove it: it may hold keys."""
    with path.open("r+b") as file:
        left = path.stat().st_size
        while left > 0:
            left -= file.write(bytes(min(left, 1 << 20)))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
