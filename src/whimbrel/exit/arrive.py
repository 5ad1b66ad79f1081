"""Posts out of somebody's archive of elsewhere: with their old dates, marked as brought in, and
told to nobody. What was not for everybody is for its author alone here.

The archive lies sealed until it is done. It is worked through in turns, each of which may happen
twice: how far it is, is noted with each post. One that was brought before, by this archive or
another, is known again by its date and its words."""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from whimbrel.accounts.queries import people
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import Conflict, Invalid, NotFound, TooMany, Unavailable, WhimbrelError
from whimbrel.core.http.uploads import Folder, Upload
from whimbrel.core.ids import moment, new_id, token
from whimbrel.core.keyring import Shredded, Slot
from whimbrel.core.sealed import seal_file, unseal_range
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.federation.rules import host_of
from whimbrel.media import attach, erase, upload
from whimbrel.media import queries as uploads
from whimbrel.media.attach import attachment
from whimbrel.media.rules import File, MediaRow, column
from whimbrel.posts import poll, queries
from whimbrel.posts.delete import forget
from whimbrel.posts.events import PostTouched
from whimbrel.posts.queries import receiving, tags, writing
from whimbrel.posts.rules import OPEN, Asked, Attachment, Content, Post, Visibility
from whimbrel.timelines import carry
from whimbrel.timelines.queries import carry as imports

from . import mastodon
from .events import ArrivalWanted, UndoWanted
from .mastodon import Archive, Said
from .queries import archives, brought
from .queries.archives import ARRIVAL

KIND = "posts"
TURN = 60.0  # seconds of one turn
SLICE = 50  # posts taken back in one transaction
_TRIES = 5  # ids of one millisecond long ago: seldom two are alike
_WAITS = 60  # times a second that a file waits for its place


async def take_in(app: App, viewer: Viewer, sent: Path) -> None:
    """Begin to bring in the archive that lies at `sent`.

    Raises:
        Invalid: it is none, has no posts, or is too big.
        Conflict: something is being brought in already.
        Unavailable: the store cannot take it.
    Emits: ArrivalWanted, UploadLapses
    """
    total = await asyncio.to_thread(_count, sent)
    owner = await app.db.read(archives.name_and_slot, viewer.id)
    if owner is None:
        raise NotFound
    row = await app.db.write(
        upload.begin, viewer.id, owner[1], ARRIVAL, "unknown", None, (0.0, 0.0)
    )
    slot = Slot(row.slot, row.author_slot, row.id, column("original"))
    sealed = sent.with_name(f"{sent.name}.sealed")
    size = (await asyncio.to_thread(sent.stat)).st_size
    try:
        await asyncio.to_thread(seal_file, app.db.keyring.key(slot), slot.place, sent, sealed)
        stored = await app.store.put(sealed)
    finally:
        await asyncio.to_thread(sealed.unlink, missing_ok=True)
    file = File(
        token=token(128),
        variant="original",
        name="archive.zip",
        mime="application/zip",
        size=size,
        object=stored.key,
    )
    try:
        await app.db.write(_begin, viewer, row.id, file, total)
    except BaseException:
        await app.db.write(erase.forget, [row.id])
        await app.store.delete([stored.key])
        raise


def _count(path: Path) -> int:
    with Archive(path) as archive:
        total = sum(map(mastodon.is_own, archive.posts()))
    if not total:
        raise Invalid(say("There are no posts in this archive."))
    return total


def _begin(tx: Tx, viewer: Viewer, media: int, file: File, total: int) -> None:
    if not uploads.make_ready(tx, media, "unknown", "{}", None, [file]):
        raise Unavailable
    made = carry.begin(tx, viewer, KIND, [(str(media),)], total)
    tx.emit(ArrivalWanted(account=viewer.id, media=media, import_=made))


async def bring(app: App, event: ArrivalWanted) -> None:
    """Effect: the next posts, for as long as a turn lasts. Emits: ArrivalWanted, while there are
    more."""
    try:
        found = await app.db.read(imports.open_, event.import_)
        row = (await app.db.read(uploads.by_ids, [event.media])).get(event.media)
        if found is None or row is None or not row.files:
            await app.db.write(_end, event)
            return
        slot = Slot(row.slot, row.author_slot, row.id, column("original"))
        async with _opened(app, slot, row.files[0]) as archive:
            turn = _Turn(app, event, archive, row.author_slot)
            done = await turn.run(found.shown.done, found.shown.missed)
        if done:
            await app.db.write(_end, event)
        else:
            await app.db.write(_go_on, event)
    except (Shredded, NotFound):  # an account that is going
        return


