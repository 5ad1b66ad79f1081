"""What is kept, how long, and that it is destroyed then.

Text, files and circumstances of what a grave case is about are sealed to the legal role's public
key as it is opened (`evidence`): the server writes and cannot read. They lie in the vault's own
folder, which no copy of the database and no export holds. The author's erasure empties everything
else; they are told that a copy is kept and until when, unless an order forbids it."""

import asyncio
import os
from contextlib import aclosing
from pathlib import Path

from whimbrel.accounts import links
from whimbrel.accounts.events import LetterWanted
from whimbrel.accounts.queries import users
from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.ids import moment
from whimbrel.core.keyring import sync_folder
from whimbrel.core.tx import Tx
from whimbrel.core.words import language
from whimbrel.media import erase
from whimbrel.media.queries import held
from whimbrel.posts.events import PostDeleted

from .. import statements
from ..events import HoldLapses, HoldMade
from ..queries import complaints, decisions
from ..queries import vault as queries
from .sealing import name_of

log = logs.get(__name__)


def folder(app: App) -> Path:
    """Where the vault lies."""
    return app.settings.data / "vault"


async def lay(app: App, event: HoldMade) -> None:
    """Effect: what was sealed goes into the vault's folder with its files; then the database and
    the store keep it no more.

    Raises:
        Unavailable: files cannot be read just now; the outbox tries again.
    """
    sealed, objects = await app.db.read(_sealed, event.hold)
    if sealed is None:
        return
    where = folder(app)
    await asyncio.to_thread(where.mkdir, mode=0o700, exist_ok=True)
    for each in objects:
        await _copy(app, each, where / f"{event.hold}.{name_of(each)}")
    await asyncio.to_thread(_put, where / f"{event.hold}.sealed", sealed)
    await app.db.write(_laid, event.hold)


def _sealed(tx: Tx, hold: int) -> tuple[bytes | None, list[str]]:
    return queries.sealed(tx, hold), held.of(tx, hold)


async def _copy(app: App, key: str, to: Path) -> None:
    """An object as it lies in the store, durably."""
    part = to.with_name(f"{to.name}.part")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(fd, "wb") as out:
            async with aclosing(app.store.open(key)) as blocks:
                async for block in blocks:
                    await asyncio.to_thread(out.write, block)
            await asyncio.to_thread(os.fsync, out.fileno())
        part.replace(to)
    except NotFound:  # nothing brings it back: what is told of it is kept all the same
        log.error("a file of evidence is not in the store", object=key)
    finally:
        part.unlink(missing_ok=True)


def _put(path: Path, sealed: bytes) -> None:
    part = path.with_name(f"{path.name}.part")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "wb") as out:
        out.write(sealed)
        os.fsync(out.fileno())
    part.replace(path)
    sync_folder(path.parent)


def _laid(tx: Tx, hold: int) -> None:
    if queries.laid(tx, hold):
        erase.release(tx, hold)


# --- and destroyed --------------------------------------------------------------------------------


def lapse(tx: Tx, event: HoldLapses) -> None:
    """Handler: its time is over. The key goes, and that is in the log. Emits: FilesForgotten, where
    its files were never laid into the vault."""
    if queries.destroy(tx, event.hold):
        erase.release(tx, event.hold)
        decisions.add(tx, None, "destroy", "hold", event.hold)


async def clear(app: App, event: HoldLapses) -> None:
    """Effect: the files go as well. Without its key they are noise already."""
    for path in await asyncio.to_thread(files_of, folder(app), event.hold):
        await asyncio.to_thread(path.unlink, missing_ok=True)


def files_of(where: Path, hold: int) -> list[Path]:
    """What lies in the vault of a copy. Reads the folder: for a thread."""
    return sorted(where.glob(f"{hold}.*"))


def sealed_until(tx: Tx, account: int) -> int | None:
    """Until when (ms) something of an account stays sealed once it is erased, as its owner may
    know: what an order forbids to tell of is not counted. None = nothing."""
    open_ = [
        end
        for case, end in queries.of_author(tx, account)
        if complaints.silent_until(tx, case) is None
    ]
    return max(open_, default=None)


def tell_author(tx: Tx, event: PostDeleted) -> None:
    """Handler: whose post is erased while a copy of it is kept is told so, unless an order forbids
    it.

    Emits: LetterWanted
    """
    end = queries.until(tx, event.post)
    user = None if end is None else users.by_account(tx, event.author)
    if end is None or user is None:
        return
    if any(complaints.silent_until(tx, case) for case in queries.cases_with(tx, event.post)):
        return
    told = language(statements.tongue_of(tx, event.author))
    sealed = links.sealed(tx, event.author, user.slot, told.dated(moment(end), "day"))
    tx.emit(LetterWanted(account=event.author, kind="kept", link=sealed))
