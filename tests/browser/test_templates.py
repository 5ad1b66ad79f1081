"""Every page in a real browser, under the content security policy it will be served with.

The pages come from a server of a few lines, not from the product's routes: what is tested is
what the templates and the style make of the values they are given."""

import hashlib
import io
import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from eyes import axe, flaws, overflow
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

import page_samples
from whimbrel.core import device
from whimbrel.core.pages import Pages

HERE = Path(__file__).parent
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types whimbrel whimbrel-worker"
)
NAMES = tuple(page_samples.every_page())
CHECKER = b'<script src="/axe.js" defer></script></body>'  # read once: telling it each page is slow


@cache
def drawn(name: str) -> bytes:
    """A picture of two colours that depend on its name, of the size its name says."""
    found = re.search(r"(\d+)x(\d+)", name)
    size = (int(found[1]), int(found[2])) if found else (96, 96)
    hue = hashlib.sha256(name.encode()).digest()[0]
    shade = Image.linear_gradient("L").resize(size)
    image = Image.merge("HSV", (Image.new("L", size, hue), Image.new("L", size, 120), shade))
    out = io.BytesIO()
    image.convert("RGB").save(out, "PNG")
    return out.getvalue()


WHOLE = True  # pictures are fetched when they come near


class Site(BaseHTTPRequestHandler):
    """GET /page/NAME[?LANGUAGE], the same with its checker as /judged/NAME, the static files,
    made-up media; a POST is remembered."""

    pages = Pages(clock=lambda: datetime(2026, 11, 22, 10, tzinfo=UTC))
    samples = page_samples.every_page()
    posted: list[tuple[str, str]]

    def do_GET(self) -> None:
        path, _, language = self.path.partition("?")
        if path.startswith(("/page/", "/judged/")):
            template, context = self.samples[path.split("/")[2]]
            page = self.pages.render(template, reads=language or "en", **context)
            if path.startswith("/judged/"):
                page = page.replace(b"</body>", CHECKER)
            self.answer(page, "text/html; charset=utf-8")
        elif path == "/axe.js":
            self.answer(axe().encode(), "text/javascript", keep=3600)
        elif path in self.pages.static_files():
            self.answer(*self.pages.static_files()[path], keep=3600)
        elif path == "/manifest.webmanifest":
            self.answer(device.manifest(self.pages, "Saltmarsh"), "application/manifest+json")
        elif path == "/sw.js":
            self.answer(b"", "text/javascript")
        elif path.startswith(("/admin/reports/blur/", "/admin/reports/media")) or (
            path.startswith("/media/") and path.endswith(".png")
        ):
            self.answer(drawn(path), "image/png", keep=3600)
        elif path in ("/events", "/admin/reports/live"):
            self.answer(b": nothing is new\n\n", "text/event-stream")
        elif path.startswith("/beside/") or "max_id=" in language or "offset=" in language:
            self.answer(b"<p>Nothing more</p>", "text/html; charset=utf-8")  # scripts ask for it
        else:
            self.answer(b"", "text/plain", 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.posted.append((self.path, body))
        page = self.pages.render("confirmed.html", site=page_samples.SITE)
        self.answer(page, "text/html; charset=utf-8")

    def answer(self, content: bytes, kind: str, status: int = 200, keep: int = 0) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", CSP)
        self.send_header("Cache-Control", f"max-age={keep}")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nobody reads them."""


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    Site.posted = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def visitor(browser: Browser, origin: str) -> Iterator[BrowserContext]:
    """One browser for all pages: it has the style, scripts and letters from the first one on."""
    context = browser.new_context(base_url=origin, reduced_motion="reduce")
    yield context
    context.close()


def opened(visitor: BrowserContext, said: list[str]) -> Page:
    """A page, and what the browser's console calls an error or a warning."""
    page = visitor.new_page()
    page.set_default_timeout(10_000)
    page.on(
        "console",
        lambda message: message.type in ("error", "warning") and said.append(message.text),
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    return page


@pytest.fixture
def page(visitor: BrowserContext) -> Iterator[Page]:
    """A page; what its console complains of fails the test."""
    said: list[str] = []
    page = opened(visitor, said)
    yield page
    page.close()
    assert not said


@pytest.fixture(scope="module")
def tab(visitor: BrowserContext) -> Iterator[tuple[Page, list[str]]]:
    said: list[str] = []
    yield opened(visitor, said), said


@pytest.fixture
def judged(tab: tuple[Page, list[str]]) -> Iterator[Page]:
    """The same, where nothing is done on the page: one tab for all of them, which is quicker."""
    page, said = tab
    said.clear()
    yield page
    assert not said


def test_the_checker_is_the_one_we_vendored():
    """A changed axe would find whatever its changer likes."""
    for entry in json.loads((HERE / "vendored.json").read_text(encoding="utf-8")):
        content = (HERE / entry["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_fit_for_everybody(judged, name):
    """Somebody with a small phone, a screen reader or tired eyes could not use it."""
    for width, theme in ((360, "light"), (1280, "dark")):
        judged.set_viewport_size({"width": width, "height": 800})
        judged.emulate_media(color_scheme=theme, reduced_motion="reduce")
        if width == 360:
            judged.goto(f"/judged/{name}")
        assert flaws(judged) == [], (width, theme)
        assert overflow(judged) <= 0, width
    judged.set_viewport_size({"width": 320, "height": 800})
    assert overflow(judged) <= 0


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_fit_for_who_reads_from_right_to_left(judged, name):
    """A column that runs off the wrong edge, or a name that no screen reader pronounces."""
    judged.emulate_media(color_scheme="dark", reduced_motion="reduce")
    judged.set_viewport_size({"width": 360, "height": 800})
    judged.goto(f"/judged/{name}?ar")
    assert judged.evaluate("document.dir") == "rtl"
    assert flaws(judged, leave_out=["color-contrast"]) == []  # colours are those of the other test
    for width in (360, 1280):
        judged.set_viewport_size({"width": width, "height": 800})
        assert overflow(judged) <= 0, width


@pytest.mark.parametrize("language", ["de", "es", "fr", "ja"])
@pytest.mark.parametrize("name", ["home", "post", "compose", "settings", "notifications"])
def test_longer_words_fit_a_phone(judged, name, language):
    """Whoever reads German would scroll sideways to reach the buttons."""
    judged.set_viewport_size({"width": 360, "height": 800})
    judged.goto(f"/page/{name}?{language}")
    assert overflow(judged) <= 0


def focused(page: Page, presses: int) -> list[str]:
    """What the Tab key reaches, by name or words."""
    reached = []
    for _ in range(presses):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "(e => e.getAttribute('aria-label') || e.name || e.textContent.trim())"
                "(document.activeElement)"
            )
        )
    return reached


def test_signing_in_needs_no_mouse(page):
    """Whoever cannot use a pointer would stay outside."""
    page.goto("/page/sign-in")
    reached = focused(page, 6)
    assert reached[0] == "Skip to content"
    assert reached.index("login") < reached.index("password") < reached.index("Sign in")


def test_signing_in_sends_what_the_route_reads(page):
    """A renamed field would lock everybody out."""
    page.goto("/page/sign-in")
    page.get_by_label("Name or e-mail").fill("ada")
    page.get_by_label("Password").fill("seven notes")
    page.keyboard.press("Enter")
    page.wait_for_url("**/auth/sign-in")
    assert Site.posted[-1] == (
        "/auth/sign-in",
        "_csrf=token&next=%2Fhome&login=ada&password=seven+notes",
    )


def test_refusing_an_app_needs_one_key(page):
    """A consent page on which only Allow can be reached is a trap."""
    page.goto("/page/consent")
    page.get_by_role("button", name="Refuse").press("Enter")
    page.wait_for_url("**/oauth/authorize")
    assert "client_id=x" in Site.posted[-1][1] and "decision=deny" in Site.posted[-1][1]
    assert "decision=allow" not in Site.posted[-1][1]


def test_a_post_is_written_with_the_keyboard_alone(page):
    """Warning and audience must open, and be sent, without a mouse."""
    page.goto("/page/home")
    page.get_by_role("textbox", name="What do you want to say?").fill("Hello")
    warning = page.get_by_label("Content warning", exact=True)
    assert not warning.is_visible()
    page.get_by_label("Add a content warning").press("Space")
    warning.fill("Heights")
    page.locator(".reach > summary").press("Enter")
    page.get_by_label("Only people you name").press("Space")
    assert page.locator(".reach > summary").inner_text().endswith("Only people you name")
    with page.expect_response("**/compose"):
        page.get_by_role("button", name="Send").press("Enter")
    body = Site.posted[-1][1]
    for name, value in (("status", "Hello"), ("spoiler_text", "Heights"), ("visibility", "direct")):
        assert f'name="{name}"\r\n\r\n{value}\r\n' in body


def test_a_mark_goes_to_its_own_address(page):
    """One form holds five actions: a mix-up would boost what was meant to be liked."""
    page.goto("/page/home")
    with page.expect_response("**/posts/11/unfavourite"):
        page.locator("#like-11").press("Enter")
    assert "next=%2Fhome%23p-11" in Site.posted[-1][1]


def test_a_vote_is_cast_with_the_keyboard(page):
    """A poll that only a mouse can answer leaves people out."""
    page.goto("/page/home")
    page.locator("#p-25").get_by_label("a warning").press("Space")
    page.locator("#p-25").get_by_role("button", name="Vote").press("Enter")
    page.wait_for_url("**/posts/25/vote")
    assert Site.posted[-1][1].endswith("&choices=1")


def test_the_audience_fits_a_phone(page):
    """Who may read it is the one thing that must not be cut off."""
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/page/compose")
    page.locator(".reach > summary").press("Enter")
    box = page.locator(".audience").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 360


def test_whom_one_is_told_of_is_chosen_with_the_keyboard(page):
    """The radio buttons are drawn over: with no pointer one would not find, or not move them."""
    page.goto("/page/policy")
    group = page.get_by_role("group", name="People you do not follow")
    group.get_by_role("radio", name="Tell me").focus()
    page.keyboard.press("ArrowRight")
    ring = group.locator("label:has(:focus-visible) > span")
    assert ring.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    page.get_by_role("button", name="Save").press("Enter")
    page.wait_for_url("**/notifications/policy")
    assert "for_not_following=filter" in Site.posted[-1][1]


def test_clearing_takes_two_presses(page):
    """A slip of the finger must not cost a list."""
    page.goto("/page/notifications")
    button = page.locator("#menu-told .btn-danger")
    page.locator("#more-told").press("Enter")
    assert not button.is_visible()
    page.locator("#menu-told summary").press("Enter")
    button.press("Enter")
    page.wait_for_url("**/notifications/clear")


def test_nothing_lies_over_the_buttons_of_the_settings(page):
    """Whoever means to sign a browser out on a phone would find themselves writing a post."""
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/page/security-full")
    buttons = page.locator("main button:visible, main summary:visible")
    assert buttons.count() >= 4
    for button in buttons.all():
        bottom = "e => window.scrollTo(0, e.getBoundingClientRect().bottom + scrollY - innerHeight"
        for above_the_edge in range(0, 200, 20):  # as it comes up from the edge of the screen
            button.evaluate(f"{bottom} + {above_the_edge})")
            write = page.locator(".write").bounding_box()
            box = button.bounding_box()
            assert write is None or not overlap(write, box), button.inner_text()


def overlap(one: dict[str, float], other: dict[str, float]) -> bool:
    """Whether two boxes share a point."""
    return all(
        one[at] < other[at] + other[size] and other[at] < one[at] + one[size]
        for at, size in (("x", "width"), ("y", "height"))
    )


def test_deleting_takes_two_presses(page):
    """A slip of the finger must not cost a post: the menu only leads to where one is asked."""
    page.goto("/page/home")
    page.locator("#more-22").press("Enter")
    assert page.locator("#menu-22 form[action$='/delete']").count() == 0
    assert page.locator("#menu-22 a[href^='/posts/22/delete']").is_visible()


def test_a_warning_hides_the_words_until_pressed(page):
    """What somebody chose not to see would jump at them."""
    page.goto("/page/profile")
    words = page.get_by_text("It went at 03:10.")
    assert not words.is_visible()
    page.locator("#p-16 .fold > summary").press("Enter")
    assert words.is_visible()


def test_pictures_behind_a_fold_are_not_fetched(page):
    """A sensitive picture would be on the reader's machine before they said yes."""
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto("/page/profile", wait_until="networkidle")
    page.mouse.wheel(0, 3000)
    page.wait_for_load_state("networkidle")
    assert not [url for url in fetched if "/media/3-" in url]
