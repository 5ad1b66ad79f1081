"""Looking at the pages that posts link to: the one effect of this room that asks strangers.

`head` finds what a page says of itself, `judge` decides what of it is shown. A page is asked once
however many post it at the same time, and what it said is remembered for an hour: in memory alone,
for which pages people link to is written nowhere but in their posts."""

import asyncio
import tempfile
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

import msgspec

from whimbrel.accounts import queries as people
from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.errors import WhimbrelError
from whimbrel.core.fetch import Answer, Fetcher
from whimbrel.core.http.uploads import Upload
from whimbrel.core.tx import Tx
from whimbrel.media import erase, upload
from whimbrel.media import queries as media
from whimbrel.media.rules import MediaRow

from .. import links
from ..events import LinkPosted
from ..rules import Post, Preview
from .head import Head, decoded, read
from .judge import Judged, Tree, card_of, embed_address, wants_embed

PAGE, EMBED, PICTURE = 1 << 20, 64 << 10, 4 << 20  # bytes that are taken
AT_ONCE = 6  # pages
KEPT = 3600.0  # seconds
MOST = 16 << 20  # bytes that are remembered
_ENTRY = 4096  # bytes of one without its picture, about
_HTML = ("text/html", "application/xhtml+xml")

log = logs.get(__name__)


class Seen(NamedTuple):
    """What a page said: its card, or nothing; and its picture as it came."""

    card: Preview | None
    picture: bytes | None = None


class Previews:
    """The pages being looked at, and those looked at lately. One per process, on `App.previews`."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._places = asyncio.Semaphore(AT_ONCE)
        self._running: dict[str, asyncio.Task[Seen]] = {}
        self._seen: OrderedDict[str, tuple[float, Seen]] = OrderedDict()
        self._bytes = 0

    async def look(self, url: str) -> Seen:
        """What the page says; nothing where it cannot be asked or says nothing."""
        now = asyncio.get_running_loop().time()
        known = self._seen.get(url)
        if known is not None and known[0] > now:
            return known[1]
        task = self._running.get(url)
        if task is None:
            task = self._running[url] = asyncio.create_task(self._look(url))
            task.add_done_callback(lambda _: self._running.pop(url, None))
        return await asyncio.shield(task)

    async def _look(self, url: str) -> Seen:
        async with self._places:
            try:
                seen = await _asked(self._fetcher, url)
            except WhimbrelError as error:
                log.info("a page was not looked at", why=type(error).__name__)
                seen = Seen(None)
        self._keep(url, seen)
        return seen

    def _keep(self, url: str, seen: Seen) -> None:
        self._forget(url)
        until = asyncio.get_running_loop().time() + KEPT
        self._seen[url] = (until, seen)
        self._bytes += _size(seen)
        while self._bytes > MOST:
            self._forget(next(iter(self._seen)))

    def _forget(self, url: str) -> None:
        gone = self._seen.pop(url, None)
        if gone is not None:
            self._bytes -= _size(gone[1])


def _size(seen: Seen) -> int:
    return _ENTRY + len(seen.picture or b"")


async def _asked(fetcher: Fetcher, url: str) -> Seen:
    """Raises Unreachable."""
    page = await fetcher.get(url, headers={"Accept": ", ".join(_HTML)}, most=PAGE, cut=True)
    judged = None
    if page.status == 200 and _kind(page) in _HTML:
        judged = await _judged(fetcher, page)
    if judged is None:
        return Seen(None)
    picture = None
    if judged.image is not None:
        picture = await _picture(fetcher, judged.image)
    return Seen(judged.card, picture)


async def _judged(fetcher: Fetcher, page: Answer) -> Judged | None:
    head = await asyncio.to_thread(_head, page)
    embed = embed_address(page.url, head) if wants_embed(head) else None
    return card_of(page.url, head, await _embed(fetcher, embed) if embed else None)


def _head(page: Answer) -> Head:
    return read(decoded(page.body, page.headers.get("content-type", "")))


def _kind(answer: Answer) -> str:
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _embed(fetcher: Fetcher, url: str) -> Tree:
    try:
        answer = await fetcher.get(url, headers={"Accept": "application/json"}, most=EMBED)
        told = msgspec.json.decode(answer.body) if answer.status == 200 else None
    except (WhimbrelError, msgspec.DecodeError, UnicodeError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


async def _picture(fetcher: Fetcher, url: str) -> bytes | None:
    try:
        answer = await fetcher.get(url, headers={"Accept": "image/*"}, most=PICTURE)
    except WhimbrelError:
        return None
    return answer.body if answer.status == 200 and answer.body else None


# ----------------------------------------------------------------------------- the effect


async def fetch_card(app: App, event: LinkPosted) -> None:
    """An effect: the first page that a post links to is looked at, and shown under it."""
    found = await app.db.read(links.wanted, event.post)
    if found is None or app.fetcher is None:
        return
    post, link = found
    if app.previews is None:
        app.previews = Previews(app.fetcher)
    seen: Seen = await app.previews.look(link)
    if seen.card is None:
        return
    card, row = seen.card, None
    if seen.picture is not None:
        row = await _stored(app, post, seen.picture)
    if row is not None:
        card = _pictured(card, row)
    await app.db.write(links.put, post.id, link, card, None if row is None else row.id)


async def _stored(app: App, post: Post, picture: bytes) -> MediaRow | None:
    """Our own copy of a page's picture, made anew like any upload; None where it cannot be."""
    author = await app.db.read(_author_slot, post.author)
    with tempfile.TemporaryDirectory(prefix="upload-", dir=app.scratch) as folder:
        path = Path(folder) / "picture"
        path.write_bytes(picture)
        given = Upload(path, len(picture), "", "")
        try:
            id_ = await upload.receive(
                app, post.author, author, given, purpose="card", patience=upload.LONG_PATIENCE
            )
        except WhimbrelError as error:
            log.info("the picture of a page was not taken", why=type(error).__name__)
            return None
    row = await app.db.read(media.own, post.author, id_)
    if row is not None and not row.files:
        await app.db.write(erase.forget, [id_])
        return None
    return row


def _author_slot(tx: Tx, author: int) -> int:
    return people.by_id(tx, author, pending=True).slot


def _pictured(card: Preview, row: MediaRow) -> Preview:
    file = row.files[0]
    sides = msgspec.json.decode(row.meta).get(file.variant, {})
    return msgspec.structs.replace(
        card,
        image=file.token,
        width=sides.get("width", 0),
        height=sides.get("height", 0),
        blurhash=row.blurhash,
    )