def _go_on(tx: Tx, event: ArrivalWanted) -> None:
    tx.emit(event)


def _end(tx: Tx, event: ArrivalWanted) -> None:
    found = imports.open_(tx, event.import_)
    if found is not None:
        imports.end(tx, event.import_, found.slot)
    erase.forget(tx, [event.media])


@asynccontextmanager
async def _opened(app: App, slot: Slot, file: File) -> AsyncIterator[Archive]:
    """The archive, opened in scratch for as long as the block lasts."""
    app.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = app.scratch / f"arrival-{token(64)}"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            key = app.db.keyring.key(slot)
            async for piece in unseal_range(key, slot.place, app.store, file.object, file.size):
                await asyncio.to_thread(out.write, piece)
        archive = await asyncio.to_thread(Archive, path)
        try:
            yield archive
        finally:
            archive.close()
    finally:
        path.unlink(missing_ok=True)


class _Turn:
    """Some of the posts of an archive."""

    def __init__(self, app: App, event: ArrivalWanted, archive: Archive, author_slot: int) -> None:
        self._app, self._event, self._archive = app, event, archive
        self._author_slot = author_slot
        self._by_uri: dict[str, Any] = {}

    async def run(self, done: int, missed: int) -> bool:
        """Go on after the first `done`. Whether that was all, or nobody wants more."""
        found = await asyncio.to_thread(self._archive.posts)
        items = sorted(filter(mastodon.is_own, found), key=_published)
        self._by_uri = {item["object"]["id"]: item for item in items if _is_named(item)}
        until = time.monotonic() + TURN
        for item in items[done:]:
            if time.monotonic() > until:
                return False
            read = await self._read(item)
            media = [] if read is None else await self._media(read[0])
            step = _Step(self._event.account, self._event.import_, done + 1, missed)
            try:
                missed = await self._app.db.write(keep, step, read, media)
            except (Invalid, Conflict):
                missed = await self._app.db.write(keep, step, None, [])
            except Stopped:
                return True
            done += 1
        return True

    async def _read(self, item: Any) -> tuple[Said, Said | None] | None:
        """A post of the archive, and the one of it that it answers; None: it cannot be read."""
        now = int(self._app.db.env.clock().timestamp() * 1000)
        said = await asyncio.to_thread(mastodon.read, item, now)
        if said is None:
            return None
        above = None if said.reply_to is None else self._by_uri.get(said.reply_to)
        return said, None if above is None else await asyncio.to_thread(mastodon.read, above, now)

    async def _media(self, said: Said) -> list[int]:
        """The files of a post, through the door of any upload; what is not let in stays out."""
        found: list[int] = []
        for each in said.media[: self._app.instance.media_per_post]:
            try:
                content = await asyncio.to_thread(
                    self._archive.read, each.path, self._app.instance.video_bytes
                )
                if content is not None:
                    alt = each.alt[: self._app.instance.alt_chars]
                    found.append(await self._file(content, alt))
            except (Invalid, Unavailable, TooMany):
                continue
        rows = await self._app.db.read(uploads.by_ids, found) if found else {}
        return [id_ for id_ in found if id_ in rows and rows[id_].state == "ready"]

    async def _file(self, content: bytes, alt: str) -> int:
        folder = Folder(self._app.scratch)
        try:
            path = folder.path / "1"
            await asyncio.to_thread(path.write_bytes, content)
            sent = Upload(path, len(content), "", "", folder)
            for _ in range(_WAITS):
                try:
                    return await upload.receive(
                        self._app,
                        self._event.account,
                        self._author_slot,
                        sent,
                        description=alt,
                        patience=upload.LONG_PATIENCE,
                    )
                except TooMany:
                    await asyncio.sleep(1)
            raise Unavailable
        finally:
            await asyncio.to_thread(shutil.rmtree, folder.path, ignore_errors=True)


def _published(item: Any) -> str:
    return str(item["object"].get("published") or "")


def _is_named(item: Any) -> bool:
    return isinstance(item["object"].get("id"), str)


class Stopped(Exception):
    """Nobody wants the rest."""


class _Step(NamedTuple):
    """How far an import is with one more post."""

    account: int
    import_: int
    done: int
    missed: int


