"""Finding over HTTP as apps meet it: shapes, who may, and paging by Link."""

import asyncio
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

sys.path.insert(0, str(Path(__file__).parents[1] / "accounts"))  # importmode=importlib adds none

import front

import people
from whimbrel.accounts import serialize, tokens
from whimbrel.accounts.tables import accounts
from whimbrel.discovery import api, trends
from whimbrel.posts import links as cards
from whimbrel.posts import marks
from whimbrel.posts.publish import publish
from whimbrel.posts.rules import Draft, Mark, Preview
from whimbrel.posts.tables import tag_follows

STAFF = "read write follow admin:read admin:write"


class Client:
    """Everybody's app, on one loop."""

    def __init__(self, db, folder):
        self.db = db
        self.front = front.Front(front.app_of(db, folder, rate_limits=False), api.ROUTES)
        self.viewers = {}

    def person(self, name, scopes="read write follow", **columns):
        """A fresh person's token."""

        def make(tx):
            viewer = self.viewers[name] = people.make(tx, name, **columns)
            return tokens.issue(tx, viewer.account, scopes)

        return self.db.write_sync(make)

    def ask(self, method, path, token=None, **more):
        headers = {"authorization": f"Bearer {token}"} if token else {}

        async def asked():
            return await self.front.client.request(method, path, headers=headers, **more)

        return self.runner.run(asked())


@pytest.fixture
def client(db, tmp_path):
    serialize.forget_rendered()
    made = Client(db, tmp_path)
    with asyncio.Runner() as made.runner:
        yield made


def test_followed_tags_page_by_link(client, clock):
    """Whatever the size of a page and the time of each follow, an app that walks the Link header
    down and up again sees every tag once, in order."""
    ada = client.person("ada")

    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(waits=st.lists(st.integers(0, 3), max_size=9), limit=st.integers(1, 4))
    def walk(waits, limit):
        client.db.write_sync(lambda tx: tx.run(delete(tag_follows)))
        for at, wait in enumerate(waits):
            clock.step(milliseconds=wait)
            assert client.ask("POST", f"/api/v1/tags/t{at}x/follow", ada).json()["following"]
        everything = client.ask("GET", "/api/v1/followed_tags", ada).json()
        assert sorted(tag["name"] for tag in everything) == [f"t{at}x" for at in range(len(waits))]
        pages, path = [], f"/api/v1/followed_tags?limit={limit}"
        while path:
            page = client.ask("GET", path, ada)
            assert len(page.json()) <= limit
            pages += [page] if page.json() else []
            path = page.links["next"]["url"] if "next" in page.links else None
        assert [tag for page in pages for tag in page.json()] == everything
        up = pages[-1].json() if pages else []
        path = pages[-1].links["prev"]["url"] if pages else None
        while path:
            page = client.ask("GET", path, ada)
            up = page.json() + up
            path = page.links["prev"]["url"] if "prev" in page.links else None
        assert up == everything

    walk()


def test_a_tag_is_whole(client):
    """Strict decoders refuse a tag without its history, and one that is a number."""
    ada = client.person("ada")
    tag = client.ask("GET", "/api/v1/tags/Unheard").json()
    assert set(tag) == {"id", "name", "url", "history"}
    assert (tag["name"], tag["url"]) == ("unheard", "https://social.example/tags/unheard")
    assert len(tag["history"]) == 7
    assert all(type(value) is str for day in tag["history"] for value in day.values())
    assert client.ask("GET", "/api/v1/tags/unheard", ada).json() == {
        **tag,
        "following": False,
        "featuring": False,
    }
    assert client.ask("GET", "/api/v1/tags/two%20words").status_code == 404
    assert client.ask("POST", "/api/v1/tags/eel/follow").status_code == 401
    made = client.ask("POST", "/api/v1/tags/eel/feature", ada).json()
    assert made["featuring"] is True
    assert client.ask("POST", "/api/v1/tags/eel/unfeature", ada).json()["featuring"] is False


def test_featured_tags(client):
    """Counts are text, as Mastodon has them; the list is there for everybody."""
    ada = client.person("ada")
    made = client.ask("POST", "/api/v1/featured_tags", ada, data={"name": "eel"}).json()
    assert made == {
        "id": made["id"],
        "name": "eel",
        "url": "https://social.example/tags/eel",
        "statuses_count": "0",
        "last_status_at": None,
    }
    path = f"/api/v1/accounts/{client.viewers['ada'].id}/featured_tags"
    assert client.ask("GET", path).json() == [made]
    assert client.ask("GET", "/api/v1/featured_tags", ada).json() == [made]
    assert client.ask("GET", "/api/v1/featured_tags/suggestions", ada).json() == []
    assert client.ask("POST", "/api/v1/featured_tags", ada, data={}).status_code == 422
    assert client.ask("DELETE", f"/api/v1/featured_tags/{made['id']}", ada).json() == {}
    assert client.ask("DELETE", f"/api/v1/featured_tags/{made['id']}", ada).status_code == 404


