"""Uploads from the stranger's file to sealed objects: what stays, what goes, and who waits."""

import asyncio
import io
import os
import shutil
import subprocess
import sys
from itertools import chain
from pathlib import Path

import media_samples as samples
import msgspec
import pytest
from PIL import Image

from whimbrel.core.db import open_db
from whimbrel.core.errors import Invalid, NotFound, TooMany, Unavailable
from whimbrel.core.http import clear_scratch
from whimbrel.core.keyring import SLOT, Shredded, Slot
from whimbrel.core.sealed import unseal_range
from whimbrel.media import attach, conversions, erase, queries, rules, upload
from whimbrel.media.events import FilesForgotten, UploadLapses
from whimbrel.media.process import sandbox


async def opened(house, row, file) -> bytes:
    """The plain bytes of a file, read back from the store."""
    slot = Slot(row.slot, row.author_slot, row.id, rules.column(file.variant))
    key = house.db.keyring.key(slot)
    pieces = unseal_range(key, slot.place, house.app.store, file.object, file.size)
    return b"".join([piece async for piece in pieces])


async def row_of(house, id_):
    row = await house.db.read(queries.own, house.account, id_)
    assert row
    return row


async def until_ready(house, id_):
    for _ in range(600):
        row = await row_of(house, id_)
        if row.state != "working":
            return row
        await asyncio.sleep(0.05)
    raise AssertionError("the conversion did not end")


def test_a_picture_is_stored_sealed_and_forgotten_whole(happens_everywhere, tmp_path):
    """What a thief of disks, buckets and backups finds must be noise; after erasing, for ever."""

    async def story(house):
        words = "the house with the red door"
        id_ = await house.send(samples.jpeg(), description=words, focus="0.1,-0.2")
        row = await row_of(house, id_)
        assert (row.state, row.kind, row.alt, row.focus) == ("ready", "image", words, (0.1, -0.2))
        assert [file.name for file in row.files] == ["original.jpg", "small.jpg"]
        assert len({file.token for file in row.files}) == 2
        plain = [await opened(house, row, file) for file in row.files]
        assert [len(data) for data in plain] == [file.size for file in row.files]
        assert Image.open(io.BytesIO(plain[0])).size == (160, 100)
        assert house.left_in_scratch() == []

        objects = {stored.key async for stored in house.app.store.list()}
        assert objects == {file.object for file in row.files}

        def forget(tx):
            erase.forget(tx, [id_])
            return list(tx.emitted)

        (event,) = await house.db.write(forget)
        assert isinstance(event, FilesForgotten)
        with pytest.raises(Shredded):
            await opened(house, row, row.files[0])
        for _ in range(2):  # an effect may happen twice
            await erase.delete_objects(house.app, event)
        assert [stored async for stored in house.app.store.list()] == []
        keyring = (tmp_path / "keyring.bin").read_bytes()
        assert keyring[row.slot * SLOT : (row.slot + 1) * SLOT] == bytes(SLOT)
        marks = [words.encode(), samples.CANARY, plain[0][200:260], plain[1][200:260]]
        bucket = [s3.folder] if (s3 := house.s3) else []
        for place in chain(*(folder.rglob("*") for folder in [tmp_path, *bucket])):
            if place.is_file():
                data = place.read_bytes()
                assert not any(mark in data for mark in marks), place

    happens_everywhere(story)


def test_nothing_of_the_uploaded_name_survives(happens, tmp_path):
    """Names of files tell names of people, dates and places."""

    async def story(house):
        row = await row_of(house, await house.send(samples.png()))
        shown = attach.attachment(house.app.instance, row)
        assert b"GPS" not in msgspec.json.encode(shown)
        assert {file.mime for file in row.files} <= {"image/png", "image/webp", "image/jpeg"}

    happens(story)
    assert not any(b"IMG_GPS" in p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())


def test_what_apps_are_told_of_a_picture(happens_once):
    """They lay pages out before anything is loaded: wrong sides make the page jump."""

    async def story(house):
        row = await row_of(house, await house.send(samples.jpeg(6, size=(900, 600))))
        meta = attach.attachment(house.app.instance, row)["meta"]
        assert meta["original"] == {
            "width": 600,
            "height": 900,
            "size": "600x900",
            "aspect": pytest.approx(2 / 3),
        }
        assert meta["small"]["width"] * meta["small"]["height"] <= 640 * 480
        assert meta["focus"] == {"x": 0.0, "y": 0.0}
        assert row.blurhash

    happens_once(story)