def keep(tx: Tx, step: _Step, found: tuple[Said, Said | None] | None, media: Sequence[int]) -> int:
    """Write a post down as its author's, under its old date, and note how far it is; nobody is
    told.

    Args:
        found: the post and what it answers; None where it could not be read.
    Returns:
        How many could not be, this one included.
    Raises:
        Stopped: it was taken back, or its author may not write here any more.
        Invalid, Conflict: it cannot be kept.
    Emits: PostTouched
    """
    if imports.open_(tx, step.import_) is None:
        raise Stopped
    missed = step.missed + (found is None)
    imports.move(tx, step.import_, step.done, missed)
    if found is None or known(tx, step.account, found[0]) is not None:
        return missed
    said, above = found
    parent = None if above is None else known(tx, step.account, above)
    brought.mark(tx, step.import_, host_of(said.uri) or tx.instance.domain)
    rows = attach.take(tx, step.account, media)
    post = _stored(tx, step, said, parent, rows)
    if said.options and post.poll is not None:
        options, counts = zip(*said.options, strict=True)
        asked = Asked(
            options=options,
            counts=counts,
            voters=said.voters,
            multiple=said.multiple,
            closed=True,
        )
        poll.open_elsewhere(tx, post.poll, post.id, asked)
    attach.bind(tx, post.id, [row.id for row in rows], shielded=post.visibility not in OPEN)
    tags.put(tx, post.id, said.keys)
    _count_in(tx, post, +1)
    tx.emit(PostTouched(post=post.id))
    return missed


def known(tx: Tx, account: int, said: Said) -> int | None:
    """The post that this one is here already."""
    for id_ in brought.at(tx, account, said.at):
        content = queries.any_post(tx, id_).content
        if content is not None and (content.text, content.spoiler) == (said.text, said.spoiler):
            return id_
    return None


def _stored(tx: Tx, step: _Step, said: Said, parent: int | None, rows: Sequence[MediaRow]) -> Post:
    writer = writing.writer(tx, step.account)
    above = None if parent is None else queries.any_post(tx, parent)
    level = said.visibility
    if level is Visibility.PUBLIC and writer.silenced:
        level = Visibility.UNLISTED
    content = Content(
        text=said.text,
        html=said.html,
        spoiler=said.spoiler,
        tags=said.tags,
        media=tuple(msgspec.convert(attachment(tx.instance, row), Attachment) for row in rows),
        options=tuple(option for option, _ in said.options),
    )
    post = Post(
        id=0,
        author=step.account,
        uri=None,
        url=None,
        visibility=level,
        reply_to=above.id if above else None,
        reply_to_author=step.account if above else None,
        thread=above.thread if above else 0,
        poll=new_id(tx.now) if said.options else None,
        boost_of=None,
        content=content,
        slot=tx.slot(),
        sensitive=writer.covered or said.sensitive or bool(said.spoiler),
        language=said.language,
        app=step.import_,
        local=True,
        media_count=len(rows),
        at=said.at,
        edited_at=said.edited_at,
        rev=1,
        replies=0,
        boosts=0,
        favourites=0,
        quote_policy=writer.quote_policy,
    )
    for _ in range(_TRIES):
        id_ = new_id(moment(post.at))
        post = msgspec.structs.replace(post, id=id_, thread=post.thread if above else id_)
        if receiving.add(tx, post, writer.slot):
            return post
    raise Conflict


def _count_in(tx: Tx, post: Post, by: int) -> None:
    if post.visibility < Visibility.DIRECT:
        people.count(tx, post.author, statuses=by)
    if post.reply_to is not None and post.visibility in OPEN:
        writing.count(tx, post.reply_to, replies=by)


def undo(tx: Tx, viewer: Viewer, import_: int) -> None:
    """Take back all that an import of the viewer's brought, or brings just now.

    Raises:
        NotFound: it is not theirs.
    Emits: UndoWanted
    """
    if all(each.id != import_ or each.kind != KIND for each in carry.mine(tx, viewer)):
        raise NotFound
    found = imports.open_(tx, import_)
    if found is not None:
        imports.end(tx, import_, found.slot)
    tx.emit(UndoWanted(account=viewer.id, import_=import_))


def take_back(tx: Tx, event: UndoWanted) -> None:
    """Handler: the next of what an import brought goes, for good. Who did something with it is told
    of that, and nobody else: nobody was told that it came.

    Emits: PostDeleted for each, UndoWanted while there are more
    """
    ids = brought.of(tx, event.account, event.import_, SLICE)
    for id_ in ids:
        try:
            post = queries.any_post(tx, id_)
        except WhimbrelError:  # an account that is going, which takes them along
            return
        forget(tx, msgspec.structs.replace(post, visibility=Visibility.DIRECT))
        _count_in(tx, post, -1)
    if len(ids) == SLICE:
        tx.emit(event)
    else:
        brought.unmark(tx, event.import_)
        imports.remove(tx, event.import_)
