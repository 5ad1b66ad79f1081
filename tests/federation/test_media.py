"""Pictures of other servers: shown from here, fetched by whoever first looks, made anew, and gone
with the post or the person."""

import io
import json
from pathlib import Path

import browsing
import httpx
import pytest
from far import PEERS, Far, ask, far, keep_away, send
from PIL import Image
from test_notes import following, mention, post_of, uri

from whimbrel.admin.queries import file_kinds
from whimbrel.core.ids import millis
from whimbrel.core.sealed import plain_size
from whimbrel.media import away, links
from whimbrel.media import queries as media
from whimbrel.media.events import CopyLapses
from whimbrel.media.queries import away as referred
from whimbrel.moderation.tables import blocked_servers
from whimbrel.posts import serialize
from whimbrel.posts.history import versions
from whimbrel.posts.rules import Visibility


def png(side: int = 40) -> bytes:
    """A picture with words hidden in it."""
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGB", (side, side), "teal").save(out, "PNG", exif=exif)
    return out.getvalue()


def picture(peer: Far, name: str = "a.png", body: bytes | None = None, **more: object) -> dict:
    """An attachment, and the file where it says."""
    peer.documents[f"/{name}"] = (200, {"content-type": "text/html"}, body or png())
    return {"type": "Document", "mediaType": "image/png", "url": f"{peer.origin}/{name}", **more}


def path_of(url: str) -> str:
    return url.removeprefix(browsing.ORIGIN)


async def looked(site: browsing.Site, url: str, **headers: str) -> httpx.Response:
    """What a browser of anybody's gets there."""
    return await site.visitor(**headers).get(path_of(url))


async def test_pictures_are_shown_from_here_and_gone_with_the_post(tmp_path: Path, database: str):
    """Our people's browsers ask nobody else; what is hidden in a file stays away; and a deletion
    takes the copy, its key and its address along."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await following(site, "ada", peer)
        one = picture(
            peer,
            name="a.png",
            blurhash="UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH",
            focalPoint=[0.5, -7],
            width=400,
            height=200,
        )
        one["name"] = "<b>a cat</b>"
        two = picture(peer, "b.png")
        note = peer.note(
            content="",
            sensitive=True,
            attachment=[one, two, {"type": "Link", "href": "https://e.example/x"}],
        )
        await send(site, peer.act("Create", note))
        post = await post_of(site, note["id"])
        assert post.sensitive
        assert post.media_count == 2
        shown = (await ada.get(f"/api/v1/statuses/{post.id}")).json()["media_attachments"]
        assert shown[0]["description"] == "<b>a cat</b>"
        assert shown[0]["blurhash"] == one["blurhash"]
        assert shown[0]["meta"]["focus"] == {"x": 0.5, "y": -1.0}
        assert shown[0]["meta"]["original"]["width"] == 400
        page = (await ada.get("/home")).text
        assert path_of(shown[0]["preview_url"]) in page
        assert peer.host not in page.replace(f"@eve@{peer.host}:{peer.port}", "")
        assert peer.times("/a.png") == 0
        urls = [shown[0]["url"], shown[0]["preview_url"]]
        for url in urls:
            answer = await looked(site, url)
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("image/")
            assert b"taken at home" not in answer.content
            assert "immutable" in answer.headers["cache-control"]
        assert peer.times("/a.png") == 1
        assert peer.times("/b.png") == 0
        (row, other) = (await site.app.db.read(media.of_posts, [post.id]))[post.id]
        stored = [each async for each in site.app.store.list()]
        assert {each.key for each in stored} >= {file.object for file in row.files}
        # Edited: what stays keeps its address, what is named no more is gone.
        edit = {**note, "attachment": [{**one, "name": "a dog"}], "updated": "2100-01-01T00:00:00Z"}
        await send(site, peer.act("Update", edit))
        again = (await ada.get(f"/api/v1/statuses/{post.id}")).json()["media_attachments"]
        assert [(each["url"], each["description"]) for each in again] == [(urls[0], "a dog")]
        assert (await looked(site, shown[1]["url"])).status_code == 404
        assert not site.app.db.keyring.alive(other.slot)
        await send(site, peer.act("Delete", note["id"]))
        assert (await looked(site, urls[0])).status_code == 404
        assert not site.app.db.keyring.alive(row.slot)
        assert [each async for each in site.app.store.list()] == []
        assert peer.times("/b.png") == 0


async def test_faces_and_emojis_of_others(tmp_path: Path, database: str):
    """Somebody looks like themselves here, words show the pictures that they mean there and none of
    ours; who changes their face loses the old one, and who leaves all."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        for name in ("face", "head", "cat", "new"):
            picture(peer, f"{name}.png")
        emoji = {
            "type": "Emoji",
            "name": ":cat:",
            "icon": {"type": "Image", "url": f"{peer.origin}/cat.png"},
        }
        icon = {"type": "Image", "url": f"{peer.origin}/face.png"}
        image = {"type": "Image", "url": f"{peer.origin}/head.png"}
        unused = {**emoji, "name": ":dog:"}
        peer.person(name="Eve :cat:", icon=icon, image=image, tag=[emoji, unused])
        ada = await following(site, "ada", peer)
        note = peer.note(
            content="<p>:cat: :dog: :fox:</p>", tag=[emoji], cc=[f"{peer.eve}/followers"]
        )
        await send(site, peer.act("Create", note))
        post = await post_of(site, note["id"])
        status = (await ada.get(f"/api/v1/statuses/{post.id}")).json()
        (mine,) = status["emojis"]
        assert mine["shortcode"] == "cat"
        assert [each["url"] for each in status["account"]["emojis"]] == [mine["url"]]
        eve = status["account"]
        for url in (eve["avatar"], eve["header"], mine["url"]):
            assert url.startswith(f"{browsing.ORIGIN}/media/")
            assert (await looked(site, url)).headers["content-type"].startswith("image/")
        assert 'alt=":cat:"' in (await ada.get("/home")).text
        assert peer.times("/cat.png") == 1
        edit = {**note, "content": "<p>no more</p>", "updated": "2100-01-01T00:00:00Z"}
        await send(site, peer.act("Update", edit, 7))
        before, now = await site.app.db.read(versions, ada.viewer, post.id)
        assert [each["url"] for each in before["emojis"]] == [mine["url"]]
        assert now["emojis"] == []
        peer.person(name="Eve", icon={**icon, "url": f"{peer.origin}/new.png"})
        await send(site, peer.act("Update", peer.documents["/users/eve"]))
        again = (await ada.get(f"/api/v1/accounts/{eve['id']}")).json()
        assert again["avatar"] != eve["avatar"]
        assert again["header"].endswith("missing.png")
        assert (await looked(site, eve["avatar"])).status_code == 404
        assert (await looked(site, again["avatar"])).status_code == 200
        assert peer.times("/new.png") == 1
        gone = {**peer.act("Delete", peer.eve), "id": f"{peer.eve}#delete"}
        await send(site, gone)
        await site.settle()
        for url in (again["avatar"], mine["url"]):
            assert (await looked(site, url)).status_code == 404


