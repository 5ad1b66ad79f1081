"""Somebody takes all that is theirs along, and brings it to another server."""

import io
import json
import zipfile

import media_samples
import pytest
from houses import settle

import people
from whimbrel.core.errors import Conflict, Invalid, NotFound
from whimbrel.core.keyring import Shredded, Slot
from whimbrel.core.sealed import unseal_range
from whimbrel.exit import arrive, mastodon, takeout
from whimbrel.exit.events import ArchiveWanted, ArrivalWanted, UndoWanted
from whimbrel.exit.queries import brought, rows
from whimbrel.media import queries as uploads
from whimbrel.media.rules import column
from whimbrel.posts import delete, queries
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Visibility


def emitted(house, kind, fn, *args):
    """What an action emits of one kind; it is committed."""

    def act(tx):
        fn(tx, *args)
        return [event for event in tx.emitted if isinstance(event, kind)]

    found = house.write(act)
    assert len(found) == 1
    return found[0]


def archive_of(house, viewer):
    """The file that somebody gets."""
    event = emitted(house, ArchiveWanted, takeout.ask, viewer)

    async def story(app):
        await takeout.make(app, event)
        await takeout.make(app, event)  # an effect may happen twice
        row = (await app.db.read(uploads.by_ids, [event.media]))[event.media]
        (file,) = row.files
        slot = Slot(row.slot, row.author_slot, row.id, column("original"))
        key = app.db.keyring.key(slot)
        pieces = unseal_range(key, slot.place, app.store, file.object, file.size)
        return b"".join([piece async for piece in pieces])

    return house.tell(story)


def bring(house, viewer, path):
    """Bring an archive in, to its end."""

    async def story(app):
        await arrive.take_in(app, viewer, path)
        event = await app.db.read(newest, viewer)
        await arrive.bring(app, event)
        await arrive.bring(app, event)
        return event

    return house.tell(story)


def newest(tx, viewer):
    ((_, raw),) = [
        (task, raw) for task, raw in tx.rows(jobs()) if task.startswith("exit.arrive.bring")
    ][-1:]
    return tx._env.routes.decode(bytes(raw))


def jobs():
    from sqlalchemy import select

    from whimbrel.core.tables import jobs as table

    return select(table.c.task, table.c.event).order_by(table.c.id)


def test_an_archive_has_all_that_mastodon_s_has_and_more(house):
    """Viewers and importers that exist look for these files by these names."""
    here = house("here")
    ada, _, _, _ = here.write(settle)
    slot = here.write(rows.slots, [ada.id])[ada.id]
    picture = here.picture(ada.id, slot, media_samples.jpeg())
    here.write(publish, ada, Draft(text="look", media=(picture,)))
    with zipfile.ZipFile(io.BytesIO(archive_of(here, ada))) as found:
        assert found.testzip() is None
        names = set(found.namelist())
        outbox = json.loads(found.read("outbox.json"))
        assert json.loads(found.read("likes.json"))["orderedItems"]
        assert b"owes" not in b"".join(found.read(name) for name in names)
        said = [item["object"] for item in outbox["orderedItems"]]
        (path,) = [note["attachment"][0]["url"] for note in said if note["attachment"]]
        assert path.lstrip("/") in names
    assert {"actor.json", "outbox.json", "likes.json", "bookmarks.json"} <= names
    assert {"following_accounts.csv", "blocked_accounts.csv", "muted_accounts.csv"} <= names
    assert {"lists.csv", "bookmarks.csv", "blocked_domains.csv", "filters.csv"} <= names
    assert outbox["totalItems"] == len(said) == 4
    assert any("for friends" in note["content"] for note in said)
    assert not any("psst" in note["content"] for note in said)


def test_an_archive_is_its_owner_s_alone_and_goes_with_what_is_deleted(house, clock):
    """It holds every letter of somebody: a link that others could use would be worse than none."""
    here = house("here")
    ada, bob, first, _ = here.write(settle)
    with pytest.raises(NotFound):
        here.write(takeout.link, ada)
    archive_of(here, ada)
    there = here.write(takeout.link, ada)
    assert there.endswith("/archive.zip")
    with pytest.raises(NotFound):
        here.write(takeout.link, bob)
    with pytest.raises(Conflict):
        here.write(takeout.ask, ada)

    def gone(tx):
        delete.delete(tx, ada, first.id, True)
        for event in list(tx.emitted):
            if type(event).__name__ == "PostDeleted":
                takeout.drop_with_post(tx, event)
        return tx.shreds

    assert here.write(gone)
    with pytest.raises(NotFound):
        here.write(takeout.link, ada)
    with pytest.raises((Shredded, NotFound)):
        here.write(takeout.link, ada)


