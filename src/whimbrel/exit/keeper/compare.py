"""Whether a keeper holds the keys that are used here: block by block, told by keyed digests.

After a restore from one keeper another may hold other keys under the same numbers, and a keeper
may know of deletions that a database from an older copy has forgotten. Both are looked for each
time a keeper is called on. What was destroyed on either side never comes back."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import NamedTuple

import msgspec

from whimbrel.core import logs
from whimbrel.core.db import Db
from whimbrel.core.errors import Conflict
from whimbrel.core.ids import token
from whimbrel.core.keyring import Keyring
from whimbrel.core.tx import Tx

from . import wire
from .call import Keeper

BELIEVED = 1000  # destroyed keys that are taken at a keeper's word, after a restore
_TOGETHER = 500  # in one transaction

log = logs.get(__name__)


class Life(msgspec.Struct, frozen=True):
    """Since when this keyring goes its own way: a restore begins a new life."""

    id: str = ""  # "" = the first
    born: int = 0  # slots from here on were made in it


class Differing(NamedTuple):
    """Numbers of slots."""

    dead_here: list[int]  # and not there
    dead_there: list[int]  # and not here
    other: list[int]  # alive on both sides, and not the same

    @property
    def why(self) -> str:
        """What is wrong, as a sentence; empty: nothing that is not mended by itself."""
        if self.other:
            return (
                f"It holds other keys under {len(self.other)} numbers, from {self.other[0]} on. "
                "If this server came back from another keeper: stop this one, remove its "
                "slots.bin and start it. Else one of the two disks is damaged: change nothing."
            )
        if self.dead_there:
            return (
                f"{len(self.dead_there)} keys are destroyed there and not here. If this server was "
                "put back from an older copy, they belong to what was deleted since: whimbrel "
                "keeper agree destroys them here too. Else that disk is damaged."
            )
        return ""


def begin_life(keyring: Path, slots: int) -> None:
    """Note beside a keyring that came from a keeper that it begins a new life."""
    life = Life(token(128), slots)
    keyring.with_name(keyring.name + ".life").write_bytes(msgspec.json.encode(life))


def life_of(keyring: Path) -> Life:
    """What `begin_life` noted."""
    path = keyring.with_name(keyring.name + ".life")
    return msgspec.json.decode(path.read_bytes(), type=Life) if path.exists() else Life()


async def differing(keyring: Keyring, keeper: Keeper) -> Differing:
    """What is not the same here and there, as far as both go. Changes nothing."""
    found = Differing([], [], [])
    async with aclosing(_unlike(keyring, keeper)) as stretches:
        async for number, ours, theirs in stretches:
            if ours == wire.NONE:
                found.dead_here.append(number)
            elif theirs != wire.NONE:
                found.other.append(number)
            elif keyring.alive(number):  # it may have been destroyed since, here and there
                found.dead_there.append(number)
    return found


async def agree(db: Db, keeper: Keeper, life: Life, *, met: bool, believed: int = BELIEVED) -> None:
    """Mend what can be mended by itself.

    Args:
        met: this keeper was found to agree in this life. If not, keys that were made in this life
            go to it in place of what it holds, and what it says is destroyed is destroyed here.
        believed: how much of that, at most.
    Raises:
        Conflict: the keeper holds what it must not, in a sentence.
        Unavailable, Refused: as in `call`.
    """
    found = await differing(db.keyring, keeper)
    for at in range(0, len(found.dead_here), wire.NUMBERS):
        await keeper.shred(found.dead_here[at : at + wire.NUMBERS])
    if not met:
        renewed = sorted(n for n in (*found.other, *found.dead_there) if n >= life.born)
        for first, many in _runs(renewed):
            await keeper.renew(first, db.keyring.raw(first, many))
        if renewed:
            log.warning("a keeper had keys of an earlier life", slots=len(renewed))
        found = found._replace(
            dead_there=[n for n in found.dead_there if n < life.born],
            other=[n for n in found.other if n < life.born],
        )
        if not found.other and len(found.dead_there) <= believed:
            await destroy(db, found.dead_there)
            found = found._replace(dead_there=[])
    if found.why:
        raise Conflict(found.why)


async def destroy(db: Db, numbers: list[int]) -> None:
    """Destroy keys here that are destroyed at a keeper."""
    for at in range(0, len(numbers), _TOGETHER):
        await db.write(_shred, numbers[at : at + _TOGETHER])
    if numbers:
        log.warning("destroyed what a keeper knew to be deleted", slots=len(numbers))


def _shred(tx: Tx, numbers: list[int]) -> None:
    tx.shred(numbers)


async def _unlike(keyring: Keyring, keeper: Keeper) -> AsyncGenerator[tuple[int, bytes, bytes]]:
    """(number, mark here, mark there) of each slot that is not the same."""
    own, end = keyring.own, min(keyring.slots, keeper.slots)

    def digest(first: int, many: int) -> bytes:
        return wire.digest(own, keyring.raw(first, many))

    for block in range(0, end, wire.BLOCK):
        many = min(wire.BLOCK, end - block)
        if await keeper.digest(block, many) == await asyncio.to_thread(digest, block, many):
            continue
        for first in range(block, block + many, wire.SLOTS):
            here = wire.marks(own, keyring.raw(first, min(wire.SLOTS, end - first)))
            there = await keeper.marks(first)
            for at in range(0, min(len(here), len(there)), wire.MARK):
                ours, theirs = here[at : at + wire.MARK], there[at : at + wire.MARK]
                if ours != theirs:
                    yield first + at // wire.MARK, ours, theirs


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """(first, how many) of numbers that follow each other, none longer than a message."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == sum(runs[-1]) and runs[-1][1] < wire.SLOTS:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((number, 1))
    return runs
