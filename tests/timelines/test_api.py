"""Timelines over HTTP: shapes, scopes, paging by Link, forms, what strangers get."""

import re

import pytest
import stories

from app import Client
from whimbrel.posts.events import PostPublished
from whimbrel.posts.rules import Mark, Visibility
from whimbrel.timelines import api, homes, lists, notify
from whimbrel.timelines.lists import ListForm


@pytest.fixture
def client(db, tmp_path):
    with Client(db, tmp_path, api.ROUTES, "ada", "bob") as made:
        made.do(stories.follow, made.people["bob"], made.people["ada"])
        yield made


def follow_link(client, answer, rel, name=""):
    """The page that a Link leads to."""
    found = re.search(rf'<https://social\.example([^>]+)>; rel="{rel}"', answer.headers["link"])
    return client.ask("GET", found[1], name)


def ids(answer):
    return [int(post["id"]) for post in answer.json()]


def test_a_first_home_is_made_on_the_spot(client):
    """Nobody is told to come back later (206)."""
    ada = client.people["ada"]
    posts = [client.do(stories.write, ada, f"post {n}") for n in range(25)]
    home = client.ask("GET", "/api/v1/timelines/home", "bob")
    assert ids(home) == posts[:4:-1]
    assert home.json()[0]["content"] == "<p>post 24</p>"
    assert home.json()[0]["favourited"] is False
    assert "no-store" in home.headers["cache-control"]
    assert ids(follow_link(client, home, "next", "bob")) == posts[4::-1]
    newer = client.ask("GET", f"/api/v1/timelines/home?min_id={posts[3]}&limit=2", "bob")
    assert ids(newer) == [posts[5], posts[4]]
    assert "limit=2" in newer.headers["link"]
    assert client.get(f"/api/v1/timelines/home?since_id={posts[-1]}", "bob") == []


@pytest.mark.parametrize(
    "path",
    [
        *("timelines/home", "timelines/list/1", "favourites", "bookmarks", "lists", "markers"),
        *("notifications", "notifications/1", "filters", "lists/1/accounts", "accounts/1/lists"),
    ],
)
def test_what_is_somebodys_own_needs_a_token(client, path):
    """401 without; 403 with a token for something else."""
    assert client.ask("GET", f"/api/v1/{path}").status_code == 401
    client.person("narrow", "read:accounts")
    assert client.ask("GET", f"/api/v1/{path}", "narrow").status_code == 403


def test_strangers_read_what_is_public(client):
    """Elk and Phanpy browse signed out; the viewer's own keys are left out, pages are shorter."""
    ada = client.people["ada"]
    posts = [client.do(stories.write, ada) for _ in range(30)]
    client.do(stories.write, ada, visibility=Visibility.PRIVATE)
    for path in ("timelines/public?local=true&limit=40", f"accounts/{ada.id}/statuses?limit=40"):
        page = client.ask("GET", f"/api/v1/{path}")
        assert ids(page) == posts[:-21:-1]
        assert "favourited" not in page.json()[0]
    assert client.get("/api/v1/timelines/public?remote=true", "ada") == []
    assert client.get("/api/v1/timelines/tag/Nothing%20here?any[]=a&all[]=b") == []
    assert client.ask("GET", "/api/v1/timelines/tag/%20").status_code == 422
    assert client.ask("GET", "/api/v1/accounts/77/statuses").status_code == 404
    assert client.ask("GET", "/api/v1/accounts/x/statuses?pinned=true").status_code == 404


def test_the_raw_handlers_answer_like_the_routes(client):
    """Two ways to the same page must not drift apart."""
    ada = client.people["ada"]
    for n in range(3):
        client.do(stories.write, ada, f"post {n}")
    for path, handler in api.HOT.items():
        slow = client.ask("GET", f"{path}?limit=2", "bob")
        fast = client.hot(handler, path, "bob", "limit=2")
        assert fast["status"] == 200
        assert fast["body"] == slow.content
        headers = {name.decode(): value.decode() for name, value in fast["headers"]}
        assert headers.get("link") == slow.headers.get("link")
        assert headers["cache-control"] == slow.headers["cache-control"]
        assert "x-ratelimit-limit" in headers


def test_lists_from_first_to_last(client):
    """As toot and Mastodon.py do it: forms, limit=0, DELETE with a body."""
    ada = client.people["ada"]
    post = client.do(stories.write, ada)
    made = client.ask("POST", "/api/v1/lists", "bob", data={"title": " friends "}).json()
    assert made == {
        "id": made["id"],
        "title": "friends",
        "replies_policy": "list",
        "exclusive": False,
    }
    path = f"/api/v1/lists/{made['id']}"
    assert client.ask("POST", "/api/v1/lists", "bob", data={"title": " "}).status_code == 422
    wrong = {"title": "x", "replies_policy": "sometimes"}
    assert client.ask("POST", "/api/v1/lists", "bob", json=wrong).status_code == 422
    changed = client.ask("PUT", path, "bob", json={"title": "kin", "exclusive": True}).json()
    assert (changed["title"], changed["exclusive"]) == ("kin", True)
    add = {"account_ids[]": [str(ada.id)]}
    assert client.ask("POST", f"{path}/accounts", "bob", data=add).json() == {}
    stranger = {"account_ids[]": [str(client.person("eve").id)]}
    assert client.ask("POST", f"{path}/accounts", "bob", data=stranger).status_code == 404
    for limit in ("", "?limit=0", "?limit=1"):
        assert [who["acct"] for who in client.get(f"{path}/accounts{limit}", "bob")] == ["ada"]
    assert client.get(f"/api/v1/accounts/{ada.id}/lists", "bob") == [changed]
    assert client.get("/api/v1/lists", "bob") == [changed]
    shown = client.ask("GET", f"/api/v1/timelines/list/{made['id']}", "bob")
    assert ids(shown) == [post]
    for method, at in (("GET", path), ("PUT", path), ("DELETE", path), ("GET", f"{path}/accounts")):
        assert client.ask(method, at, "ada").status_code == 404
    answer = client.ask("DELETE", f"{path}/accounts", "bob", json={"account_ids": [str(ada.id)]})
    assert answer.json() == {}
    assert client.get(f"{path}/accounts", "bob") == []
    assert client.ask("DELETE", path, "bob").json() == {}
    assert client.ask("GET", path, "bob").status_code == 404


