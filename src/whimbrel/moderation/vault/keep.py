"""What is kept, how long, and that it is destroyed then.

When a grave case is opened, text, files and circumstances of what it is about are sealed to the
legal role's public key: the server writes and cannot read. They lie in the vault's own folder,
which no copy of the database and no export holds. The author's erasure empties everything else;
they are told that a copy is kept and until when, unless an order forbids it."""

import asyncio
import io
import os
import tarfile
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec

from whimbrel.accounts import links
from whimbrel.accounts import queries as people
from whimbrel.accounts.events import LetterWanted
from whimbrel.accounts.queries import users
from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.ids import iso, moment, new_id, token
from whimbrel.core.keyring import Shredded, Slot
from whimbrel.core.sealed import seal_file, unseal_range
from whimbrel.core.tx import Tx
from whimbrel.core.words import language
from whimbrel.media import queries as media
from whimbrel.media.rules import File, MediaRow, column
from whimbrel.posts.events import PostDeleted
from whimbrel.posts.queries import any_post

from .. import statements
from ..events import HoldLapses, HoldWanted
from ..queries import cases as stored
from ..queries import complaints, decisions
from ..queries import vault as queries
from ..queries.vault import Hold
from ..rules import APPEAL_TIME, DAY, KEPT, Class
from .sealing import place, wrap

ORDERED = 183 * DAY  # Regulation (EU) 2021/784, article 6: six months
AFTER_APPEAL = 30 * DAY

log = logs.get(__name__)


def kept_for(klass: Class) -> int:
    """How long (ms) a copy is kept."""
    return ORDERED if klass == "L0" else APPEAL_TIME + AFTER_APPEAL


def folder(app: App) -> Path:
    """Where the vault lies."""
    return app.settings.data / "vault"


async def hold(app: App, event: HoldWanted) -> None:
    """Effect: seal what a case is about. Nothing where the operator gave no key to seal it to.

    Raises:
        Unavailable: files cannot be read just now; the outbox tries again.
    """
    public = app.settings.vault_key
    if not public:
        return
    for post in await app.db.read(_unheld, event.case):
        await _hold_post(app, event.case, post, public)


def _unheld(tx: Tx, case: int) -> list[int]:
    if stored.one(tx, case).klass not in KEPT:
        return []
    held = {each.post for each in queries.of_case(tx, case)}
    return [post for post in stored.posts_of(tx, [case])[case] if post not in held]


async def _hold_post(app: App, case: int, post: int, public: str) -> None:
    found = await app.db.read(_evidence, case, post)
    if found is None:  # its author was faster
        return
    told, files, author = found
    id_, key = new_id(app.db.env.clock()), os.urandom(32)
    plain = app.scratch / f"hold-{token(128)}"
    try:
        await _pack(app, plain, told, files)
        await asyncio.to_thread(_put, folder(app), id_, key, plain)
    finally:
        plain.unlink(missing_ok=True)
    made = Hold(id_, case, post, author, 0, None, wrap(public, key))
    if not await app.db.write(_held, made):  # it was kept meanwhile
        _path(folder(app), id_).unlink(missing_ok=True)


def _evidence(tx: Tx, case: int, post_id: int) -> tuple[bytes, list[MediaRow], int] | None:
    """What is told of a post in the vault, and its files."""
    try:
        post = any_post(tx, post_id)
    except NotFound:
        return None
    author = people.by_ids(tx, [post.author]).get(post.author)
    rows = media.of_posts(tx, [post_id]).get(post_id, [])
    told: dict[str, Any] = {
        "case": str(case),
        "post": str(post_id),
        "uri": post.uri,
        "url": post.url,
        "author": str(post.author),
        "name": None if author is None else author.acct,
        "at": iso(post.at),
        "edited_at": None if post.edited_at is None else iso(post.edited_at),
        "language": post.language,
        "reply_to": None if post.reply_to is None else str(post.reply_to),
        "content": msgspec.to_builtins(post.content),
        "files": [{"id": str(row.id), "alt": row.alt, "kind": row.kind} for row in rows],
        "sealed_at": iso(tx.ms),
    }
    return msgspec.json.encode(told), rows, post.author


async def _pack(app: App, target: Path, told: bytes, rows: list[MediaRow]) -> None:
    """A tar of what is told and of the files, in the clear for a moment, in the private folder that
    uploads pass through."""
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as out, tarfile.open(fileobj=out, mode="w") as tar:
        _member(tar, "post.json", told)
        for row in rows:
            file = row.file("original")
            if file is not None and file.object:
                _member(tar, f"{row.id}-{file.name}", await _opened(app, row, file))


def _member(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


async def _opened(app: App, row: MediaRow, file: File) -> bytes:
    slot = Slot(row.slot, row.author_slot, row.id, column(file.variant))
    try:
        key = app.db.keyring.key(slot)
    except Shredded:
        return b""
    pieces = unseal_range(key, slot.place, app.store, file.object, file.size)
    async with aclosing(pieces):
        return b"".join([piece async for piece in pieces])


def _path(where: Path, hold_: int) -> Path:
    return where / f"{hold_}.sealed"


def _put(where: Path, id_: int, key: bytes, plain: Path) -> None:
    where.mkdir(mode=0o700, exist_ok=True)
    seal_file(key, place(id_), plain, _path(where, id_))


def _held(tx: Tx, made: Hold) -> bool:
    case = stored.one(tx, made.case)
    end = tx.ms + kept_for(case.klass)
    if not queries.add(tx, made._replace(until=end)):
        return False
    decisions.add(tx, None, "keep", "hold", made.id, detail=case.klass, more={"until": end})
    tx.emit(HoldLapses(hold=made.id), due=moment(end))
    return True


# --- and destroyed --------------------------------------------------------------------------------


def lapse(tx: Tx, event: HoldLapses) -> None:
    """Handler: its time is over. The key goes, and that is in the log."""
    if queries.destroy(tx, event.hold):
        decisions.add(tx, None, "destroy", "hold", event.hold)


async def clear(app: App, event: HoldLapses) -> None:
    """Effect: the file goes as well. Without its key it is noise already."""
    await asyncio.to_thread(_path(folder(app), event.hold).unlink, missing_ok=True)


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