@pytest.mark.parametrize(
    "answer",
    [
        404,
        (200, {}, b"<html>no picture"),
        (200, {}, b"\x89PNG\r\n\x1a\n" + b"0" * 500),
        (302, {"location": "http://127.0.0.3:9/x.png"}, b""),
        (302, {"location": "/a.png"}, b""),
        (200, {}, b"\x89PNG\r\n\x1a\n" + b"0" * 3_000_000),
    ],
    ids=["missing", "page", "damaged", "inside", "loop", "large"],
)
async def test_what_cannot_be_had_is_grey(tmp_path: Path, database: str, answer: object):
    """No broken page, no error of ours, and a server that fails is left alone for a while."""
    more = {**PEERS, "remote_media_bytes": 2_000_000}
    async with browsing.site(tmp_path, database, **more) as site, far() as peer:
        await following(site, "ada", peer)
        note = peer.note(attachment=picture(peer))
        film = {"type": "Video", "mediaType": "video/mp4", "url": f"{peer.origin}/a.png"}
        note["attachment"] = [note["attachment"], film]
        peer.documents["/a.png"] = answer
        await send(site, peer.act("Create", note))
        post = await post_of(site, note["id"])
        still, moving = post.content.media
        first = await looked(site, still.url)
        assert (first.status_code, first.headers["content-type"]) == (200, "image/png")
        assert first.headers["cache-control"] == "private, no-store"
        asked = peer.times("/a.png")
        assert (await looked(site, still.preview_url)).status_code == 200
        assert peer.times("/a.png") == asked
        assert (await looked(site, moving.url)).status_code == 404
        assert (await looked(site, moving.preview_url)).status_code == 200
        assert [each async for each in site.app.store.list()] == []