@pytest.mark.parametrize(("form", "codec"), [("mp4", "libx264"), ("mp3", None)])
def test_films_and_sounds_are_ready_later(happens_once, tmp_path, form, codec):
    """An app must not hang for a minute; it asks again until there is a file."""
    path = tmp_path / "film"
    samples.film(path, form, codec, "aac" if codec else "libmp3lame")
    data = path.read_bytes()
    path.unlink()

    async def story(house):
        id_ = await house.send(data)
        row = await row_of(house, id_)
        assert row.state == "working"
        assert attach.attachment(house.app.instance, row)["url"] is None
        row = await until_ready(house, id_)
        shown = attach.attachment(house.app.instance, row)
        assert shown["url"].endswith("/original.mp4" if codec else "/original.mp3")
        meta = shown["meta"]
        assert meta["length"].startswith("0:00:0")
        assert meta["original"]["duration"] == pytest.approx(1, abs=0.2)
        assert meta["original"]["bitrate"] > 0
        if codec:
            assert shown["type"] == "video"
            assert (meta["fps"], meta["size"]) == (25, "160x120")
            assert meta["original"]["frame_rate"] == "25/1"
            assert shown["preview_url"].endswith("/small.jpg")
        else:
            assert (shown["type"], shown["preview_url"]) == ("audio", None)
        for _ in range(200):  # it is ready a moment before its worker has cleared up
            if not house.left_in_scratch():
                break
            await asyncio.sleep(0.02)
        assert house.left_in_scratch() == []

    happens_once(story)


def test_a_moving_gif_becomes_a_silent_film(happens_once):
    async def story(house):
        row = await row_of(house, await house.send(samples.animated("GIF"), patience=60))
        assert (row.kind, row.files[0].mime) == ("gifv", "video/mp4")

    happens_once(story)


def test_a_sound_shows_the_picture_its_author_chose(happens_once, tmp_path):
    """Not the one that lay inside the file, with its own GPS."""
    path = tmp_path / "sound"
    samples.film(path, "mp3", None, "libmp3lame")

    async def story(house):
        cover = house.file(samples.jpeg())
        id_ = await house.send(path.read_bytes(), thumbnail=cover, patience=60)
        row = await row_of(house, id_)
        assert [file.name for file in row.files] == ["original.mp3", "small.jpg"]
        assert row.blurhash
        with pytest.raises(Invalid, match="thumbnail"):
            await house.send(samples.jpeg(), thumbnail=house.file(path.read_bytes()))

    happens_once(story)


def test_what_cannot_be_taken_is_told_and_leaves_nothing(happens):
    """A page called a picture, a film where a face should be, words beyond measure."""

    async def story(house):
        for data, more, said in (
            (b"<html>", {}, "Web pages"),
            (samples.jpeg()[:3000], {}, "damaged"),
            (samples.jpeg(), {"description": "x" * 1501}, "maximum is 1500"),
            (samples.jpeg(), {"focus": "here"}, "focus"),
            (b"ID3" + bytes(500), {"purpose": "avatar"}, "profile takes a picture"),
        ):
            with pytest.raises(Invalid, match=said):
                await house.send(data, **more)
        assert house.left_in_scratch() == []
        assert [stored async for stored in house.app.store.list()] == []

    happens(story)


def test_an_avatar_is_one_small_picture(happens):
    """Nobody may fetch the large original behind somebody's face."""

    async def story(house):
        for purpose, pixels in (("avatar", 400 * 400), ("header", 1500 * 500)):
            big = house.file(samples.jpeg(size=(2000, 1600)))
            token = await upload.picture(house.app, house.account, house.slot, big, purpose)
            served = await house.db.read(queries.served, token)
            assert served.name == purpose
            row = await row_of(house, served.media)
            assert len(row.files) == 1
            picture = Image.open(io.BytesIO(await opened(house, row, row.files[0])))
            assert 0.9 * pixels < picture.width * picture.height <= pixels
            await house.db.write(attach.wear, house.account, purpose, token)
            assert (await house.db.read(queries.served, token)).open

    happens(story)


def test_an_upload_erased_while_it_is_converted_leaves_nothing(happens):
    """Whoever changes their mind at once is obeyed at once."""

    async def story(house):
        id_ = await house.send(samples.jpeg(), patience=0)
        await house.db.write(erase.forget, [id_])
        (task,) = conversions.conversions(house.app)._tasks
        assert isinstance(await task, NotFound)
        assert [stored async for stored in house.app.store.list()] == []
        assert house.left_in_scratch() == []

    happens(story)


