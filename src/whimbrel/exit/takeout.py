"""All that is somebody's as one file: what Mastodon calls an archive, and what it leaves out.

It is made while they are away, written sealed as everything here, and opened for nobody but them,
for a week. Whoever deletes a post takes the file with it: else it would come back from there."""

import asyncio
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec

from whimbrel.accounts import queries as people
from whimbrel.accounts.events import LetterWanted
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import Conflict, NotFound, WhimbrelError
from whimbrel.core.ids import millis, moment
from whimbrel.core.ids import token as random_token
from whimbrel.core.keyring import Shredded, Slot
from whimbrel.core.sealed import Sealing, unseal_range
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.federation import show, vocabulary
from whimbrel.federation.queries import actors
from whimbrel.media import erase, links, upload
from whimbrel.media import queries as uploads
from whimbrel.media.events import FilesForgotten
from whimbrel.media.rules import File, column
from whimbrel.media.urls import file_url
from whimbrel.posts.events import PostDeleted
from whimbrel.posts.rules import Mark
from whimbrel.timelines import carry, sheets

from .events import ArchiveWanted
from .queries import archives
from .queries.archives import ARCHIVE, Archive

STAYS = timedelta(days=7)
AGAIN = timedelta(hours=1)  # between one and the next
PAGE = 50
NAME = "archive.zip"
_BELOW = "/media_attachments/files"
_WORN = {"avatar": "icon", "header": "image"}  # what an actor calls its pictures
_encode = msgspec.json.Encoder().encode


def ask(tx: Tx, viewer: Viewer) -> None:
    """Begin to make the viewer's file, in the place of an earlier one.

    Raises:
        Conflict: one is being made, or was a moment ago.
    Emits: ArchiveWanted, UploadLapses
    """
    tx.lock("archive", viewer.id)
    before = archives.newest(tx, viewer.id)
    if before is not None and before.state == "working":
        raise Conflict(say("Your archive is being made. It will be here soon."))
    if before is not None and before.state == "ready" and tx.now - moment(before.at) < AGAIN:
        raise Conflict(say("Your archive was made just now. Ask again in an hour."))
    drop(tx, viewer.id)
    mine = people.by_id(tx, viewer.id)
    row = upload.begin(tx, viewer.id, mine.slot, ARCHIVE, "unknown", None, (0.0, 0.0))
    tx.emit(ArchiveWanted(account=viewer.id, media=row.id))


def drop(tx: Tx, account: int) -> None:
    """Somebody's file is no more, for good. Emits: FilesForgotten"""
    erase.forget(tx, archives.all_of(tx, account))


def drop_with_post(tx: Tx, event: PostDeleted) -> None:
    """Handler: what somebody deleted must not come back from what they once asked for."""
    if event.local:
        drop(tx, event.author)


def mine(tx: Tx, viewer: Viewer) -> Archive | None:
    """How far the viewer's file is."""
    return archives.newest(tx, viewer.id)


def link(tx: Tx, viewer: Viewer) -> str:
    """Where the viewer, and nobody else, finds the file for the next minutes. Raises NotFound."""
    found = archives.newest(tx, viewer.id)
    if found is None or found.state != "ready" or found.token is None:
        raise NotFound
    gap = file_url(tx.instance, found.token, NAME, closed=0)
    return links.filled(tx.keyring, gap.encode(), viewer.id, tx.ms).decode()


async def make(app: App, event: ArchiveWanted) -> None:
    """Effect: write the file, put it into the store, and tell whose it is."""
    await app.db.write(archives.again, event.media)
    row = (await app.db.read(uploads.by_ids, [event.media])).get(event.media)
    if row is None or row.state != "working":
        return
    app.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = app.scratch / f"archive-{event.media}"
    try:
        slot = Slot(row.slot, row.author_slot, row.id, column("original"))
        with path.open("wb") as out:
            sealing = Sealing(app.db.keyring.key(slot), slot.place, out)
            with zipfile.ZipFile(sealing, "w", zipfile.ZIP_DEFLATED) as archive:
                await _Archive(app, event.account, archive).write()
            sealing.close()
        stored = await app.store.put(path)
        await app.db.write(_made, event, stored.key, sealing.plain)
    except (Shredded, NotFound):
        return  # whoever wanted it deleted something, or left, while it was written
    finally:
        path.unlink(missing_ok=True)


def _made(tx: Tx, event: ArchiveWanted, key: str, size: int) -> None:
    file = File(
        token=random_token(128),
        variant="original",
        name=NAME,
        mime="application/zip",
        size=size,
        object=key,
    )
    if not uploads.make_ready(tx, event.media, "unknown", "{}", None, [file]):
        tx.emit(FilesForgotten(objects=(key,)))
        return
    archives.keep(tx, event.media, millis(tx.now + STAYS))
    tx.emit(LetterWanted(account=event.account, kind="archive_ready"))