def test_suggestions_and_the_directory(client):
    """Both forms of a suggestion; offsets that are nonsense find nothing."""
    ada, bob = client.person("ada"), client.person("bob")
    client.person("cat")
    everybody = client.ask("GET", "/api/v1/directory?order=new").json()
    assert sorted(each["username"] for each in everybody) == ["ada", "bob", "cat"]
    assert client.ask("GET", "/api/v1/directory?order=new&offset=99999999", ada).json() == []
    assert client.ask("GET", "/api/v2/suggestions", ada).json() == []
    assert client.ask("GET", "/api/v2/suggestions").status_code == 401
    assert client.ask("GET", "/api/v1/suggestions", bob).json() == []
    path = f"/api/v1/suggestions/{client.viewers['cat'].id}"
    assert client.ask("DELETE", path, ada).json() == {}
    assert client.ask("DELETE", "/api/v1/suggestions/5", ada).status_code == 404


@pytest.fixture
def trending(client):
    """A tag and a post that trend; the post's id."""
    for at in range(4):
        client.person(f"c{at}")

    def act(tx):
        crowd = [client.viewers[f"c{at}"] for at in range(4)]
        ids = [publish(tx, who, Draft(text="#eel")).id for who in crowd]
        for who in crowd:
            marks.mark(tx, who, ids[0], Mark.FAVOURITE)
        trends.start(tx)
        trends.tick(tx, tx.emitted[-1])
        return str(ids[0])

    return client.db.write_sync(act)


def test_trends_are_reviewed(client, trending):
    """A moderator sees everything that trends and lets it pass; until then nobody else does."""
    mod = client.person("mod", STAFF, role="moderator")
    plain = client.person("plain", STAFF)
    admin = "/api/v1/admin/trends"
    for path in ("/api/v1/trends", "/api/v1/trends/tags", "/api/v1/trends/statuses"):
        assert client.ask("GET", path).json() == []
    (tag,) = client.ask("GET", f"{admin}/tags", mod).json()
    assert (tag["name"], tag["requires_review"], tag["trendable"]) == ("eel", True, False)
    (status,) = client.ask("GET", f"{admin}/statuses", mod).json()
    assert (status["id"], status["requires_review"]) == (trending, True)
    for kind in ("tags", "statuses", "links"):
        assert client.ask("GET", f"{admin}/{kind}", plain).status_code == 403
    assert client.ask("POST", f"{admin}/tags/eel/approve", plain).status_code == 403
    tag = client.ask("POST", f"{admin}/tags/eel/approve", mod).json()
    assert (tag["requires_review"], tag["trendable"]) == (False, True)
    assert client.ask("POST", f"{admin}/statuses/{trending}/approve", mod).status_code == 200
    assert [each["name"] for each in client.ask("GET", "/api/v1/trends").json()] == ["eel"]
    assert [each["id"] for each in client.ask("GET", "/api/v1/trends/statuses").json()] == [
        trending
    ]
    assert client.ask("GET", "/api/v1/trends/statuses?offset=1", mod).json() == []
    assert client.ask("POST", f"{admin}/tags/eel/reject", mod).status_code == 200
    assert client.ask("POST", f"{admin}/statuses/{trending}/reject", mod).status_code == 200
    assert client.ask("GET", "/api/v1/trends").json() == []
    assert client.ask("GET", "/api/v1/trends/statuses").json() == []
    assert client.ask("POST", f"{admin}/tags/never/approve", mod).status_code == 404


def test_tags_are_closed_and_hidden(client, clock):
    """The list pages by Link; what an app sends as a form or as JSON is said of the tag, and its
    answer is whole."""
    mod, ada = client.person("mod", STAFF, role="moderator"), client.person("ada", STAFF)
    for word in ("eel", "cod", "ray"):
        clock.step(milliseconds=2)
        post = Draft(text=f"#{word}")
        client.db.write_sync(lambda tx, post=post: publish(tx, client.viewers["ada"], post))
    admin = "/api/v1/admin/tags"
    assert _walked(client, f"{admin}?limit=2", mod) == [["ray", "cod"], ["eel"]]
    for method, path in (("GET", admin), ("GET", f"{admin}/eel"), ("PUT", f"{admin}/eel")):
        assert client.ask(method, path, ada).status_code == 403
        assert client.ask(method, path).status_code == 401
    said = {"display_name": "EEL", "trendable": "true", "usable": "0", "listable": ""}
    tag = client.ask("PUT", f"{admin}/Eel", mod, data=said).json()
    assert {key: tag[key] for key in ("id", "name", "url")} == {
        "id": "eel",
        "name": "EEL",
        "url": "https://social.example/tags/eel",
    }
    flags = ("trendable", "usable", "listable", "requires_review")
    assert [tag[key] for key in flags] == [True, False, True, False]
    assert client.ask("PUT", f"{admin}/eel", mod, json={"usable": True}).json()["usable"] is True
    assert client.ask("GET", f"{admin}/eel", mod).json() == tag | {"usable": True}
    assert client.ask("GET", f"{admin}/nothing", mod).status_code == 404
    assert client.ask("PUT", f"{admin}/cod", mod, json={"usable": "maybe"}).status_code == 422