def test_members_are_paged_by_link(client):
    """A list of hundreds comes in pages; every member once."""
    names = [f"reader{n}" for n in range(5)]
    bob = client.people["bob"]
    made = client.do(lists.create, bob, ListForm(title="many"))
    for name in names:
        client.do(stories.follow, bob, client.person(name))
    client.do(lists.add, bob, int(made.id), [client.people[name].id for name in names])
    page = client.ask("GET", f"/api/v1/lists/{made.id}/accounts?limit=2", "bob")
    seen = []
    while page.json():
        seen += [who["acct"] for who in page.json()]
        page = follow_link(client, page, "next", "bob")
    assert sorted(seen) == names


def test_markers_remember_and_refuse_nonsense(client):
    """Another device goes on where this one stopped; missing markers are {}."""
    assert client.get("/api/v1/markers?timeline[]=home", "bob") == {}
    moved = client.ask("POST", "/api/v1/markers", "bob", data={"home[last_read_id]": "12"}).json()
    assert moved["home"]["last_read_id"] == "12"
    assert moved["home"]["version"] == 1
    body = {"home": {"last_read_id": "13"}, "elsewhere": {"last_read_id": "1"}}
    assert client.ask("POST", "/api/v1/markers", "bob", json=body).json()["home"]["version"] == 2
    shown = client.get("/api/v1/markers?timeline[]=home&timeline[]=notifications", "bob")
    assert shown["home"]["last_read_id"] == "13"
    assert list(shown) == ["home"]
    nonsense = {"home": {"last_read_id": "x"}}
    assert client.ask("POST", "/api/v1/markers", "bob", json=nonsense).status_code == 422
    assert client.get("/api/v1/markers?timeline[]=home", "ada") == {}


def test_notifications_over_http(client, clock):
    """Read, narrowed down, counted, dismissed."""
    ada, bob = client.people["ada"], client.people["bob"]
    for _ in range(3):
        post = client.do(stories.write, ada, named=(bob,))
        clock.step(seconds=1)
        client.do(notify.tell_of_post, PostPublished(post=post, author=ada.id))
    page = client.ask("GET", "/api/v1/notifications?limit=2", "bob")
    newest = page.json()[0]
    assert newest["status"]["id"] == str(post)
    assert len(follow_link(client, page, "next", "bob").json()) == 1
    assert client.get("/api/v1/notifications?types[]=follow", "bob") == []
    assert client.get("/api/v1/notifications?exclude_types[]=mention", "bob") == []
    assert len(client.get(f"/api/v1/notifications?account_id={ada.id}", "bob")) == 3
    assert client.get("/api/v1/notifications?account_id=x", "bob") == []
    assert client.get("/api/v1/notifications/unread_count", "bob") == {"count": 3}
    one = f"/api/v1/notifications/{newest['id']}"
    assert client.get(one, "bob") == newest
    assert client.ask("POST", f"{one}/dismiss", "ada").status_code == 404
    assert client.ask("POST", f"{one}/dismiss", "bob").json() == {}
    assert client.ask("GET", one, "bob").status_code == 404
    assert client.ask("POST", "/api/v1/notifications/clear", "bob").json() == {}
    assert client.get("/api/v1/notifications", "bob") == []


def test_marks_are_paged_by_link(client):
    """The cursor is the mark's, not the post's: apps follow the Link blindly."""
    ada, bob = client.people["ada"], client.people["bob"]
    posts = [client.do(stories.write, ada) for _ in range(5)]
    for at in (3, 0, 4, 1, 2):
        client.do(stories.mark, bob, posts[at], Mark.BOOKMARK)
    page = client.ask("GET", "/api/v1/bookmarks?limit=2", "bob")
    assert page.json()[0]["bookmarked"] is True
    seen = []
    while page.json():
        seen += ids(page)
        page = follow_link(client, page, "next", "bob")
    assert seen == [posts[at] for at in (2, 1, 4, 0, 3)]
    assert client.get("/api/v1/favourites", "bob") == []


def test_a_visit_is_noted_once_a_day(client):
    """A home is given up after thirty days without its reader, so reading has to count."""
    for _ in range(2):
        client.get("/api/v1/timelines/home", "bob")
    state = client.do(lambda tx: homes.homes.state(tx, client.people["bob"].id, 0, 1))
    assert state == (True, False)
