"""Uploading as apps do: the statuses they wait for, the forms they send, whose files are whose."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import media_samples as samples
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "accounts"))

import front

import people
from whimbrel.accounts import tokens
from whimbrel.core.objects import FolderStore
from whimbrel.media import attach, conversions, queries, upload
from whimbrel.posts.api import media as doors

POST = 71


class Apps:
    """Everybody's apps, on one loop."""

    def __init__(self, db: Any, folder: Path) -> None:
        self.db, self.folder = db, folder
        self.app = front.app_of(db, folder)
        self.app.scratch = folder / "scratch"
        self.app.scratch.mkdir()
        self.app.store = FolderStore(folder / "objects")
        self.front = front.Front(self.app, doors.ROUTES)

    def person(self, name: str, scopes: str = "write:media") -> tuple[int, str]:
        """A fresh account and a token of theirs."""

        def make(tx: Any) -> tuple[int, str]:
            viewer = people.make(tx, name)
            return viewer.account, tokens.issue(tx, viewer.account, scopes)

        return self.db.write_sync(make)

    def ask(self, method: str, path: str, token: str | None = None, **more: Any) -> Any:
        headers = {"authorization": f"Bearer {token}"} if token else {}

        async def asked() -> Any:
            return await self.front.client.request(method, path, headers=headers, **more)

        return self.runner.run(asked())

    def send(self, token: str, data: bytes, version: int = 2, **form: str) -> Any:
        files = {"file": ("GPS 48.85N.jpg", data, "image/svg+xml")}
        return self.ask("POST", f"/api/v{version}/media", token, files=files, data=form)

    def converted(self) -> None:
        """Wait until nothing is being converted."""

        async def idle() -> None:
            await asyncio.gather(*conversions.conversions(self.app)._tasks)

        self.runner.run(idle())


@pytest.fixture
def apps(db, tmp_path):
    made = Apps(db, tmp_path)
    with asyncio.Runner() as made.runner:
        yield made
        made.runner.run(conversions.stop(made.app))


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("sound") / "sound"
    samples.film(path, "mp3", None, "libmp3lame")
    return path.read_bytes()


def test_a_picture_is_there_at_once(apps):
    """Most apps show it in the composer from the answer; the request's own file is gone."""
    _, token = apps.person("ada")
    answer = apps.send(token, samples.jpeg(), description=" A bird ", focus="0.5,-0.25")
    shown = answer.json()
    assert answer.status_code == 200
    assert answer.headers["x-ratelimit-limit"] == "30"
    assert "private" in answer.headers["cache-control"]
    assert (shown["type"], shown["description"]) == ("image", "A bird")
    assert shown["meta"]["focus"] == {"x": 0.5, "y": -0.25}
    assert shown["url"].startswith("https://social.example/media/")
    assert shown["preview_url"] != shown["url"]
    assert apps.ask("GET", f"/api/v1/media/{shown['id']}", token).json() == shown
    assert not [path for path in apps.app.scratch.rglob("*") if path.is_file()]


def test_a_sound_is_waited_for(apps, sound):
    """Tusky and toot poll: 202, 206 as long as it takes, then 200."""
    _, token = apps.person("ada")
    answer = apps.send(token, sound)
    shown = answer.json()
    assert (answer.status_code, shown["url"], shown["type"]) == (202, None, "audio")
    path = f"/api/v1/media/{shown['id']}"
    assert apps.ask("GET", path, token).status_code == 206
    assert apps.ask("PUT", path, token, data={"description": "A song"}).status_code == 206
    apps.converted()
    answer = apps.ask("GET", path, token)
    assert (answer.status_code, answer.json()["description"]) == (200, "A song")
    assert answer.json()["url"].endswith("/original.mp3")


def test_old_apps_get_it_in_one_request(apps, sound):
    """Elk still uses v1, which has no later."""
    _, token = apps.person("ada")
    answer = apps.send(token, sound, version=1)
    assert (answer.status_code, answer.json()["type"]) == (200, "audio")
    assert answer.json()["url"]


