"""Statuses over HTTP as apps send and read them."""

import asyncio

import front
import pytest

import people
from whimbrel.accounts import serialize as faces
from whimbrel.accounts import tokens
from whimbrel.posts.api import ROUTES
from whimbrel.timelines.api import statuses as reading

STATUSES = "/api/v1/statuses"
POLL = {"options": ["tea", "milk"], "expires_in": "600", "multiple": "false"}


class Client:
    """Everybody's app."""

    def __init__(self, app, runner):
        self.app, self.runner = app, runner
        self.front = front.Front(app, [*ROUTES, *reading.ROUTES])

    def person(self, name, scopes="read write"):
        """A fresh person's token."""

        def make(tx):
            return tokens.issue(tx, people.make(tx, name).account, scopes)

        return self.app.db.write_sync(make)

    def ask(self, method, path, token=None, **more):
        headers = {"authorization": f"Bearer {token}"} if token else {}
        headers |= more.pop("headers", {})

        async def asked():
            return await self.front.client.request(method, path, headers=headers, **more)

        return self.runner.run(asked())

    def post(self, token, **body):
        """A fresh status."""
        answer = self.ask("POST", STATUSES, token, json={"status": "hello", **body})
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def client(db, tmp_path):
    faces.forget_rendered()
    with asyncio.Runner() as runner:
        yield Client(front.app_of(db, tmp_path, rate_limits=False), runner)


def test_writing_reading_editing_erasing(client):
    """The walk of every app."""
    ada = client.person("ada")
    status = client.post(ada, visibility="unlisted", spoiler_text="w", language="pt-BR")
    assert (status["visibility"], status["spoiler_text"], status["language"]) == (
        "unlisted",
        "w",
        "pt-BR",
    )
    assert status["application"]["name"]
    one = f"{STATUSES}/{status['id']}"
    read = client.ask("GET", one).json()
    assert not {"favourited", "filtered"} & set(read)
    assert client.ask("GET", f"{one}/source", ada).json() == {
        "id": status["id"],
        "text": "hello",
        "spoiler_text": "w",
    }
    edited = client.ask("PUT", one, ada, data={"status": "better"}).json()
    assert edited["edited_at"] and "better" in edited["content"]
    gone = client.ask("DELETE", one, ada)
    assert gone.json()["text"] == "better"
    assert client.ask("GET", one).status_code == 404


def test_forms_and_strange_json(client):
    """Mastodon.py sends "False" in JSON; forms nest as Rails does."""
    ada = client.person("ada")
    poll = {"poll[options][]": ["a", "b"], "poll[expires_in]": "600", "status": "?"}
    assert len(client.ask("POST", STATUSES, ada, data=poll).json()["poll"]["options"]) == 2
    assert client.post(ada, sensitive="False", poll=POLL)["sensitive"] is False
    assert client.ask("POST", STATUSES, ada, json={"status": " "}).status_code == 422
    for bad in ({"visibility": "loud"}, {"in_reply_to_id": "7"}, {"media_ids": ["x"]}):
        assert client.ask("POST", STATUSES, ada, json={"status": "x", **bad}).status_code in (
            404,
            422,
        )


def test_an_idempotency_key(client):
    """The answer to the retry is the first status."""
    ada = client.person("ada")
    key = {"idempotency-key": "k1"}
    first = client.ask("POST", STATUSES, ada, json={"status": "x"}, headers=key).json()
    again = client.ask("POST", STATUSES, ada, json={"status": "x"}, headers=key).json()
    assert first["id"] == again["id"]


@pytest.mark.parametrize(
    ("act", "key", "undo"),
    [
        ("favourite", "favourited", "unfavourite"),
        ("bookmark", "bookmarked", "unbookmark"),
        ("reblog", "reblogged", "unreblog"),
        ("mute", "muted", "unmute"),
        ("pin", "pinned", "unpin"),
    ],
)
def test_acts_answer_with_the_status(client, act, key, undo):
    """Apps paint the button from the answer."""
    ada = client.person("ada")
    id_ = client.post(ada)["id"]
    done = client.ask("POST", f"{STATUSES}/{id_}/{act}", ada).json()
    assert (done["reblog"] or done)[key] is True
    undone = client.ask("POST", f"{STATUSES}/{id_}/{undo}", ada).json()
    assert (undone["id"], undone[key]) == (id_, False)