async def test_the_proxy_is_for_what_is_kept_alone(tmp_path: Path, database: str):
    """Nobody names an address to it, nobody leads us to ask ourselves (CVE-2024-49363), and of a
    server whose files the staff rejects nothing is fetched."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await following(site, "ada", peer)
        ours = {"type": "Image", "url": f"{browsing.ORIGIN}/media/x/original"}
        note = peer.note(attachment=[picture(peer), ours], to=[uri(ada)], cc=[], tag=mention(ada))
        await send(site, peer.act("Create", note))
        post = await post_of(site, note["id"])
        (one,) = post.content.media
        token = one.url.split("/")[-2]
        for path in (f"/media/{token}/small2", f"/media/{token}/original?url={peer.origin}/a.png"):
            assert (await looked(site, path)).status_code == 404
        assert (await looked(site, one.url)).status_code == 404  # for one reader alone
        gap = one.url.replace(f"/{token}/", f"/{token}/{links.gap(post.id)}/").encode()
        now = millis(site.app.db.env.clock())
        url = links.filled(site.app.db.keyring, gap, ada.viewer.id, now).decode()
        looped = await looked(site, url, via="1.1 social.example")
        assert looped.headers["cache-control"] == "private, no-store"
        assert peer.times("/a.png") == 0
        real = await looked(site, url)
        assert real.headers["cache-control"] == "private, no-store"  # for a few: nobody keeps it
        assert peer.times("/a.png") == 1
        block = {"id": 1, "domain": peer.host, "severity": "noop", "reject_media": True, "slot": 0}
        await site.app.db.write(lambda tx: tx.run(blocked_servers.insert().values(**block)))
        await send(site, peer.act("Create", peer.note("2", attachment=picture(peer)), 2))
        assert (await post_of(site, f"{peer.eve}/notes/2")).content.media == ()


async def test_copies_are_few_and_not_for_ever(tmp_path: Path, database: str):
    """A disk has an end: old copies go first and after their days, and are fetched when wanted."""
    async with (
        browsing.site(tmp_path, database, **PEERS, remote_media_room=500) as site,
        far() as peer,
    ):
        await following(site, "ada", peer)
        note = peer.note(attachment=[picture(peer, f"{name}.png") for name in "abc"])
        await send(site, peer.act("Create", note))
        shown = (await post_of(site, note["id"])).content.media
        for each in shown:
            assert (await looked(site, each.url)).status_code == 200
        await site.settle()
        stored = [each async for each in site.app.store.list()]
        held = sum(plain_size(each.size) for each in stored)
        assert 0 < held <= 500
        (kind,) = await site.app.db.read(file_kinds)
        assert (kind.purpose, kind.many, kind.size) == ("copy", len(stored), held)
        assert (await looked(site, shown[0].url)).headers["content-type"] == "image/png"
        assert peer.times("/a.png") == 2
        id_ = int(shown[0].id)

        def lapses(tx):
            now = tx.value(
                referred.media.select()
                .with_only_columns(referred.media.c.copied_at)
                .where(referred.media.c.id == id_)
            )
            away.lapse(tx, CopyLapses(media=id_, at=now - 1))
            kept = media.by_ids(tx, [id_])[id_].files[0].object
            away.lapse(tx, CopyLapses(media=id_, at=now))
            return kept, media.by_ids(tx, [id_])[id_].files[0].object

        kept, gone = await site.app.db.write(lapses)
        assert kept
        assert not gone
        assert (await looked(site, shown[0].url)).status_code == 200
        assert peer.times("/a.png") == 3


async def test_what_a_file_is_counts_for_more_than_what_was_told(tmp_path: Path, database: str):
    """Some say that a picture moves which does not, or say nothing of how large it is: the post is
    put right when somebody looked. A picture that was told to be a sound is none."""
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(out, "GIF")
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        await following(site, "ada", peer)
        kinds = ("image/gif", "image/webp", "audio/mpeg")
        given = [picture(peer, f"{at}.x", out.getvalue()) for at in range(3)]
        files = [{**each, "mediaType": kind} for each, kind in zip(given, kinds, strict=True)]
        note = peer.note(attachment=files)
        await send(site, peer.act("Create", note))
        told = (await post_of(site, note["id"])).content.media
        assert [each.type for each in told] == ["gifv", "image", "audio"]
        assert told[0].meta == {"focus": {"x": 0.0, "y": 0.0}}
        shown = [await looked(site, each.url) for each in told]
        assert [each.status_code for each in shown] == [200, 200, 404]
        await site.settle()
        post = await post_of(site, note["id"])
        again = post.content.media
        assert [each.type for each in again] == ["image", "image", "audio"]
        assert [each.url for each in again] == [each.url for each in told]
        assert again[0].meta["original"]["size"] == "60x40"
        assert post.edited_at is None


async def test_a_server_that_a_post_went_to_has_its_pictures(tmp_path: Path, database: str):
    """Followers elsewhere would see an empty frame; and whoever they pass the address on to would
    see what was meant for friends (D9)."""
    async with browsing.site(tmp_path, database, **PEERS) as site, far() as peer:
        ada = await site.person("ada")
        db, key = site.app.db, f"{peer.eve}#main-key"
        post = await ada.show(Visibility.PRIVATE)
        status = json.loads(await db.read(serialize.one, ada.viewer, post))
        url = status["media_attachments"][0]["url"]
        token, name = url.split("/")[-3], url.split("/")[-1]
        bare = f"/media/{token}/{name}"
        gap = f"/media/{token}/{links.gap(post)}/{name}".encode()

        def link(server: str, ago: int = 0) -> str:
            now = millis(db.env.clock()) - ago
            return links.filled(db.keyring, gap, server, now).decode()

        tries = [bare, link(peer.origin), link(peer.origin, 901_000)]
        for each in tries:  # nobody there follows her
            assert (await ask(site, each, key)).status_code == 404
        await send(site, peer.act("Follow", uri(ada)))
        for each in tries:
            assert (await ask(site, each, key)).headers["content-type"] == "image/png"
        assert [(await looked(site, each)).status_code for each in tries] == [404, 200, 404]
        assert (await looked(site, link("https://other.example"))).status_code == 404
        document = await ask(site, status["uri"], key)
        theirs = document.json()["attachment"][0]["url"]
        assert (await looked(site, theirs)).status_code == 200
        await db.write(lambda tx: keep_away(tx, peer.host, "suspend"))
        assert (await looked(site, link(peer.origin))).status_code == 404