def test_what_will_never_be_ready_says_so(apps, sound):
    """An app that polls must come to an end."""
    _, token = apps.person("ada")
    for data in (samples.jpeg()[:3000], b"<html>", b""):
        answer = apps.send(token, data)
        assert answer.status_code == 422
        assert answer.json()["error"].endswith(".")
    cut = apps.send(token, b"ID3\x03\0\0\0\0\0\0" + b"\0" * 500)
    assert cut.status_code == 202
    apps.converted()
    answer = apps.ask("GET", f"/api/v1/media/{cut.json()['id']}", token)
    assert answer.status_code == 422
    assert answer.json()["error"]
    answer = apps.ask("POST", "/api/v2/media", token, data={"file": ""})
    assert (answer.status_code, "blank" in answer.json()["error"]) == (422, True)


def test_descriptions_come_afterwards(apps):
    """The picture uploads while its description is still being written; JSON or form."""
    _, token = apps.person("ada")
    path = f"/api/v1/media/{apps.send(token, samples.jpeg()).json()['id']}"
    shown = apps.ask("PUT", path, token, json={"description": "A bird", "focus": "1,1"}).json()
    assert (shown["description"], shown["meta"]["focus"]) == ("A bird", {"x": 1.0, "y": 1.0})
    shown = apps.ask("PUT", path, token, data={"description": "", "focus": ""}).json()
    assert (shown["description"], shown["meta"]["focus"]) == (None, {"x": 1.0, "y": 1.0})
    answer = apps.ask("PUT", path, token, json={"description": "x" * 1501})
    assert answer.status_code == 422
    assert apps.ask("PUT", path, token, json={"focus": "up"}).status_code == 422


def test_taking_back_what_no_post_has(apps):
    """The cross in the composer. On a post it is the post that has to go."""
    _, token = apps.person("ada")
    first, second = (apps.send(token, samples.jpeg()).json()["id"] for _ in range(2))
    apps.db.write_sync(lambda tx: attach.bind(tx, POST, [int(second)]))
    gone = apps.ask("DELETE", f"/api/v1/media/{first}", token)
    assert (gone.status_code, gone.json()) == (200, {})
    assert apps.ask("DELETE", f"/api/v1/media/{first}", token).status_code == 404
    assert apps.ask("DELETE", f"/api/v1/media/{second}", token).status_code == 422
    assert apps.ask("PUT", f"/api/v1/media/{second}", token, json={}).status_code == 404
    assert list(apps.db.write_sync(queries.of_posts, [POST])) == [POST]


def test_nobody_touches_anothers_uploads(apps):
    """D1, D2: an id is no secret; whoever guesses one learns not even that it exists."""
    _, ada = apps.person("ada")
    _, bob = apps.person("bob", "read write")
    id_ = apps.send(ada, samples.jpeg()).json()["id"]
    answers = [
        apps.ask(method, f"/api/v1/media/{name}", bob, **more)
        for name in (id_, "1", "nonsense", "9" * 30)
        for method, more in (("GET", {}), ("PUT", {"json": {"description": "x"}}), ("DELETE", {}))
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.json()["error"] for answer in answers} == {"Record not found"}
    _, reader = apps.person("eve", "read")
    assert apps.send(reader, samples.jpeg()).status_code == 403
    assert apps.ask("GET", f"/api/v1/media/{id_}").status_code == 401
    assert apps.ask("GET", f"/api/v1/media/{id_}", ada).status_code == 200


def test_a_profiles_picture_is_no_upload_of_a_post(apps):
    """Or deleting it through this door would leave a hole where a face was."""
    account, token = apps.person("ada")

    async def worn() -> int:
        folder = apps.folder / "sent"
        folder.write_bytes(samples.jpeg())
        sent = upload.Upload(folder, 1, "x", "x")
        slot = await apps.db.write(lambda tx: tx.slot())
        face = await upload.picture(apps.app, account, slot, sent, "avatar")
        return (await apps.db.read(queries.served, face)).media

    id_ = apps.runner.run(worn())
    assert apps.ask("DELETE", f"/api/v1/media/{id_}", token).status_code == 404


def test_thirty_uploads_in_half_an_hour(apps):
    """D4. Asking whether one is ready costs nothing of it, else polling would end the uploading."""
    _, token = apps.person("ada")
    statuses = [apps.send(token, b"nothing").status_code for _ in range(31)]
    assert statuses == [422] * 30 + [429]
    assert apps.ask("GET", "/api/v1/media/1", token).status_code == 404
