"""The keyring of a node that follows: that of the other one, as a keeper has it, and no slot of its
own as long as the other writes."""

import asyncio
import os
from pathlib import Path

from whimbrel.core.errors import Unavailable
from whimbrel.core.keyring import DEAD, SLOT, KeyringBroken

from ..keeper.call import calling
from ..keeper.fetch import fetched
from ..standby.restore import KeeperAt

NAME = "keyring.bin"
_OVERLAP = 2048  # slots that are compared before others are added behind them


async def fetch(keeper: KeeperAt, path: Path) -> None:
    """Write the new keyring `path`.

    Nothing is marked as given out: the database that comes is the newest there is.

    Raises:
        Conflict, Unavailable, Refused: as `fetched`.
    """
    await fetched(keeper.address, keeper.paired, path)
    unmark(path)


def unmark(path: Path) -> None:
    """The database that belongs to this keyring says itself which slots are in use."""
    path.with_name(path.name + ".mark").unlink(missing_ok=True)


async def grow(keeper: KeeperAt, path: Path) -> int:
    """Add what the keeper has more; how many slots there are now.

    Raises:
        KeyringBroken: slots under the same numbers are not the same.
        Unavailable, Refused: the keeper does not answer, or not to this certificate.
    """
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        here = os.fstat(fd).st_size // SLOT
        first = max(0, here - _OVERLAP)
        async with calling(keeper.address, keeper.paired, 0) as asked:
            if asked.slots < here:
                raise Unavailable("The keeper has fewer slots than were fetched from it before.")
            found = await asked.get(first)
            _compare(os.pread(fd, (here - first) * SLOT, first * SLOT), found)
            at = first
            while found:
                await asyncio.to_thread(_add, fd, at, here, found)
                at += len(found) // SLOT
                found = await asked.get(at) if at < asked.slots else b""
        os.fsync(fd)
        return os.fstat(fd).st_size // SLOT
    finally:
        os.close(fd)


def _add(fd: int, at: int, here: int, found: bytes) -> None:
    new = found[max(0, here - at) * SLOT :]
    if new:
        os.pwrite(fd, new, max(at, here) * SLOT)


def _compare(ours: bytes, theirs: bytes) -> None:
    for at in range(0, min(len(ours), len(theirs)), SLOT):
        one, other = ours[at : at + SLOT], theirs[at : at + SLOT]
        if one != other and DEAD not in (one, other):
            raise KeyringBroken("This keyring is not what the keeper has: fetch it anew.")
