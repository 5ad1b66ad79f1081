"""People over HTTP as apps meet them: shapes, scopes, paging, forms, what strangers may not see."""

import asyncio
import io
from typing import Any

import front
import pytest
from PIL import Image
from sqlalchemy import update

import people
from whimbrel.accounts import api, queries, serialize, tokens
from whimbrel.accounts.rules import Viewer
from whimbrel.accounts.tables import accounts
from whimbrel.core.db import Db
from whimbrel.core.objects import FolderStore
from whimbrel.discovery import tags
from whimbrel.media import conversions


class Client:
    """Everybody's app, on one loop."""

    def __init__(self, db: Db, folder: Any) -> None:
        self.db = db
        self.app = front.app_of(db, folder)
        self.app.store = FolderStore(folder / "objects")
        self.front = front.Front(self.app, api.ROUTES)
        self.ids: dict[str, str] = {}

    def person(self, name: str, scopes: str = "read write follow", **columns: Any) -> str:
        """A fresh person's token; `self.ids[name]` is the id as apps know it."""

        def make(tx: Any) -> tuple[int, str]:
            viewer = people.make(tx, name, **columns)
            return viewer.account, tokens.issue(tx, viewer.account, scopes)

        account, token = self.db.write_sync(make)
        self.ids[name] = str(account)
        return token

    def ask(self, method: str, path: str, token: str | None = None, **more: Any) -> Any:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        path = path.format(**self.ids) if path.startswith("/") else path

        async def asked() -> Any:
            return await self.front.client.request(method, path, headers=headers, **more)

        return self.runner.run(asked())


@pytest.fixture
def client(db, tmp_path):
    serialize.forget_rendered()
    made = Client(db, tmp_path)
    with asyncio.Runner() as made.runner:
        yield made
        made.runner.run(conversions.stop(made.app))


def test_anybody_may_read_an_account(client):
    """Elk and Phanpy browse without signing in."""
    client.person("ada")
    shown = client.ask("GET", "/api/v1/accounts/{ada}")
    assert shown.status_code == 200
    assert shown.json()["id"] == client.ids["ada"]
    assert client.ask("GET", "/api/v1/accounts/lookup?acct=@ada").json() == shown.json()
    for nobody in ("/api/v1/accounts/1", "/api/v1/accounts/x", "/api/v1/accounts/" + "9" * 30):
        assert client.ask("GET", nobody).status_code == 404
    assert client.ask("GET", "/api/v1/accounts/lookup?acct=nobody").status_code == 404
    assert client.ask("GET", "/api/v1/accounts/lookup").status_code == 404


def test_many_are_answered_in_the_order_asked(client):
    """And those that are no more are left out rather than refused."""
    ada = client.person("ada")
    client.person("bob")
    path = "/api/v1/accounts?id[]={bob}&id[]=7&id[]=x&id[]={ada}"
    assert [each["username"] for each in client.ask("GET", path, ada).json()] == ["bob", "ada"]
    assert client.ask("GET", "/api/v1/accounts", ada).json() == []
    assert client.ask("GET", path).status_code == 401


def test_followers_are_not_for_strangers(client):
    """A scraper walks from list to list; a signed-in one has a budget."""
    token = client.person("ada")
    for path in ("followers", "following"):
        assert client.ask("GET", f"/api/v1/accounts/{{ada}}/{path}").status_code == 401
        assert client.ask("GET", f"/api/v1/accounts/{{ada}}/{path}", token).json() == []


def test_followers_page_by_link(client, clock):
    """toot follows `next` blindly until there is none."""
    ada = client.person("ada")
    for at in range(5):
        clock.step(seconds=1)
        token = client.person(f"f{at}")
        client.ask("POST", "/api/v1/accounts/{ada}/follow", token)
    seen, path, pages = [], "/api/v1/accounts/{ada}/followers?limit=2", 0
    while path:
        page = client.ask("GET", path, ada)
        seen += [each["username"] for each in page.json()]
        path = page.links["next"]["url"] if "next" in page.links else None
        pages += 1
    assert seen == ["f4", "f3", "f2", "f1", "f0"]
    assert pages == 3
    back = client.ask("GET", page.links["prev"]["url"], ada).json()
    assert [each["username"] for each in back] == ["f2", "f1"]


