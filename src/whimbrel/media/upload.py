"""Uploading: a stranger's file becomes sealed variants, and nothing else of it stays.

The file lies in scratch until it is converted; its name and declared type are never looked at.
Pictures are ready within the request as a rule, films and sounds later: the row says when."""

import asyncio
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.errors import Invalid, NotFound, Unavailable, WhimbrelError
from whimbrel.core.http.uploads import Upload
from whimbrel.core.ids import moment, new_id
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.media.process import sandbox
from whimbrel.media.process.result import Limits, Processed
from whimbrel.media.process.sniff import Family

from . import known, queries, rules, store
from .conversions import Outcome, conversions
from .events import FilesKept, UploadLapses
from .rules import File, Kind, MediaRow, Purpose

PATIENCE = 20.0  # seconds that a request waits for a picture
LONG_PATIENCE = 50.0  # and for anything, where an app knows no other way; proxies give up at 60

log = logs.get(__name__)

_KINDS: dict[Family, Kind] = {"image": "image", "av": "video", "audio": "audio"}
# Pictures of people, emojis and linked pages are made small, and only that is kept.
_PIXELS: dict[Purpose, int] = {
    "avatar": 400 * 400,
    "header": 1500 * 500,
    "emoji": 256 * 256,
    "card": 640 * 480,
}


class _Raw(NamedTuple):
    """What was sent, in a private folder that is cleared when its conversion ends."""

    file: Path
    family: Family
    cover: Path | None
    limits: Limits


async def receive(
    app: App,
    account: int,
    author_slot: int,
    upload: Upload,
    *,
    purpose: Purpose = "post",
    thumbnail: Upload | None = None,
    description: str | None = None,
    focus: str | None = None,
    patience: float | None = None,
) -> int:
    """Take an upload in. When this returns its row is `ready`, or still `working`.

    Args:
        author_slot: `accounts.slot`: who erases the account erases this too.
        thumbnail: a picture to stand for a film or a sound.
        description: what is to be seen or heard, for who cannot; at most instance.alt_chars.
        focus: `x,y`, -1 .. 1 each: the middle of what matters in a picture.
        patience: seconds to wait for it to be ready; None = long for a picture, not at all for
            anything else.
    Returns:
        The id of the upload.
    Raises:
        Invalid: not a file we take, damaged or too big; too long a description; no focus.
        TooMany: too many uploads are being converted.
        Unavailable: the store or the database cannot take it.
    Emits: UploadLapses, due in a day
    """
    most = limits(app, purpose)
    family = sandbox.admit(upload.path, most).family
    if purpose != "post" and family != "image":
        raise Invalid(say("A profile takes a picture, no video or sound."))
    if thumbnail is not None and sandbox.admit(thumbnail.path, most).family != "image":
        raise Invalid(say("The thumbnail must be a picture."))
    alt = rules.checked_alt(description or "", app.instance.alt_chars)
    point = rules.focus_of(focus) if focus else (0.0, 0.0)
    running = conversions(app)
    with ExitStack() as held:
        held.enter_context(running.place(account))
        room = held.enter_context(sandbox.room(app.scratch))
        file = upload.path.rename(room / "upload")
        cover = thumbnail.path.rename(room / "cover") if thumbnail else None
        kind = _KINDS[family]
        row = await app.db.write(begin, account, author_slot, purpose, kind, alt, point)
        work = _convert(app, row, _Raw(file, family, cover, most))
        task = running.start(work, held.pop_all())
    if patience is None:
        patience = PATIENCE if family == "image" else 0
    done, _ = await asyncio.wait({task}, timeout=patience)
    if done and (refusal := task.result()):
        raise refusal
    return row.id


async def picture(
    app: App, account: int, author_slot: int, upload: Upload, purpose: Purpose
) -> str:
    """Take in somebody's avatar or header; `attach.wear` then puts it on.

    Returns:
        The token of its file, for `accounts.avatar` or `accounts.header`; see `urls`.
    Raises:
        As `receive`.
    """
    id_ = await receive(app, account, author_slot, upload, purpose=purpose, patience=LONG_PATIENCE)
    row = await app.db.read(queries.own, account, id_)
    if row is None or not row.files:
        raise Unavailable(say("This picture could not be converted in time. Try again later."))
    return row.files[0].token


def begin(
    tx: Tx,
    account: int,
    author_slot: int,
    purpose: Purpose,
    kind: Kind,
    alt: str | None,
    focus: tuple[float, float],
) -> MediaRow:
    """Record an upload that is about to be converted, and start the clock that erases it.

    Emits: UploadLapses
    """
    row = MediaRow(
        id=new_id(tx.now),
        account=account,
        post=None,
        kind=kind,
        state="working",
        error=None,
        meta="{}",
        blurhash=None,
        focus=focus,
        alt=alt,
        slot=tx.slot(),
        author_slot=author_slot,
        purpose=purpose,
        kept_until=tx.ms + rules.KEPT,
    )
    queries.add(tx, row)
    tx.emit(UploadLapses(media=row.id), due=moment(tx.ms + rules.KEPT))
    return row


async def _convert(app: App, row: MediaRow, raw: _Raw) -> Outcome:
    """Make, seal, store and record the files, or record why not."""
    refusal: WhimbrelError
    try:
        async with conversions(app).places(raw.family):
            await _make(app, row, raw)
        return None
    except WhimbrelError as error:
        refusal = error
    except (RuntimeError, OSError) as error:
        log.error("conversion failed", media=row.id, why=str(error)[:2000])
        refusal = Unavailable(say("This file could not be converted here."))
    except asyncio.CancelledError:
        await app.db.write(queries.fail, row.id, rules.INTERRUPTED)
        raise
    await app.db.write(queries.fail, row.id, str(refusal))
    return refusal


async def _make(app: App, row: MediaRow, raw: _Raw) -> None:
    async with AsyncExitStack() as rooms:
        made = await rooms.enter_async_context(sandbox.process(raw.file, app.scratch, raw.limits))
        if raw.cover is not None:
            cover = await rooms.enter_async_context(
                sandbox.process(raw.cover, app.scratch, raw.limits)
            )
            made = _under(cover, made)
        kept = made.variants if row.purpose == "post" else made.variants[-1:]
        files = await store.keep(app, row, kept)
    recorded = await app.db.write(_record, row, made, files)
    if not recorded:
        await app.store.delete([file.object for file in files])
        raise NotFound


def _record(tx: Tx, row: MediaRow, made: Processed, files: list[File]) -> bool:
    """Whether it is still wanted. Emits: PictureHashed; FilesKept, but for pictures of other
    people's pages."""
    meta = store.meta(made)
    recorded = queries.make_ready(tx, row.id, made.kind, meta, made.blurhash, files)
    if recorded:
        known.keep(tx, row, made.pdq)
    if recorded and row.purpose != "card":
        tx.emit(FilesKept(objects=tuple(file.object for file in files)))
    return recorded


def _under(cover: Processed, made: Processed) -> Processed:
    """`made` with the picture that its author chose to stand for it."""
    variants = (made.variants[0], cover.variants[-1])
    return replace(made, variants=variants, blurhash=cover.blurhash, pdq=made.pdq + cover.pdq)


def limits(app: App, purpose: Purpose) -> Limits:
    """How large a file may be that becomes this, and how large that is then."""
    usual = Limits(image_bytes=app.instance.image_bytes, av_bytes=app.instance.video_bytes)
    if purpose == "post":
        return usual
    pixels = _PIXELS[purpose]
    return replace(usual, original_pixels=pixels, small_pixels=pixels)