def test_two_at_a_time_and_so_many_of_one_person(happens_once, monkeypatch):
    """One person with a folder of films must not take the server from everybody else."""

    async def story(house):
        at_once, most = 0, 0
        real = upload.sandbox.process

        def counted(*args):
            nonlocal at_once, most

            class Counted:
                async def __aenter__(self):
                    nonlocal at_once, most
                    at_once += 1
                    most = max(most, at_once)
                    self.inner = real(*args)
                    return await self.inner.__aenter__()

                async def __aexit__(self, *error):
                    nonlocal at_once
                    at_once -= 1
                    return await self.inner.__aexit__(*error)

            return Counted()

        monkeypatch.setattr(upload.sandbox, "process", counted)
        data = samples.jpeg()
        ids = [await house.send(data, patience=0) for _ in range(conversions.OF_ONE)]
        with pytest.raises(TooMany):
            await house.send(data, patience=0)
        another = house.file(data)
        ids.append(await upload.receive(house.app, 1, house.slot, another, patience=0))
        running = conversions.conversions(house.app)
        await asyncio.gather(*running._tasks)
        rows = await house.db.read(queries.by_ids, ids)
        assert {row.state for row in rows.values()} == {"ready"}
        assert len(rows) == conversions.OF_ONE + 1
        assert most == conversions.AT_ONCE
        await house.send(data)  # there is room again
        assert house.left_in_scratch() == []

    happens_once(story)


def test_everybody_together_is_bounded(happens_once):
    """Each waiting upload holds its file on the disk."""

    async def story(house):
        running = conversions.conversions(house.app)
        for account in range(conversions.OF_ALL):
            running._unfinished[account] = 1
        with pytest.raises(TooMany), running.place(99):
            pass
        running._unfinished.clear()

    happens_once(story)


def test_a_server_that_stops_says_what_it_did_not_finish(happens):
    """The app asks again after the restart and is told, instead of waiting for ever."""

    async def story(house):
        id_ = await house.send(samples.jpeg(), patience=0)
        await asyncio.sleep(0.05)
        await conversions.stop(house.app)
        row = await row_of(house, id_)
        assert (row.state, row.error) == ("failed", rules.INTERRUPTED)
        assert house.left_in_scratch() == []

    happens(story)


KILLED = """
import asyncio, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
import conftest
from whimbrel.core.db import open_db
from whimbrel.core.settings import Instance, Settings
folder = Path(sys.argv[1])
db = open_db("", folder, Instance.of(Settings(domain="social.example")))
async def story(house):
    await house.send((folder / "film").read_bytes(), description="my street")
    print("sent", flush=True)
    await asyncio.sleep(60)
conftest.tell(story, db, folder)
"""


def test_a_server_killed_while_it_converts_keeps_nothing_plain(sqlite_template, tmp_path, instance):
    """D7: kill -9, start again: no raw film with its GPS lies about, and the app is told."""
    shutil.copy(sqlite_template, tmp_path / "whimbrel.db")
    samples.film(tmp_path / "film", "webm", "libvpx", None, size=(640, 480), seconds=4)
    paths = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
    command = [sys.executable, "-c", KILLED, str(tmp_path), *paths]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout.readline() == b"sent\n"
        server.kill()
    scratch = tmp_path / "scratch"
    assert list(scratch.glob("media-*/upload"))
    assert sandbox.sweep(scratch) >= 1
    clear_scratch(scratch)
    assert list(scratch.iterdir()) == []
    db = open_db("", tmp_path, instance)
    assert db.write_sync(erase.settle) == 1
    assert db.write_sync(erase.settle) == 0
    db.close()


def test_a_store_that_is_down_is_told_and_can_be_tried_again(happens_once, tmp_path):
    async def story(house):
        (tmp_path / "objects").write_bytes(b"a file where the folder should be")
        with pytest.raises(Unavailable):
            await house.send(samples.jpeg())
        (tmp_path / "objects").unlink()
        assert (await row_of(house, await house.send(samples.jpeg()))).state == "ready"

    happens_once(story)


def test_objects_nobody_recorded_are_swept(happens_everywhere, tmp_path):
    """A crash between storing and recording costs disk for ever, if nobody looks."""

    async def story(house):
        row = await row_of(house, await house.send(samples.jpeg()))
        orphan = tmp_path / "orphan"
        orphan.write_bytes(os.urandom(100))
        stored = await house.app.store.put(orphan)
        assert await erase.sweep_orphans(house.app, pause=0) == 1
        assert await erase.sweep_orphans(house.app, pause=0) == 0
        left = {stored.key async for stored in house.app.store.list()}
        assert left == {file.object for file in row.files}
        assert stored.key not in left

    happens_everywhere(story)


def test_each_upload_starts_the_clock_that_erases_it(tx, ada):
    row = upload.begin(tx, ada.account, tx.slot(), "post", "image", None, (0.0, 0.0))
    assert tx.emitted == [UploadLapses(media=row.id)]
    assert row.kept_until == tx.ms + 24 * 3_600_000


def test_addresses_share_nothing(happens_once):
    """From the address of the small one nobody may guess the large one, nor another's."""

    async def story(house):
        tokens = []
        for _ in range(3):
            row = await row_of(house, await house.send(samples.jpeg()))
            tokens += [file.token for file in row.files]
        assert len({token[:4] for token in tokens}) == 6
        assert all(len(token) == 22 for token in tokens)

    happens_once(story)
