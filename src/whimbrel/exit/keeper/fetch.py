"""A keyring out of what a keeper holds."""

import asyncio
import os
from pathlib import Path
from typing import BinaryIO

from whimbrel.core.errors import Conflict, Unavailable
from whimbrel.core.keyring import SLOT, Keyring, sync_folder

from .call import calling
from .compare import begin_life


def fetch(address: str, paired: Path, to: Path) -> int:
    """`fetched` on a loop of its own."""
    return asyncio.run(fetched(address, paired, to))


async def fetched(address: str, paired: Path, to: Path) -> int:
    """Write the keyring that the keeper at `address` holds to the new file `to`.

    Slots up to the last one held are marked as given out: a database from an older copy may not
    know of the latest posts, and nothing new may stand under their keys. What is made from then on
    other keepers get in place of what they hold.

    Args:
        paired: the file that `whimbrel keeper pair --restore` made.
    Returns: how many slots it has.
    Raises:
        Conflict: `to` is there already, or the keeper holds nothing.
        Unavailable, Refused: as in `call`. Run again, the same file is written anew, in place.
    """
    if await asyncio.to_thread(to.exists):
        raise Conflict(f"{to} is there already: a keyring is never overwritten by another.")
    part = to.with_name(to.name + ".part")
    fd = os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(fd, "r+b") as out:
        await _written(address, paired, out)
        out.truncate()
        out.flush()
        os.fsync(out.fileno())
    part.rename(to)  # nothing was there before, so no older blocks are left behind
    sync_folder(to.parent)
    keyring = Keyring.open(to)
    try:
        keyring.mark(keyring.slots)
        begin_life(to, keyring.slots)
        return keyring.slots
    finally:
        keyring.close()


async def _written(address: str, paired: Path, out: BinaryIO) -> None:
    async with calling(address, paired, 0) as keeper:
        if not keeper.slots:
            raise Conflict("This keeper holds nothing yet.")
        while out.tell() < keeper.slots * SLOT:
            slots = await keeper.get(out.tell() // SLOT)
            if not slots or len(slots) % SLOT:
                raise Unavailable("The keeper gave less than it holds.")
            out.write(slots)
