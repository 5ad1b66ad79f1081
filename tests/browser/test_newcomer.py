"""A newcomer's first hour, in a real browser against a real server: from the letter to the first
answer, with the keyboard where there is no mouse, and live where there is no reload."""

import io
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from eyes import flaws, overflow
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from server import Server, password, running

SECRET = "seven notes at dawn"
VIEWS = ((360, "light"), (360, "dark"), (1280, "light"), (1280, "dark"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("newcomer"), WHIMBREL_TITLE="Saltmarsh") as server:
        yield server


class People:
    """Browsers of several people; what any console complains of fails the test."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self._browser, self._server = browser, server
        self._contexts: list[BrowserContext] = []
        self.said: list[str] = []

    def newcomer(self) -> Page:
        context = self._browser.new_context(base_url=self._server.url, reduced_motion="reduce")
        self._contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.set_viewport_size({"width": 1280, "height": 800})
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        return page

    def _hear(self, message) -> None:
        if message.type in ("error", "warning"):
            self.said.append(f"{message.text} {message.location}")

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def people(browser: Browser, server: Server) -> Iterator[People]:
    people = People(browser, server)
    yield people
    people.close()
    assert people.said == []


def look(page: Page, folder: Path, name: str) -> None:
    """Check a page for everybody, and keep pictures of it."""
    for width, theme in VIEWS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        assert flaws(page) == [], (name, width, theme)
        assert overflow(page) <= 0, (name, width)
        page.screenshot(path=folder / f"{name}-{width}-{theme}.png")
    page.set_viewport_size({"width": 1280, "height": 800})


def letter(server: Server, kind: str) -> str:
    """The path of the last link in a letter, once it is there."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        letters = sorted((server.data / "mail").glob("*.eml"), key=lambda p: p.stat().st_mtime_ns)
        text = "".join(each.read_text() for each in letters).replace("=\n", "")
        if found := re.findall(rf"/auth/{kind}/[\w-]+", text):
            return found[-1]
        time.sleep(0.05)
    raise AssertionError("no letter came")


def picture() -> bytes:
    """Something like a shore."""
    sky = Image.linear_gradient("L").resize((960, 640)).rotate(180)
    image = Image.merge("RGB", (sky.point(lambda v: v // 2 + 90), sky, sky.point(lambda v: 255)))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def sign_in(page: Page, name: str, secret: str) -> None:
    page.goto("/auth/sign-in")
    page.get_by_label("Name or e-mail").fill(name)
    page.get_by_label("Password").fill(secret)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/home")


def test_from_the_first_letter_to_the_first_answer(people, server, tmp_path):
    """Whoever comes must be able to join, follow, read live, like and answer; and whoever runs the
    place to begin it. Any broken step loses people for good."""
    lena = people.newcomer()
    lena.goto(re.search(r"/auth/setup/[\w-]+", server.log.read_text())[0])
    look(lena, tmp_path, "setup")
    lena.get_by_label("Your name here").fill("lena")
    lena.get_by_label("E-mail").fill("lena@example.org")
    lena.get_by_label("Password").fill(SECRET)
    lena.get_by_role("button", name="Make the first account").click()
    lena.wait_for_url("**/home")
    look(lena, tmp_path, "home-empty")

    wren = people.newcomer()
    wren.goto("/")
    look(wren, tmp_path, "about")
    wren.get_by_role("link", name="Make an account").first.click()
    look(wren, tmp_path, "sign-up")
    wren.get_by_label("Name people will mention").fill("wren")
    wren.get_by_label("E-mail").fill("wren@example.org")
    wren.get_by_label("Password").fill(SECRET)
    wren.get_by_role("button", name="Make account").click()
    expect(wren.get_by_role("heading", name="Check your mail")).to_be_visible()
    look(wren, tmp_path, "check-mail")
    wren.goto(letter(server, "confirm"))
    look(wren, tmp_path, "confirm")
    wren.get_by_role("button", name="Confirm").click()
    expect(wren.get_by_role("heading", name="Address confirmed")).to_be_visible()
    look(wren, tmp_path, "confirmed")
    sign_in(wren, "wren", SECRET)

    wren.get_by_role("navigation", name="Main").get_by_role("link", name="Explore").click()
    wren.get_by_role("searchbox", name="Search").first.fill("lena")
    wren.keyboard.press("Enter")
    wren.get_by_role("link", name="lena").first.click()
    wren.wait_for_url("**/@lena")
    wren.get_by_role("button", name="Follow").click()
    expect(wren.get_by_text("Following", exact=True)).to_be_visible()
    look(wren, tmp_path, "profile-empty")

    wren.goto("/home")
    lena.goto("/home")
    composer = lena.locator("#composer")
    composer.get_by_role("textbox", name="What do you want to say?").fill("First light, low tide.")
    composer.get_by_label("Add a picture, video or sound").check(force=True)
    composer.get_by_label("A picture, video or sound", exact=True).set_input_files(
        {"name": "shore.png", "mimeType": "image/png", "buffer": picture()}
    )
    composer.get_by_label("Describe it").fill("A pale sky over the shore.")
    composer.get_by_role("button", name="Post").click()
    lena.wait_for_url("**/home*")
    photo = lena.get_by_alt_text("A pale sky over the shore.")
    expect(photo).to_be_visible()

    pill = wren.get_by_role("link", name="1 new post")
    expect(pill).to_be_visible()  # nobody reloaded
    look(wren, tmp_path, "home-pill")
    pill.click()
    arrived = wren.get_by_alt_text("A pale sky over the shore.")
    expect(arrived).to_be_visible()
    arrived.scroll_into_view_if_needed()
    expect(arrived).to_have_js_property("complete", True)
    assert arrived.evaluate("image => image.naturalWidth") > 0
    look(wren, tmp_path, "home")

    wren.get_by_role("button", name="Like").click()
    expect(wren.get_by_role("button", name="Like. 1 like")).to_have_attribute(
        "aria-pressed", "true"
    )
    wren.get_by_role("link", name="Reply").click()
    wren.wait_for_url("**/@lena/*")
    look(wren, tmp_path, "post")
    wren.get_by_role("textbox", name="Reply to lena").fill("@lena The best hour.")
    wren.get_by_role("button", name="Post").click()
    expect(wren.locator("article", has_text="The best hour.")).to_be_visible()

    lena.goto("/home")
    bell = lena.get_by_role("navigation", name="Main").get_by_role("link", name="Notifications")
    expect(bell).to_contain_text("4")  # and that somebody signed up, for whoever runs the place
    bell.click()
    for words in ("wren follows you", "wren liked your post", "The best hour."):
        expect(lena.get_by_text(words)).to_be_visible()
    look(lena, tmp_path, "notifications")
    for path, name in (
        ("/settings", "settings"),
        ("/@lena", "profile"),
        ("/search?q=lena", "search"),
    ):
        lena.goto(path)
        look(lena, tmp_path, name)


def test_signing_in_and_posting_need_no_mouse(people, server, tmp_path):
    """Whoever cannot use a pointer would be shut out."""
    server.people("noor")
    noor = people.newcomer()
    noor.goto("/auth/sign-in")
    reach(noor, "login")
    noor.keyboard.type("noor")
    noor.keyboard.press("Tab")
    noor.keyboard.type(password("noor"))
    noor.keyboard.press("Enter")
    noor.wait_for_url("**/home")
    reach(noor, "status")
    noor.keyboard.type("Typed, not clicked.")
    reach(noor, "Post")
    noor.keyboard.press("Enter")
    noor.wait_for_url("**/home?posted=*")
    expect(noor.locator("article", has_text="Typed, not clicked.")).to_be_visible()


def reach(page: Page, wanted: str) -> None:
    """Press Tab until the thing of this name or with these words has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        at = page.evaluate("(e => [e.name || '', e.innerText || ''])(document.activeElement)")
        if wanted in (at[0], at[1].strip()):
            return
    raise AssertionError(f"the Tab key never reaches {wanted}")


def test_everything_but_the_live_part_works_without_scripts(browser, server):
    """Whoever turns scripts off, or has an old device, would see an empty page."""
    server.people("ines")
    context = browser.new_context(base_url=server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, "ines", password("ines"))
    page.get_by_role("textbox", name="What do you want to say?").fill("Plain.")
    page.get_by_role("button", name="Post").click()
    expect(page.locator("article", has_text="Plain.")).to_be_visible()
    context.close()


def test_the_consent_page_leads_back_to_the_app(people, server):
    """The policy of our own page would stop the answer, and no app could sign in."""
    server.people("tomas")
    app = server.call(
        "",
        "POST",
        "/api/v1/apps",
        client_name="Elk",
        redirect_uris=f"http://127.0.0.1:{server.port}/x",
    )
    tomas = people.newcomer()
    sign_in(tomas, "tomas", password("tomas"))
    tomas.goto(
        f"/oauth/authorize?client_id={app['client_id']}&response_type=code&state=s"
        f"&redirect_uri=http://127.0.0.1:{server.port}/x"
    )
    with tomas.expect_event("console", lambda said: "404" in said.text):  # nothing is at /x
        tomas.get_by_role("button", name="Allow").click()
    assert tomas.url.startswith(f"http://127.0.0.1:{server.port}/x?code=")
    people.said[:] = [said for said in people.said if "404" not in said]
