"""Pictures in a letter: which of ours each is like. That is proposed, and a person says that it is
meant; a picture of a whole screen, or of a part of ours, is like none (`media.process.pdq`).

They are a stranger's bytes and go through the sandbox like any upload."""

import asyncio

from whimbrel.core.app import App
from whimbrel.core.errors import Invalid
from whimbrel.core.tx import Tx
from whimbrel.media.process import sandbox
from whimbrel.media.process.result import Limits
from whimbrel.media.queries import hashes as media

from ..events import ComplaintPictured
from ..known import search
from ..queries import complaint_items as items
from ..queries import complaints as queries
from ..queries import hashes as found
from .opening import opened

MOST = 10  # proposed for one picture
SLICE = 2000  # files of ours that are looked at in one transaction
_SIDES = 640 * 480  # pixels: what it becomes is thrown away, only its hash is wanted


async def look(app: App, event: ComplaintPictured) -> None:
    """Effect: propose what of ours a letter's pictures are. What is on a private post is not
    looked at: a letter opens none."""
    wanted = await app.db.read(_pictures, event.complaint, slow=True)
    hashed = [(number, await _hashed(app, data)) for number, data in wanted]
    near: list[tuple[int, int, int]] = []
    after = 0
    while hashed:
        some, after = await app.db.read(_compared, hashed, after, slow=True)
        near += some
        if not after:
            break
    await app.db.write(_keep, event.complaint, near)


def _pictures(tx: Tx, id_: int) -> list[tuple[int, bytes]]:
    """Those of a letter, with the number each thing of it has."""
    complaint = queries.one(tx, id_)
    numbers = [item.number for item in items.of(tx, complaint) if item.kind == "picture"]
    return list(zip(numbers, opened(queries.letter(tx, complaint)).pictures, strict=False))


async def _hashed(app: App, data: bytes) -> bytes:
    """32 bytes for a picture; none where it is damaged or has nothing to be known by."""
    limits = Limits(original_pixels=_SIDES, small_pixels=_SIDES)
    with sandbox.room(app.scratch) as room:
        path = room / "picture"
        await asyncio.to_thread(path.write_bytes, data)
        try:
            async with sandbox.process(path, app.scratch, limits) as made:
                return made.pdq
        except Invalid:
            return b""


def _compared(
    tx: Tx, hashed: list[tuple[int, bytes]], after: int
) -> tuple[list[tuple[int, int, int]], int]:
    """Of some files of ours, those that are like one: (number, media, bits) each."""
    files, last = media.some(tx, after, SLICE, shown=True)
    near = []
    for file in files:
        rows = search.rows(file.pdq)
        for number, pdq in hashed:
            match = search.nearest(pdq, rows)
            if match is not None:
                near.append((number, file.id, match.distance))
    return near, last


def _keep(tx: Tx, id_: int, near: list[tuple[int, int, int]]) -> None:
    kept: list[tuple[int, int, int]] = []
    for number in sorted({each[0] for each in near}):
        of_it = (each for each in near if each[0] == number)
        kept += sorted(of_it, key=lambda each: each[2])[:MOST]
    found.add_likes(tx, id_, kept)
