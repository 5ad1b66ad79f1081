"""Erasing media: rows and keys go with the caller's transaction, the noise in the store after it.

From the commit on nothing of a file can be read from any copy of it; that the sealed bytes go too
saves space and is an effect, which may be late."""

import asyncio
from collections.abc import Iterable, Sequence

from whimbrel.core.app import App
from whimbrel.core.ids import moment
from whimbrel.core.outbox import Event
from whimbrel.core.tx import Tx

from . import queries
from .events import FilesForgotten, UploadLapses
from .queries import held
from .rules import HOUR, INTERRUPTED

_LONGEST = 2 * HOUR  # that any conversion can take, waiting included
_LISTED = 500  # objects compared at a time


def forget(tx: Tx, ids: Sequence[int]) -> None:
    """Erase uploads, whatever they are attached to. Absent ones are no error.

    Emits: FilesForgotten
    """
    if not ids:
        return
    slots, objects = queries.remove(tx, ids)
    tx.shred(slots)
    if objects:
        tx.emit(FilesForgotten(objects=tuple(objects)))


def forgotten(events: Iterable[Event]) -> list[str]:
    """The objects of which these events say that the store lets go of them."""
    return [each for event in events if isinstance(event, FilesForgotten) for each in event.objects]


def forget_all_of(tx: Tx, account: int, most: int = 100) -> bool:
    """Erase a slice of an account's uploads, pictures of the person included.

    Returns:
        Whether there may be more: the caller comes back in another transaction.
    """
    ids = queries.of_account(tx, account, most)
    forget(tx, ids)
    return len(ids) == most


def forget_lapsed(tx: Tx, ids: Sequence[int]) -> None:
    """Erase those that no post uses and whose time is over."""
    forget(tx, queries.lapsed(tx, ids))


def forget_unattached(tx: Tx, event: UploadLapses) -> None:
    """Handle a clock that rings: nobody used it in time, or its time was put off."""
    forget_lapsed(tx, [event.media])
    row = queries.by_ids(tx, [event.media]).get(event.media)
    if row is not None and row.kept_until is not None and row.post is None:
        tx.emit(event, due=moment(row.kept_until))


async def delete_objects(app: App, event: FilesForgotten) -> None:
    """An effect: the store lets go of what cannot be opened any more."""
    await let_go(app, event.objects)


async def let_go(app: App, objects: Sequence[str]) -> None:
    """Remove these from the store, but for what is held there yet: `release` sees to that."""
    kept = await app.db.read(held.among, objects)
    await app.store.delete([each for each in objects if each not in kept])


def release(tx: Tx, holder: int) -> None:
    """Whoever held objects in the store has copied them. Emits: FilesForgotten"""
    if objects := held.release(tx, holder):
        tx.emit(FilesForgotten(objects=tuple(objects)))


def settle(tx: Tx, *, alone: bool = True) -> int:
    """At start: what a killed process was converting has failed, for its file is gone.

    Args:
        alone: no other process works on this database; otherwise only what is too old to be in
            anybody's hands counts.
    Returns:
        How many.
    """
    return queries.fail_older(tx, tx.ms if alone else tx.ms - _LONGEST, INTERRUPTED)


async def sweep_orphans(app: App, pause: float = 600.0) -> int:
    """Remove objects that no file is recorded for: a crash between storing and recording leaves
    such, noise without a key's name. Slow; for a command.

    Args:
        pause: seconds between looking and looking again, longer than storing to recording takes.
    Returns:
        How many objects were removed.
    """
    suspects: list[str] = []
    batch: list[str] = []
    async for stored in app.store.list():
        batch.append(stored.key)
        if len(batch) == _LISTED:
            suspects += await _unknown(app, batch)
            batch = []
    suspects += await _unknown(app, batch)
    if not suspects:
        return 0
    await asyncio.sleep(pause)
    removed = 0
    for at in range(0, len(suspects), _LISTED):
        orphans = await _unknown(app, suspects[at : at + _LISTED])
        await app.store.delete(orphans)
        removed += len(orphans)
    return removed


async def _unknown(app: App, keys: list[str]) -> list[str]:
    known = await app.db.read(lambda tx: queries.known(tx, keys) | held.among(tx, keys))
    return [key for key in keys if key not in known]