def test_what_is_hidden_answers_as_what_is_absent(client):
    """Byte for byte, whatever is tried: an answer that differs tells that the post exists."""
    ada, eve = client.person("ada"), client.person("eve")
    secret = client.post(ada, visibility="private", poll=POLL)
    acts = (
        *("favourite", "unfavourite", "bookmark", "unbookmark", "reblog", "unreblog"),
        *("pin", "unpin", "mute", "unmute"),
    )
    tries = [("GET", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/source"), ("GET", "/context")]
    tries += [("GET", "/favourited_by"), ("GET", "/reblogged_by")]
    tries += [("POST", f"/{act}") for act in acts]
    for method, path in tries:
        body = {"json": {"status": "x"}} if method == "PUT" else {}
        hidden = client.ask(method, f"{STATUSES}/{secret['id']}{path}", eve, **body)
        absent = client.ask(method, f"{STATUSES}/12345{path}", eve, **body)
        nonsense = client.ask(method, f"{STATUSES}/nonsense{path}", eve, **body)
        answers = {(one.status_code, one.content) for one in (hidden, absent, nonsense)}
        assert len(answers) == 1, (method, path)
        assert hidden.status_code == 404
    for path in ("", "/votes"):
        method, more = ("POST", {"json": {"choices": [0]}}) if path else ("GET", {})
        answers = {
            (one.status_code, one.content)
            for one in (
                client.ask(method, f"/api/v1/polls/{id_}{path}", eve, **more)
                for id_ in (secret["poll"]["id"], "12345")
            )
        }
        assert len(answers) == 1
    several = f"{STATUSES}?id[]={secret['id']}&id[]=7"
    assert client.ask("GET", several, eve).json() == []


def test_who_liked_and_boosted(client):
    """Newest first; a boost for followers only is not told to others."""
    ada, bob, eve = (client.person(name) for name in ("ada", "bob", "eve"))
    id_ = client.post(ada)["id"]
    client.ask("POST", f"{STATUSES}/{id_}/favourite", bob)
    client.ask("POST", f"{STATUSES}/{id_}/reblog", bob, json={"visibility": "private"})
    client.ask("POST", f"{STATUSES}/{id_}/reblog", ada)
    liked = client.ask("GET", f"{STATUSES}/{id_}/favourited_by", eve)
    assert [one["acct"] for one in liked.json()] == ["bob"]
    assert 'rel="prev"' in liked.headers["link"]
    boosted = client.ask("GET", f"{STATUSES}/{id_}/reblogged_by", eve).json()
    assert [one["acct"] for one in boosted] == ["ada"]


def test_a_poll_by_itself(client):
    """Apps send choices as text or numbers."""
    ada, bob = client.person("ada"), client.person("bob")
    poll = client.post(ada, poll=POLL)["poll"]["id"]
    voted = client.ask("POST", f"/api/v1/polls/{poll}/votes", bob, json={"choices": ["1"]})
    assert voted.json()["own_votes"] == [1]
    read = client.ask("GET", f"/api/v1/polls/{poll}").json()
    assert read["votes_count"] == 1
    assert "own_votes" not in read
    for bad in (["x"], ["-1"], [], ["9"]):
        answer = client.ask("POST", f"/api/v1/polls/{poll}/votes", ada, json={"choices": bad})
        assert answer.status_code == 422


def test_a_conversation(client):
    """Strangers read it too."""
    ada = client.person("ada")
    root = client.post(ada)["id"]
    reply = client.post(ada, in_reply_to_id=root)["id"]
    context = client.ask("GET", f"{STATUSES}/{reply}/context").json()
    assert [one["id"] for one in context["ancestors"]] == [root]
    assert client.ask("GET", f"{STATUSES}/{root}/context").json()["descendants"][0]["id"] == reply


def test_scopes(client):
    """A token for reading must not write, one for writing must not read."""
    reader, writer = client.person("ada", "read"), client.person("bob", "write")
    id_ = client.post(writer)["id"]
    assert client.ask("POST", STATUSES, reader, json={"status": "x"}).status_code == 403
    assert client.ask("GET", f"{STATUSES}/{id_}", writer).status_code == 403
    assert client.ask("POST", STATUSES, json={"status": "x"}).status_code == 401
    assert client.ask("GET", f"{STATUSES}/{id_}", "wrong").status_code == 401
