"""Settings and the app on a device, in a real browser: what is chosen is seen at once, without a
network there is a page that says so, and signing out leaves nothing behind.

Headless Chromium has no push service: what it would hand us is made up, and taken by the route."""

import re
from collections.abc import Iterator

import pytest
from eyes import until
from playwright.sync_api import Browser, BrowserContext, Page, expect

from server import Server, password, running

WHOLE = True  # notifications are shown
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(15, 27, 32)"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("settings"), WHIMBREL_TITLE="Saltmarsh") as server:
        tokens = server.people("ada", "bob")
        server.call(tokens["ada"], "POST", "/api/v1/statuses", status="the tide is out")
        yield server


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def page(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Ada, signed in, with and without scripts; her device is set to light."""
    context = browser.new_context(
        base_url=server.url,
        color_scheme="light",
        java_script_enabled=request.param,
        reduced_motion="reduce",
    )
    yield enter(context)
    context.close()


@pytest.fixture
def context(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=server.url, reduced_motion="reduce")
    yield context
    context.close()


def enter(context: BrowserContext, name: str = "ada") -> Page:
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto("/auth/sign-in")
    page.get_by_label("Name or e-mail").fill(name)
    page.get_by_label("Password", exact=True).fill(password(name))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/home")
    return page


def choose(page: Page, name: str) -> None:
    """One of a row of choices: the radio itself is for the keyboard, people press the words."""
    page.get_by_text(name, exact=True).click()


def test_dark_is_dark_from_then_on_whatever_the_device_says(page, server):
    """Somebody with a migraine chose dark; it must not depend on scripts."""
    page.goto("/settings")
    page.get_by_role("link", name="Appearance").click()
    choose(page, "Dark")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    for path in ("/home", "/settings", "/explore"):
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        expect(page.locator("main")).to_have_css("background-color", DARK)
    page.goto("/settings/appearance")
    choose(page, "Light")
    page.get_by_role("button", name="Save").click()
    page.emulate_media(color_scheme="dark")
    page.goto("/home")
    expect(page.locator("main")).to_have_css("background-color", LIGHT)


def test_the_key_for_the_theme_is_remembered(context, server):
    """Who presses it each evening would press it on every page."""
    page = enter(context, "bob")
    page.emulate_media(color_scheme="light")
    page.goto("/settings")
    expect(page.locator("html")).not_to_have_attribute("data-theme", "dark")
    with page.expect_response("**/settings/theme") as answer:
        page.keyboard.press("t")
    assert answer.value.status == 204
    page.goto("/settings/appearance")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("checkbox", name="Keyboard shortcuts")).to_be_checked()


def test_a_letter_of_ones_own_does_what_the_usual_one_did(context, server):
    """Whoever cannot reach a key would be without what it does."""
    page = enter(context, "bob")
    at = "/settings/appearance/keys"
    page.goto(at)
    page.get_by_label("Light or dark, on this page").fill("w")
    page.keyboard.press("Enter")
    page.wait_for_url("**done=1")
    was = page.locator("html").get_attribute("data-theme")
    page.keyboard.press("t")
    page.keyboard.press("g")
    page.keyboard.press("t")  # neither alone nor as a second letter
    assert page.locator("html").get_attribute("data-theme") == was
    with page.expect_response("**/settings/theme"):
        page.keyboard.press("w")
    page.keyboard.press("?")
    expect(page.locator("#keys-over kbd", has_text=re.compile("^w$"))).to_be_visible()
    page.goto(at)
    page.get_by_role("button", name="As usual").click()
    page.wait_for_url("**done=1")
    with page.expect_response("**/settings/theme"):
        page.keyboard.press("t")


def test_words_are_larger_and_lists_are_shorter_by_the_keyboard_alone(context):
    """Whoever needs large words may have no mouse either."""
    page = enter(context, "bob")
    usual = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    page.goto("/settings/appearance")
    page.locator("[name=size][value=normal]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url("**done=1")
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == usual * 1.25
    page.goto("/settings")
    for width in (320, 360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width


def ready(page: Page) -> None:
    """Until the service worker looks after this page."""
    page.evaluate("navigator.serviceWorker.ready")
    until(page, "navigator.serviceWorker.controller !== null")


def kept(page: Page) -> list[str]:
    """All that lies in the caches of this browser."""
    return page.evaluate(
        """async () => {
          const found = [];
          for (const name of await caches.keys())
            for (const { url } of await (await caches.open(name)).keys())
              found.push(new URL(url).pathname);
          return found;
        }"""
    )


def test_without_a_network_a_page_says_so_and_no_private_one_is_kept(context):
    """A dinosaur in place of the site; or the letters of friends on a computer in a library."""
    page = enter(context)
    ready(page)
    for path in ("/home", "/notifications", "/conversations", "/@ada"):
        page.goto(path)
    expect(page.get_by_text("the tide is out")).to_be_visible()
    paths = kept(page)
    assert "/offline" in paths
    assert all(path == "/offline" or path.startswith("/static/") for path in paths), paths
    context.set_offline(True)
    page.goto("/home")
    expect(page.get_by_role("heading", name="No network")).to_be_visible()
    expect(page.locator(".btn-main")).not_to_have_css("background-color", "rgba(0, 0, 0, 0)")
    context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_text("the tide is out")).to_be_visible()


def test_who_asks_for_it_has_their_last_home_until_they_sign_out(context):
    """On a train; but not whoever sits at that computer next."""
    page = enter(context)
    ready(page)
    page.goto("/settings/appearance")
    page.get_by_label("Keep the last home for when there is no network").check()
    page.get_by_role("button", name="Save").click()
    page.goto("/home")
    expect(page.get_by_text("the tide is out")).to_be_visible()
    context.set_offline(True)
    page.goto("/home")
    expect(page.get_by_text("the tide is out")).to_be_visible()
    page.goto("/notifications")
    expect(page.get_by_role("heading", name="No network")).to_be_visible()
    context.set_offline(False)
    page.goto("/settings")
    page.get_by_role("button", name="Sign out here").click()
    page.wait_for_url("**/about")
    assert "/home" not in kept(page)


PUSH_SERVICE = """
const made = {
  toJSON: () => ({ endpoint: "https://push.example/1", keys: KEYS }),
  unsubscribe: async () => { window.stopped = true; return true; },
};
PushManager.prototype.subscribe = async (options) => { window.asked = options; return made; };
PushManager.prototype.getSubscription = async () => made;
"""


def test_a_browser_asks_to_be_told_and_to_be_told_no_more(context):
    """The button would do nothing, or never end."""
    point = (
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    )
    keys = f'{{ p256dh: "{point}", auth: "BTBZMqHH6r4Tts7J_aSIgg" }}'
    context.add_init_script(PUSH_SERVICE.replace("KEYS", keys))
    page = enter(context)
    ready(page)
    page.goto("/settings/notifications")
    page.get_by_label("A post of yours is liked").check()
    page.get_by_role("button", name="Tell me in this browser").click()
    expect(page.get_by_text("This browser tells you from now on.")).to_be_visible()
    expect(page.get_by_label("A post of yours is liked")).to_be_checked()
    page.get_by_label("A post of yours is liked").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("A post of yours is liked")).not_to_be_checked()
    page.get_by_role("button", name="Stop in this browser").click()
    expect(page.get_by_role("button", name="Tell me in this browser")).to_be_visible()


def test_a_browser_that_refuses_says_so(context):
    """Somebody would press again and again."""
    page = enter(context)
    ready(page)
    page.goto("/settings/notifications")
    page.get_by_role("button", name="Tell me in this browser").click()
    expect(page.get_by_text("The browser did not allow it.")).to_be_visible()


def test_without_scripts_the_page_says_what_is_missing(browser, server):
    """An empty section, and nobody knows why."""
    context = browser.new_context(base_url=server.url, java_script_enabled=False)
    page = enter(context)
    page.goto("/settings/notifications")
    expect(page.get_by_text("scripts are switched off")).to_be_visible()
    expect(page.get_by_role("button", name="Tell me in this browser")).to_be_hidden()
    context.close()


def test_a_push_message_is_shown_and_opens_the_right_page(context):
    """A message about a letter that leads nowhere."""
    context.grant_permissions(["notifications"])
    page = enter(context)
    ready(page)
    worker = context.service_workers[0]
    said = {
        "title": "Bob mentioned you",
        "body": "at nine",
        "icon": "/favicon.ico",
        "path": "/notifications",
        "unread": 3,
        "notification_id": "17",
    }
    shown = worker.evaluate(
        """async (said) => {
          await tell(said);
          const [first] = await self.registration.getNotifications();
          return [first.title, first.body, first.tag, first.data];
        }""",
        said,
    )
    assert shown == ["Bob mentioned you", "at nine", "17", "/notifications"]
