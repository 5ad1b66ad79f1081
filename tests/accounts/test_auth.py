"""Who is let in by what they show, and what the answer says of their budget."""

import asyncio
from hashlib import sha256
from typing import Any

import front
import pytest
from litestar import get, post

import people
from whimbrel.accounts import auth, factors, in_use, sessions, tokens
from whimbrel.accounts.auth import access, access_page
from whimbrel.accounts.queries import entry, users
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.errors import Forbidden


@get("/public", opt=access(None))
async def public(viewer: Viewer) -> dict[str, Any]:
    return {"account": viewer.account}


@get("/lists", opt=access("read:lists"))
async def lists(viewer: Viewer) -> dict[str, Any]:
    return {"account": viewer.account, "token": viewer.token}


@get("/maybe", opt=access("read:lists", token="optional"))
async def maybe(viewer: Viewer) -> dict[str, Any]:
    return {"account": viewer.account}


@get("/waiting", opt=access("read:lists", unready=True))
async def waiting(viewer: Viewer) -> dict[str, Any]:
    return {"account": viewer.account}


@get("/for-app", opt=access(None, token="app"))
async def for_app(viewer: Viewer) -> dict[str, Any]:
    return {"app": viewer.app}


@get("/staff", opt=access("admin:read", needs=Permission.VIEW_DASHBOARD))
async def staff(viewer: Viewer) -> dict[str, Any]:
    return {"role": viewer.role}


@get("/home", opt=access_page(signed_in=True))
async def home(viewer: Viewer) -> dict[str, Any]:
    return {"account": viewer.account}


@get("/page", opt=access_page())
async def page(viewer: Viewer) -> dict[str, Any]:
    return {"account": viewer.account}


@post("/upload", opt=access("write:media", rate="media"), status_code=200)
async def upload(viewer: Viewer) -> dict[str, Any]:
    return {}


ROUTES = [public, lists, maybe, waiting, for_app, staff, home, page, upload]


class Somebody:
    """An account with a token and a session, on the doors above."""

    def __init__(self, db: Any, folder: Any, scopes: str = "read write") -> None:
        self.front = front.Front(front.app_of(db, folder), ROUTES)
        self.db = db

        def make(tx: Any) -> None:
            self.viewer = people.make(tx, "ada")
            self.token = tokens.issue(tx, self.viewer.id, scopes)
            self.cookie = sessions.begin(tx, self.viewer.id, "Firefox")

        db.write_sync(make)

    async def get(self, path: str, token: str | None = None, cookie: str | None = None) -> Any:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        if cookie is not None:
            headers["cookie"] = f"a=b; __Host-whimbrel={cookie}"
        return await self.front.client.get(path, headers=headers)

    def statuses(self, *asked: tuple[Any, ...]) -> list[int]:
        async def story() -> list[int]:
            codes = [(await self.get(*each)).status_code for each in asked]
            await asyncio.gather(*in_use._noting.values())
            return codes

        return asyncio.run(story())

    def change(self, **columns: Any) -> None:
        self.db.write_sync(lambda tx: users.change(tx, self.viewer.id, **columns))


@pytest.fixture
def ada(db, tmp_path) -> Somebody:
    return Somebody(db, tmp_path)


def test_a_wrong_token_is_refused_even_where_none_is_needed(ada):
    """An app must learn that it was signed out, not be shown the stranger's view."""
    assert ada.statuses(("/public",), ("/public", ada.token)) == [200, 200]
    assert ada.statuses(("/public", "whb_nonsense"), ("/public", "")) == [401, 401]
    assert ada.statuses(("/lists",), ("/lists", ada.token)) == [401, 200]


def test_tokens_are_stored_as_hashes(ada):
    """CVE class SE, D16: whoever copies the database holds no key to anything."""
    found = ada.db.write_sync(lambda tx: entry.token(tx, sha256(ada.token.encode()).digest()))
    assert found.account == ada.viewer.id
    assert ada.token.startswith("whb_")
    assert len(ada.token) >= 47
    assert ada.db.write_sync(lambda tx: entry.token(tx, ada.token.encode())) is None


def test_scopes_are_checked(db, tmp_path):
    """An app that asked for reading must not write, nor read another corner."""
    ada = Somebody(db, tmp_path, "read:statuses profile")
    assert ada.statuses(("/lists", ada.token), ("/maybe", ada.token)) == [403, 403]
    assert ada.statuses(("/maybe",), ("/public", ada.token)) == [200, 200]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"confirmed_at": None}, "Your login is missing a confirmed e-mail address"),
        ({"approved_at": None}, "Your login is currently pending approval"),
        ({"disabled_at": 1}, "Your login is currently disabled"),
    ],
)
def test_signed_in_means_confirmed_approved_and_not_disabled(ada, columns, said):
    """CVE-2025-27399: whoever waits for a moderator must see nothing that members see."""
    ada.change(**columns)

    async def story() -> None:
        for path in ("/lists", "/public", "/maybe"):
            answer = await ada.get(path, ada.token)
            assert (answer.status_code, answer.json()) == (403, {"error": said})
        let = 403 if "disabled_at" in columns else 200
        assert (await ada.get("/waiting", ada.token)).status_code == let
        assert (await ada.get("/home", None, ada.cookie)).status_code == 401
        assert (await ada.get("/page", None, ada.cookie)).json() == {"account": None}

    asyncio.run(story())


def test_cookies_open_pages_only_and_tokens_the_api_only(ada):
    """A cookie that worked on the API would let any site act in the visitor's name."""
    assert ada.statuses(
        ("/home", None, ada.cookie),
        ("/lists", None, ada.cookie),
        ("/home", ada.token),
        ("/home", None, "nonsense"),
    ) == [200, 401, 401, 401]


