"""All that is one's own as a file, and posts out of such a file, on a page."""

import io
import json
import zipfile

from browsing import Site, form_of

PATH = "/settings/archive"


def archive() -> bytes:
    """A post as Mastodon writes it."""
    said = {
        "id": "https://old.example/1",
        "type": "Note",
        "published": "2019-05-01T10:00:00Z",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "content": "<p>old words</p>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(
            "outbox.json", json.dumps({"orderedItems": [{"type": "Create", "object": said}]})
        )
    return out.getvalue()


def test_somebody_takes_all_along_and_brings_it_back_in(tell):
    """Nobody could leave, or come, without whoever runs the server."""

    async def story(site: Site) -> None:
        ada, bob = await site.person("ada"), await site.person("bob")
        files = {"data": ("archive.zip", archive(), "application/zip")}
        came = await ada.send(PATH, f"{PATH}/bring", files=files)
        assert came.headers["location"] == f"{PATH}#brought"
        assert "0 of 1 done." in (await ada.get(PATH)).text
        await site.settle()
        page = (await ada.get(PATH)).text
        assert "1 post, all done." in page
        shown = (await site.visitor().get("/@ada")).text
        assert "old words" in shown and "2019" in shown

        assert (await ada.get(f"{PATH}/file")).status_code == 404
        await ada.send(PATH, PATH)
        assert "It is being made." in (await ada.get(PATH)).text
        await site.settle()
        assert "/settings/archive/file" in (await ada.get(PATH)).text
        there = await ada.get(f"{PATH}/file")
        assert there.status_code == 303
        file = await ada.get(there.headers["location"])
        assert file.headers["content-type"] == "application/zip"
        with zipfile.ZipFile(io.BytesIO(file.content)) as taken:
            assert b"old words" in taken.read("outbox.json")
        assert (await bob.get(f"{PATH}/file")).status_code == 404
        word, name = there.headers["location"].rsplit("/", 3)[1::2]
        assert (await bob.get(f"/media/{word}/{name}")).status_code == 404

        back = page.partition(f'action="{PATH}/')[2].partition('/undo"')[0].rpartition("/")[2]
        token = form_of((await bob.get(PATH)).text, PATH)
        stolen = await bob.client.post(f"{PATH}/{back}/undo", data=token)
        assert stolen.status_code == 404
        await ada.send(PATH, f"{PATH}/{back}/undo")
        await site.settle()
        assert "old words" not in (await site.visitor().get("/@ada")).text
        assert (await ada.get(f"{PATH}/file")).status_code == 404  # it would say what was deleted

    tell(story)


def test_what_is_no_archive_is_said_at_its_field(tell):
    """Somebody would wait for what was never begun."""

    async def story(site: Site) -> None:
        ada = await site.person("ada")
        for files in ({"data": ("a.png", b"\x89PNG", "image/png")}, None):
            more = {"files": files} if files else {}
            wrong = await ada.send(PATH, f"{PATH}/bring", **more)
            assert wrong.status_code == 422 and 'id="e-data"' in wrong.text

    tell(story)
