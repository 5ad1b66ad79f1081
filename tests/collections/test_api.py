"""Collections over HTTP: the shapes that apps decode, and the way through a long list."""

import asyncio
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "accounts"))  # importmode=importlib adds none

import front

import people
from whimbrel.accounts import serialize, tokens
from whimbrel.collections import api

ALL = "/api/v1/collections"


class Client:
    """Everybody's app, on one loop."""

    def __init__(self, db, folder):
        self.db = db
        self.front = front.Front(front.app_of(db, folder, rate_limits=False), api.ROUTES)
        self.ids = {}

    def person(self, name, scopes="read write"):
        def make(tx):
            viewer = people.make(tx, name)
            self.ids[name] = str(viewer.id)
            return tokens.issue(tx, viewer.account, scopes)

        return self.db.write_sync(make)

    def ask(self, method, path, token=None, **body):
        headers = {"authorization": f"Bearer {token}"} if token else {}

        async def asked():
            return await self.front.client.request(method, path, headers=headers, json=body or None)

        return self.runner.run(asked())


@pytest.fixture
def client(db, tmp_path):
    serialize.forget_rendered()
    made = Client(db, tmp_path)
    with asyncio.Runner() as made.runner:
        yield made


def test_a_collection_from_its_making_to_its_end(client):
    """Every operation of Mastodon 4.6, each answer wrapped as apps expect it."""
    ada, bob = client.person("ada"), client.person("bob")
    words = {"name": "Birders", "tag_name": "#birds", "discoverable": True}
    made = client.ask("POST", ALL, ada, **words, account_ids=[client.ids["bob"]]).json()
    assert set(made) == {"collection"}
    one = f"{ALL}/{made['collection']['id']}"
    shown = client.ask("GET", one).json()
    assert shown["collection"] == made["collection"]
    assert [each["id"] for each in shown["accounts"]] == [client.ids["ada"], client.ids["bob"]]
    assert shown["accounts"][1]["feature_approval"]["current_user"] == "automatic"
    for method in ("PATCH", "PUT"):
        said = client.ask(method, one, ada, description=method).json()["collection"]
        assert method in said["description"] and said["name"] == "Birders"
    client.person("cat")
    item = client.ask("POST", f"{one}/items", ada, account_id=client.ids["cat"]).json()
    assert set(item) == {"collection_item"}
    assert client.ask("POST", f"{one}/items", ada, account_id="x").status_code == 422
    path = f"{one}/items/{item['collection_item']['id']}"
    assert client.ask("DELETE", path, bob).status_code == 404
    assert client.ask("DELETE", path, ada).json() == {}
    mine = f"/api/v1/accounts/{client.ids['bob']}/in_collections"
    assert client.ask("GET", mine, ada).status_code == 404
    assert len(client.ask("GET", mine, bob).json()["collections"]) == 1
    path = f"{one}/items/{made['collection']['items'][0]['id']}/revoke"
    assert client.ask("POST", path, bob).json() == {}
    assert client.ask("GET", one).json()["collection"]["items"] == []
    assert client.ask("DELETE", one, ada).json() == {}
    assert client.ask("GET", one).status_code == 404


def test_lists_page_by_offset(client):
    """Whoever follows the links sees each once, down and up again."""
    ada = client.person("ada")
    for at in range(5):
        client.ask("POST", ALL, ada, name=f"n{at}", discoverable=True)
    path = f"/api/v1/accounts/{client.ids['ada']}/collections"
    whole = client.ask("GET", path).json()["collections"]
    assert len(whole) == 5
    seen, at = [], f"{path}?limit=2"
    while at:
        page = client.ask("GET", at, ada)
        seen += page.json()["collections"]
        links = {
            rel: url
            for url, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', page.headers.get("link", ""))
        }
        last, at = links, links.get("next", "").replace("https://social.example", "")
    assert seen == whole
    before = client.ask("GET", last["prev"].replace("https://social.example", ""), ada).json()
    assert before["collections"] == whole[2:4]


def test_narrow_tokens(client):
    """A token for reading writes nothing, and one for something else does not even read."""
    reads, other = client.person("ada", "read:collections"), client.person("bob", "read:lists")
    assert client.ask("POST", ALL, reads, name="x").status_code == 403
    path = f"/api/v1/accounts/{client.ids['ada']}/in_collections"
    assert client.ask("GET", path, reads).status_code == 200
    path = f"/api/v1/accounts/{client.ids['bob']}/in_collections"
    assert client.ask("GET", path, other).status_code == 403