def test_every_action_answers_how_the_two_stand(client):
    """The app paints its buttons from the answer."""
    ada = client.person("ada")
    client.person("bob")

    def act(what, **more):
        answer = client.ask("POST", f"/api/v1/accounts/{{bob}}/{what}", ada, **more)
        assert answer.status_code == 200, answer.text
        assert answer.json()["id"] == client.ids["bob"]
        return answer.json()

    assert act("follow")["following"]
    assert not act("follow", data={"reblogs": "false", "notify": "1"})["showing_reblogs"]
    assert act("follow", json={"languages": ["en"]})["languages"] == ["en"]
    assert act("note", json={"comment": "met in Leeds"})["note"] == "met in Leeds"
    muted = act("mute", data={"duration": "60", "notifications": "false"})
    assert (muted["muting"], muted["muting_notifications"]) == (True, False)
    assert [each["mute_expires_at"] for each in client.ask("GET", "/api/v1/mutes", ada).json()] == [
        "2026-11-25T12:01:00.000Z"
    ]
    assert not act("unmute")["muting"]
    assert not act("unfollow")["following"]
    assert act("block")["blocking"]
    blocked = client.ask("GET", "/api/v1/blocks", ada).json()
    assert [each["username"] for each in blocked] == ["bob"]
    assert client.ask("GET", "/api/v1/accounts/lookup?acct=bob", ada).status_code == 200
    assert client.ask("POST", "/api/v1/accounts/{bob}/follow", ada).status_code == 403
    assert not act("unblock")["blocking"]
    assert not act("remove_from_followers")["followed_by"]
    nobody = client.ask("POST", "/api/v1/accounts/12/follow", ada)
    assert (nobody.status_code, nobody.json()) == (404, {"error": "Record not found"})


def test_requests_are_answered_by_the_one_asked(client):
    """The id is that of the person, not of the request."""
    ada, shy = client.person("ada"), client.person("shy", locked=True)
    assert client.ask("POST", "/api/v1/accounts/{shy}/follow", ada).json()["requested"]
    source = client.ask("GET", "/api/v1/accounts/verify_credentials", shy).json()["source"]
    assert source["follow_requests_count"] == 1
    waiting = client.ask("GET", "/api/v1/follow_requests", shy).json()
    assert [each["username"] for each in waiting] == ["ada"]
    answer = client.ask("POST", "/api/v1/follow_requests/{ada}/authorize", shy).json()
    assert answer["followed_by"]
    assert client.ask("POST", "/api/v1/follow_requests/{ada}/reject", shy).status_code == 404
    found = client.ask("GET", "/api/v1/accounts/relationships?id[]={shy}&id[]=4", ada).json()
    assert [(each["id"], each["following"]) for each in found] == [(client.ids["shy"], True)]


def test_scopes_are_kept(client):
    """An app that may only read must not follow anybody."""
    narrow = client.person("ada", scopes="read:accounts")
    client.person("bob")
    assert client.ask("GET", "/api/v1/accounts/verify_credentials", narrow).status_code == 200
    for method, path in (
        ("POST", "/api/v1/accounts/{bob}/follow"),
        ("POST", "/api/v1/accounts/{bob}/block"),
        ("POST", "/api/v1/accounts/{bob}/mute"),
        ("POST", "/api/v1/accounts/{bob}/note"),
        ("POST", "/api/v1/follow_requests/{bob}/authorize"),
        ("GET", "/api/v1/accounts/relationships"),
        ("GET", "/api/v1/blocks"),
        ("GET", "/api/v1/mutes"),
        ("GET", "/api/v1/follow_requests"),
        ("PATCH", "/api/v1/accounts/update_credentials"),
    ):
        assert client.ask(method, path, narrow).status_code == 403, path
        assert client.ask(method, path).status_code == 401, path
    signing_in = client.person("eve", scopes="profile")
    assert client.ask("GET", "/api/v1/accounts/verify_credentials", signing_in).status_code == 200
    listing = client.person("zoe", scopes="read:lists")
    assert client.ask("GET", "/api/v1/accounts/verify_credentials", listing).status_code == 403


