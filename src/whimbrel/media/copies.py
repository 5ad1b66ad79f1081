"""Copies of files of other servers: fetched when somebody first looks, made anew like any upload,
sealed, and let go after a while (`away`).

What cannot be had is not asked for again for some minutes, so that a server that is away costs
nobody's time; a page shows a grey picture meanwhile."""

import asyncio
import time
from collections import OrderedDict
from contextlib import ExitStack
from pathlib import Path

from msgspec.structs import replace

from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.errors import Invalid, NotFound, Unavailable, WhimbrelError
from whimbrel.core.fetch import Fetcher
from whimbrel.media.process import sandbox

from . import away, queries, store, upload
from .conversions import Outcome, Task, conversions
from .queries import away as referred
from .rules import PICTURED, Kind, MediaRow, Served

PICTURES, FILMS = 4, 1  # fetched and converted at a time: our own people's films come first
WAITING = 48  # files that wait for that
PATIENCE = 20.0  # seconds that a request waits
REST = 600.0  # seconds until what could not be had is asked for again
_FAILURES = 4096  # that are remembered

log = logs.get(__name__)


class Copies:
    """What this process is fetching, and what it could not have. On `App.copies`."""

    def __init__(self) -> None:
        self._pictures, self._films = asyncio.Semaphore(PICTURES), asyncio.Semaphore(FILMS)
        self.running: dict[int, Task] = {}
        self._failed: OrderedDict[int, float] = OrderedDict()

    def places(self, kind: Kind) -> asyncio.Semaphore:
        """To be held while a file that is said to be this is fetched and converted."""
        return self._pictures if kind in PICTURED else self._films

    def rests(self, id_: int) -> bool:
        """Whether it could not be had a moment ago, or too much is under way."""
        if self._failed.get(id_, 0.0) > time.monotonic():
            return True
        return id_ not in self.running and len(self.running) >= WAITING

    def failed(self, id_: int) -> None:
        """It could not be had."""
        self._failed[id_] = time.monotonic() + REST
        self._failed.move_to_end(id_)
        while len(self._failed) > _FAILURES:
            self._failed.popitem(last=False)


def copies(app: App) -> Copies:
    """Those of this process."""
    if app.copies is None:
        app.copies = Copies()
    found: Copies = app.copies
    return found


async def have(app: App, file: Served) -> Served | None:
    """The same file with a copy here; None where there is none, or not within some seconds."""
    mine = copies(app)
    if app.fetcher is None or mine.rests(file.media):
        return None
    task = mine.running.get(file.media)
    if task is None:
        task = conversions(app).start(_fetched(app, app.fetcher, file), ExitStack())
        mine.running[file.media] = task
        task.add_done_callback(lambda _: mine.running.pop(file.media, None))
    await asyncio.wait({task}, timeout=PATIENCE)
    found = await app.db.read(queries.served, file.token)
    if found is not None and found.object:
        return found
    if task.done():  # no room even for this one alone, or it has no such file
        mine.failed(file.media)
    return None


async def _fetched(app: App, fetcher: Fetcher, file: Served) -> Outcome:
    why: WhimbrelError
    try:
        async with copies(app).places(file.kind):
            await _copy(app, fetcher, file)
        return None
    except WhimbrelError as error:
        why = error
    except (RuntimeError, OSError) as error:
        log.error("a file of another server could not be converted", why=str(error)[:2000])
        why = Unavailable()
    copies(app).failed(file.media)
    log.info("a file of another server is not to be had", why=type(why).__name__)
    return why


async def _copy(app: App, fetcher: Fetcher, file: Served) -> None:
    """Raises NotFound: erased. Invalid: not what it was said to be. Unreachable."""
    id_ = file.media
    row, found = await app.db.read(lambda tx: (queries.by_ids(tx, [id_]), referred.one(tx, id_)))
    if id_ not in row or found is None or found.source is None:
        raise NotFound
    said = {} if file.open or app.asks is None else await app.asks(app, found.source)
    said |= {"accept": "image/*, video/*, audio/*", "via": f"1.1 {app.instance.domain}"}
    answer = await fetcher.get(found.source, headers=said, most=app.instance.remote_media_bytes)
    if answer.status != 200 or not answer.body:
        raise NotFound
    with sandbox.room(app.scratch) as room:
        path = room / "upload"
        await asyncio.to_thread(path.write_bytes, answer.body)
        del answer
        await _converted(app, row[id_], path)


async def _converted(app: App, row: MediaRow, path: Path) -> None:
    limits = upload.limits(app, row.purpose)
    family = sandbox.admit(path, limits).family
    if (family == "image") != (row.kind in PICTURED):
        raise Invalid
    async with (
        conversions(app).places(family),
        sandbox.process(path, app.scratch, limits) as made,
    ):
        if not away.fits(row.kind, made.kind):
            raise Invalid
        kept = made.variants
        if row.purpose != "post":
            kept = (replace(kept[-1], name="small"),)
        files, meta = await store.keep(app, row, kept), store.meta(made)
    if not await app.db.write(away.filled, row, files, made.kind, meta, made.pdq):
        await app.store.delete([file.object for file in files])
        raise NotFound