def test_an_app_is_nobody(ada):
    """Mastodon's answer to an app's own token where a person is needed."""
    own = ada.db.write_sync(lambda tx: tokens.issue(tx, None, "read"))
    assert ada.statuses(("/lists", own), ("/public", own), ("/for-app", ada.token)) == [
        422,
        200,
        403,
    ]


def test_an_admin_scope_is_nothing_without_the_role_and_a_second_factor(db, tmp_path):
    """CVE-2024-25108: any token with the right word in it reached the administration. And a stolen
    password of the staff would be the whole server (ASVS V6.3.3)."""
    ada = Somebody(db, tmp_path, "admin:read")
    assert ada.statuses(("/staff", ada.token)) == [403]
    ada.change(role="moderator")
    assert ada.statuses(("/staff", ada.token)) == [403]
    db.write_sync(people.second_factor, ada.viewer.id)
    assert ada.statuses(("/staff", ada.token)) == [200]
    db.write_sync(factors.remove_authenticator, ada.viewer)
    assert ada.statuses(("/staff", ada.token)) == [403], "to take it away is to lay the role down"


def test_a_session_ends_after_a_month_unused_and_after_three_anyway(ada, clock):
    """A cookie found on an old computer must be worth nothing."""
    for _ in range(4):
        clock.step(days=20)
        assert ada.statuses(("/home", None, ada.cookie)) == [200]
    clock.step(days=11)
    assert ada.statuses(("/home", None, ada.cookie)) == [401]
    fresh = ada.db.write_sync(lambda tx: sessions.begin(tx, ada.viewer.id))
    clock.step(days=31)
    assert ada.statuses(("/home", None, fresh)) == [401]


def test_last_use_is_noted_once_a_day(ada, clock):
    """Homes of people who are away are not filled: whoever comes back must be seen to."""
    clock.step(days=2)

    async def story() -> None:
        for _ in range(3):
            await ada.get("/lists", ada.token)
        await asyncio.gather(*in_use._noting.values())

    asyncio.run(story())
    held = ada.db.write_sync(lambda tx: entry.token(tx, sha256(ada.token.encode()).digest()))
    assert held.used_at == held.now - held.now % entry.DAY


def test_the_answer_says_what_is_left(ada):
    """Apps wait until X-RateLimit-Reset; Mastodon.py reads it as ISO time with a fraction."""

    async def story() -> None:
        answer = await ada.get("/lists", ada.token)
        assert answer.headers["x-ratelimit-limit"] == "300"
        assert answer.headers["x-ratelimit-remaining"] == "299"
        assert answer.headers["x-ratelimit-reset"][10] == "T"
        assert answer.headers["x-ratelimit-reset"].endswith("Z")
        for _ in range(30):
            sent = await ada.front.client.post(
                "/upload", headers={"authorization": f"Bearer {ada.token}"}
            )
            assert sent.status_code == 200
        sent = await ada.front.client.post(
            "/upload", headers={"authorization": f"Bearer {ada.token}"}
        )
        assert sent.status_code == 429
        assert sent.headers["x-ratelimit-limit"] == "30"
        assert sent.headers["x-ratelimit-remaining"] == "0"
        assert int(sent.headers["retry-after"]) > 0

    asyncio.run(story())


def test_strangers_of_a_network_share_and_wrong_tokens_cost(ada):
    """D4: guessing tokens or scraping from neighbouring addresses is one budget."""

    async def story() -> list[int]:
        codes = []
        for number in range(310):
            ada.front.address = f"203.0.113.{number % 200}"
            forged = {"x-forwarded-for": f"198.51.100.{number % 250}", "authorization": "Bearer x"}
            codes.append((await ada.front.client.get("/public", headers=forged)).status_code)
        return codes

    codes = asyncio.run(story())
    assert codes.count(401) in (300, 301)
    assert codes[-1] == 429


def test_a_route_that_says_nothing_stops_the_start(db, tmp_path):
    """D11: a forgotten check must be found by the operator, not by a stranger."""

    @get("/forgotten")
    async def forgotten() -> None: ...

    with pytest.raises(RuntimeError, match="/forgotten"):
        front.Front(front.app_of(db, tmp_path), [forgotten])
    with pytest.raises(ValueError, match="rate class"):
        access(None, rate="nonsense")


def test_forms_from_elsewhere_are_refused(ada):
    """CVE-2025-24897: another site's form must not act in the visitor's name."""

    def scope(**headers: str) -> dict[str, Any]:
        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        return {"whimbrel": ada.front.app, "headers": raw, "type": "http"}

    cookie = f"__Host-whimbrel={ada.cookie}"
    token = auth.csrf_token(scope(cookie=cookie))
    auth.check_csrf(scope(cookie=cookie, sec_fetch_site="same-origin"), {"_csrf": token})
    auth.check_csrf(scope(cookie=cookie, origin="https://social.example"), {"_csrf": token})
    for headers, sent in (
        ({"cookie": cookie, "sec_fetch_site": "cross-site"}, token),
        ({"cookie": cookie, "sec_fetch_site": "same-site"}, token),
        ({"cookie": cookie, "origin": "https://evil.example"}, token),
        ({"cookie": cookie, "origin": "null"}, token),
        ({"cookie": cookie, "sec_fetch_site": "same-origin"}, ""),
        ({"cookie": cookie}, auth.csrf_token(scope())),
    ):
        with pytest.raises(Forbidden):
            auth.check_csrf(scope(**headers), {"_csrf": sent})