def test_a_trend_hides_what_became_hidden(client, trending):
    """Between two counts an author is suspended, or blocks the reader."""
    mod = client.person("mod", STAFF, role="moderator")
    client.ask("POST", f"/api/v1/admin/trends/statuses/{trending}/approve", mod)
    author = client.viewers["c0"].id
    client.db.write_sync(
        lambda tx: tx.run(update(accounts).where(accounts.c.id == author).values(suspended_at=1))
    )
    assert client.ask("GET", "/api/v1/trends/statuses").json() == []
    assert client.ask("GET", "/api/v1/admin/trends/statuses", mod).json() == []


def test_links_do_not_trend(client):
    """Empty rather than absent: apps show a tab of their own for it."""
    ada = client.person("ada")
    assert client.ask("GET", "/api/v1/trends/links").json() == []
    assert client.ask("GET", "/api/v1/timelines/link?url=https://x.example", ada).status_code == 404


def _walked(client, path, token, rel="next"):
    """The ids of every page from `path` on, by the Link of each."""
    ids = []
    while path:
        page = client.ask("GET", path, token)
        assert page.status_code == 200
        ids.append([each["id"] for each in page.json()])
        path = page.links[rel]["url"] if rel in page.links and page.json() else None
    return ids


def test_links_that_trend(client, clock):
    """Every key of a link's card with its history; its posts and the sites page by Link."""
    mod = client.person("mod", STAFF, role="moderator")
    crowd = [client.person(f"c{at}") for at in range(4)]
    page = "https://news{}.example/eel"
    for at in range(12):
        clock.step(milliseconds=2)

        def act(tx, at=at):
            url, who = page.format(at // 4), client.viewers[f"c{at % 4}"]
            post = publish(tx, who, Draft(text=f"look {url}")).id
            cards.put(tx, post, url, Preview(url=url, title="Eels"), None)

        client.db.write_sync(act)

    def count(tx):
        trends.start(tx)
        trends.tick(tx, tx.emitted[-1])

    client.db.write_sync(count)
    admin = "/api/v1/admin/trends/links"
    timeline = f"/api/v1/timelines/link?url={page.format(0)}"
    assert client.ask("GET", "/api/v1/trends/links").json() == []
    assert client.ask("GET", timeline, crowd[0]).status_code == 404
    for path in (admin, f"{admin}/publishers"):
        assert client.ask("GET", path, client.person(f"p{len(path)}", STAFF)).status_code == 403
    waiting = client.ask("GET", admin, mod).json()
    assert [each["requires_review"] for each in waiting] == [True] * 3
    (first,) = [each for each in waiting if each["url"] == page.format(0)]
    assert client.ask("POST", f"{admin}/{first['id']}/approve", mod).status_code == 200
    (shown,) = client.ask("GET", "/api/v1/trends/links").json()
    assert shown.keys() | {"id", "requires_review"} == first.keys()
    assert (shown["title"], shown["history"][0]["accounts"]) == ("Eels", "4")
    down = _walked(client, f"{timeline}&limit=1", crowd[0])
    assert [len(ids) for ids in down] == [1, 1, 1, 1, 0]
    last = down[3][0]
    up = _walked(client, f"{timeline}&limit=3&min_id={last}", crowd[0], "prev")
    assert up[0] == [id_ for (id_,) in down[:3]]
    sites = client.ask("GET", f"{admin}/publishers", mod).json()
    assert {each["domain"] for each in sites} == {f"news{at}.example" for at in range(3)}
    walked = _walked(client, f"{admin}/publishers?limit=2", mod)
    assert [id_ for ids in walked for id_ in ids] == [each["id"] for each in sites]
    site = next(each for each in sites if each["domain"] == "news1.example")
    said = client.ask("POST", f"{admin}/publishers/{site['id']}/approve", mod).json()
    assert (said["trendable"], said["requires_review"]) == (True, False)
    assert len(client.ask("GET", "/api/v1/trends/links").json()) == 2
    assert client.ask("POST", f"{admin}/publishers/{site['id']}/reject", mod).status_code == 200
    assert client.ask("POST", f"{admin}/{first['id']}/reject", mod).status_code == 200
    assert client.ask("GET", "/api/v1/trends/links").json() == []
