"""An app on another origin, in a real browser: signing in by popup with PKCE, requests by fetch,
headers and errors that a script may read, and one WebSocket for several streams.

Phanpy and Elk are such apps. Where one header is missing a browser tells them nothing but that the
network is down, and no test outside a browser would notice."""

import functools
import threading
import time
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from server import Server, password, running

ELSEWHERE = Path(__file__).parent / "elsewhere"


class Quiet(SimpleHTTPRequestHandler):
    """Files, without a word about who asked."""

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("elsewhere"), WHIMBREL_RATE_LIMITS="on") as server:
        yield server


@pytest.fixture(scope="module")
def tokens(server: Server) -> dict[str, str]:
    return server.people("ada", "bob")


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """The address of the app: another port is another origin."""
    handler = functools.partial(Quiet, directory=str(ELSEWHERE))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as files:
        thread = threading.Thread(target=files.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{files.server_port}"
        files.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def app(browser: Browser, server: Server, elsewhere: str, tokens: dict[str, str]) -> Iterator[Page]:
    """The app, with Ada signed in to it through the popup."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto(f"{elsewhere}/?server={server.url}")
    with page.expect_popup() as opened:
        page.click("#sign-in")
    popup = opened.value
    popup.fill("[name=login]", "ada")
    popup.fill("[name=password]", password("ada"))
    popup.press("[name=password]", "Enter")
    popup.click("[name=decision][value=allow]")
    expect(page.locator("#state")).to_have_text("signed in")
    yield page
    context.close()


def ask(app: Page, method: str, path: str, body: Any = None, **more: Any) -> Any:
    """What the script of the app gets."""
    given = [method, path, body, *more.values()]
    return app.evaluate("given => window.ask(...given)", given)


def test_signed_in_by_popup(app: Page) -> None:
    """The token that came by fetch is Ada's; the popup is gone."""
    me = ask(app, "GET", "/api/v1/accounts/verify_credentials")
    assert (me["status"], me["body"]["acct"]) == (200, "ada")
    assert len(app.context.pages) == 1


def test_headers_that_a_script_reads(app: Page) -> None:
    """The way to the next page, and how much may still be asked."""
    for n in range(3):
        posted = ask(app, "POST", "/api/v1/statuses", {"status": f"from elsewhere {n}"})
        assert posted["status"] == 200
    page = ask(app, "GET", "/api/v1/timelines/public?limit=1&local=true")
    assert 'rel="next"' in page["headers"]["link"]
    assert int(page["headers"]["x-ratelimit-remaining"]) < int(page["headers"]["x-ratelimit-limit"])
    assert page["headers"]["x-request-id"]


@pytest.mark.parametrize(
    ("method", "path", "body", "token", "status"),
    [
        ("GET", "/api/v1/statuses/1", None, None, 404),
        ("GET", "/api/v1/no/such/route", None, None, 404),
        ("GET", "/api/v1/timelines/home", None, "nonsense", 401),
        ("POST", "/api/v1/statuses", {"status": ""}, None, 422),
        ("PUT", "/api/v1/statuses/1", {"status": "x"}, None, 404),
        ("DELETE", "/api/v1/statuses/1", None, None, 404),
        ("PATCH", "/api/v1/accounts/update_credentials", {"display_name": "x" * 999}, None, 422),
        ("POST", "/oauth/token", {"grant_type": "password"}, "", 400),
    ],
)
def test_errors_that_a_script_reads(
    app: Page, method: str, path: str, body: Any, token: str | None, status: int
) -> None:
    """A refusal without CORS is "Failed to fetch", and its sentence is never shown."""
    more = {} if token is None else {"token": token}
    answer = ask(app, method, path, body, **more)
    assert answer["status"] == status
    assert answer["body"]["error"]


def test_one_socket_for_all_streams(app: Page, server: Server, tokens: dict[str, str]) -> None:
    """Three columns, one connection; each frame says which column it is for."""
    streams = [{"stream": "user"}, {"stream": "public:local"}, {"stream": "hashtag", "tag": "sea"}]
    app.evaluate("streams => window.listen(streams)", streams)
    bob = server.call(tokens["bob"], "GET", "/api/v1/accounts/verify_credentials")["id"]
    assert ask(app, "POST", f"/api/v1/accounts/{bob}/follow")["status"] == 200
    wanted = {("user",), ("public:local",), ("hashtag", "sea")}
    until, seen = time.monotonic() + 20, set[tuple[str, ...]]()
    while not wanted <= seen:
        assert time.monotonic() < until, seen
        server.call(tokens["bob"], "POST", "/api/v1/statuses", status="by the #sea")
        app.wait_for_timeout(300)
        heard = app.evaluate("() => window.heard")
        seen = {tuple(each["stream"]) for each in heard if each["event"] == "update"}