def note(number, **more):
    """A post as Mastodon writes it into an archive."""
    said = {
        "id": f"https://old.example/users/ada/statuses/{number}",
        "type": "Note",
        "summary": None,
        "inReplyTo": None,
        "published": f"2019-05-0{number}T10:00:00Z",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "cc": ["https://old.example/users/ada/followers"],
        "sensitive": False,
        "content": f"<p>old words {number} <script>alert(1)</script></p>",
        "contentMap": {"en": ""},
        "attachment": [],
        "tag": [{"type": "Hashtag", "name": "#birds", "href": "https://old.example/tags/birds"}],
        **more,
    }
    return {"type": "Create", "published": said["published"], "object": said}


def archive(path, items, **files):
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("outbox.json", json.dumps({"orderedItems": items}))
        for name, content in files.items():
            out.writestr(f"media_attachments/files/{name}", content)
    return path


def test_posts_come_with_their_dates_and_nobody_is_told(house, tmp_path):
    """Ten years of posts on the home pages of everybody at once would drive them away."""
    there = house("there")
    ada = there.write(people.make, "ada")
    attached = {"type": "Document", "url": "/media_attachments/files/a", "name": "a slope"}
    items = [
        note(2, inReplyTo="https://old.example/users/ada/statuses/1"),
        note(1, attachment=[attached]),
        note(3, to=["https://old.example/users/ada/followers"], cc=[]),
        note(4, type="Question", oneOf=[{"name": "yes", "replies": {"totalItems": 3}}]),
        note(5, content=7),
        {"type": "Announce", "object": "https://else.example/1"},
    ]
    path = archive(tmp_path / "archive.zip", items, a=media_samples.jpeg())
    event = bring(there, ada, path)
    post, answer, closed, asked = (
        there.write(queries.any_post, id_)
        for id_ in there.write(brought.of, ada.id, event.import_, 10)
    )
    assert post.at == 1556704800000 == post.id >> 16
    assert "old words 1" in post.content.html and "script" not in post.content.html
    assert post.content.media[0].description == "a slope" and post.app is not None
    assert answer.reply_to == post.id and answer.thread == post.id
    assert asked.content.options == ("yes",)
    assert closed.visibility is Visibility.DIRECT
    shown = there.write(arrive.carry.mine, ada)[0]
    assert (shown.total, shown.done, shown.missed, shown.going) == (5, 5, 1, False)
    tasks = {task for task, _ in there.write(lambda tx: tx.rows(jobs()))}
    assert not any("PostPublished" in task or "deliver" in task for task in tasks)
    assert there.write(uploads.by_ids, [event.media]) == {}

    back = emitted(there, UndoWanted, arrive.undo, ada, event.import_)
    told = there.write(lambda tx: (arrive.take_back(tx, back), list(tx.emitted))[1])
    assert [e.visibility for e in told if type(e).__name__ == "PostDeleted"] == [3] * 4
    assert there.write(brought.of, ada.id, event.import_, 10) == []
    assert there.write(arrive.carry.mine, ada) == []
    counted = there.write(rows.there, "accounts", (ada.id,))
    assert counted["statuses"] == 0
    assert isinstance(event, ArrivalWanted)
    assert there.write(rows.count, "apps") == 0


def test_one_s_own_archive_comes_back_in(house, tmp_path):
    """What we write we must be able to read."""
    here, there = house("here"), house("there")
    ada, _, first, _ = here.write(settle)
    (tmp_path / "archive.zip").write_bytes(archive_of(here, ada))
    again = there.write(people.make, "ada")
    bring(there, again, tmp_path / "archive.zip")
    event = bring(there, again, tmp_path / "archive.zip")
    ids = there.write(brought.of, again.id, event.import_, 10)
    assert ids == []  # the second time all of it is here
    (found,) = [
        post
        for id_ in there.write(brought.at, again.id, first.at)
        if "hello" in (post := there.write(queries.any_post, id_)).content.text
    ]
    assert found.at == first.at


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not an archive",
        b"PK\x03\x04 half of one",
        {"outbox.json": b"{}"},
        {"outbox.json": b'{"orderedItems":[]}'},
        {"outbox.json": b"[" * 100_000},
        {"other.json": b"{}"},
    ],
)
def test_what_is_no_archive_is_refused_and_leaves_nothing(house, tmp_path, content):
    """Strangers send whatever they like."""
    there = house("there")
    ada = there.write(people.make, "ada")
    path = tmp_path / "sent"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        with zipfile.ZipFile(path, "w") as out:
            for name, text in content.items():
                out.writestr(name, text)
    with pytest.raises(Invalid):
        there.tell(lambda app: arrive.take_in(app, ada, path))
    assert there.write(rows.count, "media") == 0


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    """A small file can say that it is a thousand times as big."""
    with zipfile.ZipFile(tmp_path / "a", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("outbox.json", b" " * 3_000_000)
    monkeypatch.setattr(mastodon, "OUTBOX", 1_000_000)
    with mastodon.Archive(tmp_path / "a") as found, pytest.raises(Invalid):
        found.posts()