class _Archive:
    """One file under way."""

    def __init__(self, app: App, account: int, archive: zipfile.ZipFile) -> None:
        self._app, self._account, self._zip = app, account, archive
        self._viewer = Viewer(account=account)

    async def write(self) -> None:
        """All of it, a page at a time."""
        pictures = await self._files()
        actor = await self._app.db.read(_actor, self._account, slow=True)
        await self._put("actor.json", _encode({**actor, **pictures}))
        await self._outbox()
        for name, kind in (("likes", Mark.FAVOURITE), ("bookmarks", Mark.BOOKMARK)):
            found = await self._app.db.read(archives.marked, self._account, kind, slow=True)
            await self._put(f"{name}.json", _encode(_collection(f"{name}.json", found)))
        for kind_ in sheets.KINDS:
            rows = await self._app.db.read(carry.rows, self._viewer, kind_, slow=True)
            await self._put(f"{sheets.FILES[kind_]}.csv", sheets.write(kind_, rows))

    async def _put(self, name: str, content: bytes) -> None:
        await asyncio.to_thread(self._zip.writestr, name, content)

    async def _outbox(self) -> None:
        with self._zip.open("outbox.json", "w", force_zip64=True) as out:
            head = b'{"@context":"https://www.w3.org/ns/activitystreams","id":"outbox.json"'
            head += b',"type":"OrderedCollection","orderedItems":['
            after, total = 0, 0
            out.write(head)
            while True:
                ids, items = await self._app.db.read(_items, self._account, after, slow=True)
                if not ids:
                    break
                for item in items:
                    await asyncio.to_thread(out.write, (b"," if total else b"") + item)
                    total += 1
                after = ids[-1]
            out.write(b'],"totalItems":%d}' % total)

    async def _files(self) -> dict[str, Any]:
        """The files, and where those of the profile lie."""
        after = 0
        found: dict[str, Any] = {}
        while True:
            rows = await self._app.db.read(archives.files_after, self._account, after, PAGE)
            for each in rows:
                path = _path(each.token, each.name)
                if each.purpose in _WORN:
                    path = f"{each.purpose}.{each.mime.rpartition('/')[2]}"
                    image = {"type": "Image", "mediaType": each.mime, "url": path}
                    found[_WORN[each.purpose]] = image
                place = Slot(each.slot, each.author_slot, each.media, column(each.variant))
                await self._copy(path, place, each.object, each.size)
                after = each.media
            if len(rows) < PAGE:
                return found

    async def _copy(self, path: str, place: Slot, object_: str, size: int) -> None:
        try:
            key = self._app.db.keyring.key(place)
            with self._zip.open(zipfile.ZipInfo(path.lstrip("/")), "w", force_zip64=True) as out:
                async for piece in _plain(self._app, key, place, object_, size):
                    await asyncio.to_thread(out.write, piece)
        except (Shredded, NotFound):
            return  # deleted while we read: what is there of it is cut off


async def _plain(
    app: App, key: bytes, place: Slot, object_: str, size: int
) -> AsyncIterator[bytes]:
    async for piece in unseal_range(key, place.place, app.store, object_, size):
        yield piece


def _actor(tx: Tx, account: int) -> dict[str, Any]:
    found, public = show.somebody(tx, account)
    if public is None:
        return {"type": "Person", "preferredUsername": found.username, "name": found.display_name}
    return vocabulary.actor(tx.instance, found, public, actors.others(tx, account))


def _items(tx: Tx, account: int, after: int) -> tuple[list[int], list[bytes]]:
    """The next posts of somebody as the activities that told of them."""
    ids = archives.posts_after(tx, account, after, PAGE)
    found = []
    for id_ in ids:
        try:
            said, _ = show.post(tx, account, id_, account, activity=True)
        except WhimbrelError:  # a boost of what they may not see any more
            continue
        inner = said.get("object")
        if isinstance(inner, dict):
            for each in inner.get("attachment", ()):
                rest = each["url"].rpartition("/media/")[2]
                each["url"] = _path(rest.partition("/")[0], rest.rpartition("/")[2])
        found.append(_encode(said))
    return ids, found


def _path(name: str, file: str) -> str:
    return f"{_BELOW}/{name}/{file}"


def _collection(name: str, items: list[str]) -> dict[str, Any]:
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": name,
        "type": "OrderedCollection",
        "orderedItems": items,
    }