def test_a_profile_is_changed_by_form_as_by_json(client):
    """Tusky sends a form with an index map, Mastodon.py too, Phanpy JSON."""
    ada = client.person("ada")
    form = {
        "display_name": "Ada",
        "bot": "true",
        "fields_attributes[0][name]": "Site",
        "fields_attributes[0][value]": "https://a.example",
        "fields_attributes[1][name]": "",
        "source[privacy]": "unlisted",
        "source[language]": "en",
    }
    said = client.ask("PATCH", "/api/v1/accounts/update_credentials", ada, data=form).json()
    assert (said["display_name"], said["bot"]) == ("Ada", True)
    assert said["source"]["privacy"] == "unlisted"
    assert [field["name"] for field in said["fields"]] == ["Site"]
    rows = {"fields_attributes": [{"name": "Blog", "value": "b"}], "note": "hello", "locked": "0"}
    said = client.ask("PATCH", "/api/v1/accounts/update_credentials", ada, json=rows).json()
    assert [field["name"] for field in said["source"]["fields"]] == ["Blog"]
    assert said["note"] == "<p>hello</p>"
    assert said["display_name"] == "Ada"
    wrong = client.ask("PATCH", "/api/v1/profile", ada, json={"display_name": "x" * 31})
    assert wrong.status_code == 422
    assert wrong.json()["details"]["display_name"][0]["error"] == "ERR_TOO_LONG"
    assert wrong.json()["error"].startswith("Validation failed: Display name")
    written = client.ask("GET", "/api/v1/profile", ada).json()
    assert (written["note"], written["avatar"], written["featured_tags"]) == ("hello", None, [])
    client.db.write_sync(lambda tx: tags.feature(tx, Viewer(account=int(client.ids["ada"])), "eel"))
    for method in ("GET", "PUT"):
        (shown,) = client.ask(method, "/api/v1/profile", ada).json()["featured_tags"]
        assert (shown["name"], shown["statuses_count"]) == ("eel", "0")
    preferred = client.ask("GET", "/api/v1/preferences", ada).json()
    assert preferred["posting:default:visibility"] == "unlisted"
    assert preferred["posting:default:language"] == "en"


def test_a_language_nobody_set_is_that_of_the_pages(client):
    """Apps preselect it for a new post; in the profile it is shown as not set."""
    bob = client.person("bob")
    preferred = client.ask("GET", "/api/v1/preferences", bob).json()
    assert preferred["posting:default:language"] == "en"
    said = client.ask("GET", "/api/v1/accounts/verify_credentials", bob).json()
    assert said["source"]["language"] is None


def test_a_picture_is_put_on_and_taken_off(client):
    """And the one before does not stay behind in the store."""
    ada = client.person("ada")
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(picture, "png")
    files = {"avatar": ("me.png", picture.getvalue(), "image/png")}
    said = client.ask("PATCH", "/api/v1/accounts/update_credentials", ada, files=files)
    assert said.status_code == 200, said.text
    assert said.json()["avatar"].endswith("/avatar")
    assert said.json()["avatar_static"] == said.json()["avatar"]
    again = client.ask("PATCH", "/api/v1/accounts/update_credentials", ada, files=files).json()
    assert again["avatar"] != said.json()["avatar"]
    bare = client.ask("DELETE", "/api/v1/profile/avatar", ada).json()
    assert bare["avatar"].endswith("/avatars/original/missing.png")
    text = {"header": ("me.png", b"not a picture", "image/png")}
    refused = client.ask("PATCH", "/api/v1/accounts/update_credentials", ada, files=text)
    assert refused.status_code == 422


@pytest.mark.parametrize("path", [serialize.MISSING_AVATAR, serialize.MISSING_HEADER])
def test_the_missing_pictures_are_there(client, path):
    """A profile without a picture would show a broken one."""
    answer = client.ask("GET", path)
    assert answer.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).format == "PNG"


def test_search_and_familiar_followers(client):
    """Completion while typing a name; and who one knows among somebody's followers."""
    ada, bob = client.person("ada"), client.person("bob")
    client.person("eve")
    client.ask("POST", "/api/v1/accounts/{bob}/follow", ada)
    client.ask("POST", "/api/v1/accounts/{eve}/follow", bob)
    found = client.ask("GET", "/api/v1/accounts/search?q=bo&limit=1&resolve=true", ada).json()
    assert [each["username"] for each in found] == ["bob"]
    assert client.ask("GET", "/api/v1/accounts/search?q=ev&following=true", ada).json() == []
    address = "/api/v1/accounts/search?q=https://social.example/@eve&resolve=true"
    assert [each["username"] for each in client.ask("GET", address, ada).json()] == ["eve"]
    assert client.ask("GET", "/api/v1/accounts/search?q=bo").status_code == 401
    known = client.ask("GET", "/api/v1/accounts/familiar_followers?id[]={eve}", ada).json()
    assert [(each["id"], [a["username"] for a in each["accounts"]]) for each in known] == [
        (client.ids["eve"], ["bob"])
    ]


def test_a_suspended_account_is_shown_empty(client):
    """Apps show that somebody was suspended instead of an error."""
    client.person("eve", note="bad words")
    client.db.write_sync(
        lambda tx: tx.run(
            update(accounts).where(accounts.c.username == "eve").values(suspended_at=1)
        )
    )
    shown = client.ask("GET", "/api/v1/accounts/{eve}").json()
    assert (shown["suspended"], shown["note"]) == (True, "")
    assert client.db.write_sync(lambda tx: queries.by_handle(tx, "eve")).note == "bad words"
