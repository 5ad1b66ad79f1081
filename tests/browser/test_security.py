"""Passkeys and codes in a real browser, with an authenticator that lives in it: made, named, used
to come in, used as the second step, taken away. And all of it looked at."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from eyes import flaws, overflow
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from server import Server, password, running

VIEWS = ((360, "light"), (360, "dark"), (1280, "light"), (1280, "dark"))
HERE = "/settings/security"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("security"), WHIMBREL_TITLE="Saltmarsh") as server:
        server.people("ada", "bob", "eve")
        yield server


@pytest.fixture
def context(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=server.url, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page whose console must stay silent, but for answers that are refusals by intent."""
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    assert [line for line in said if "status of 422" not in line] == []


def authenticator(page: Page, **options: Any) -> tuple[CDPSession, str]:
    """A device with a fingerprint reader that always says yes."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    made = devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
                **options,
            }
        },
    )
    return devtools, made["authenticatorId"]


def look(page: Page, folder: Path, name: str) -> None:
    """Check a page for everybody, and keep pictures of it."""
    for width, theme in VIEWS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        assert flaws(page) == [], (name, width, theme)
        assert overflow(page) <= 0, (name, width)
        page.screenshot(path=folder / f"{name}-{width}-{theme}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 800})


def begin(page: Page, name: str) -> None:
    """Name and password."""
    page.goto("/auth/sign-in")
    page.get_by_label("Name or e-mail").fill(name)
    page.get_by_label("Password").fill(password(name))
    page.get_by_role("button", name="Sign in").click()


def sign_out(page: Page) -> None:
    page.goto("/settings")
    page.get_by_role("button", name="Sign out here").click()
    page.wait_for_url(lambda url: "/settings" not in url)


def add_passkey(page: Page, name: str) -> None:
    page.goto(HERE)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("What you call it").fill(name)
    page.get_by_role("button", name="Make the passkey").click()


def test_a_passkey_is_made_and_opens_the_door_alone_and_after_the_password(page, tmp_path):
    """The safest way in would be the one that does not work."""
    authenticator(page)
    begin(page, "ada")
    page.wait_for_url("**/home")
    page.goto(f"{HERE}/passkeys/new")
    look(page, tmp_path, "passkey")
    add_passkey(page, "My laptop")
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    assert page.locator(".codes li").count() == 10
    look(page, tmp_path, "codes")
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("My laptop", exact=True)).to_be_visible()
    look(page, tmp_path, "security")

    sign_out(page)
    page.goto("/auth/sign-in?next=/bookmarks")
    look(page, tmp_path, "sign-in")
    page.get_by_role("button", name="Use a passkey instead").click()
    page.wait_for_url(re.compile(r":\d+/bookmarks$"))

    sign_out(page)
    begin(page, "ada")
    page.wait_for_url("**/auth/second**")
    look(page, tmp_path, "second")
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url("**/home")

    page.goto(f"{HERE}/confirm")
    look(page, tmp_path, "confirm")
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_role("heading", name="Security")).to_be_visible()

    page.get_by_text("Rename", exact=False).first.click()
    page.get_by_label("New name").fill("The grey one")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The grey one", exact=True)).to_be_visible()
    page.get_by_role("button", name="Remove: The grey one").click()
    expect(page.get_by_text("The passkey is removed.")).to_be_visible()
    sign_out(page)
    begin(page, "ada")
    page.wait_for_url("**/home")


def test_a_passkey_that_was_copied_is_refused(page):
    """A cloned device would open the door next to the real one, and nobody would know."""
    devtools, device = authenticator(page)
    begin(page, "bob")
    page.wait_for_url("**/home")
    add_passkey(page, "Key")
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    (key,) = devtools.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    sign_out(page)
    page.goto("/auth/sign-in")
    page.get_by_role("button", name="Use a passkey instead").click()
    page.wait_for_url("**/home")
    devtools.send("WebAuthn.clearCredentials", {"authenticatorId": device})
    devtools.send("WebAuthn.addCredential", {"authenticatorId": device, "credential": key})
    sign_out(page)
    page.goto("/auth/sign-in")
    page.get_by_role("button", name="Use a passkey instead").click()
    expect(page.get_by_text("That passkey was not accepted.")).to_be_visible()


def test_a_device_that_cannot_say_who_holds_it_is_told_so_and_nothing_breaks(page):
    """Whoever stops at the device's question would stand before a dead button."""
    authenticator(page, isUserVerified=False)
    begin(page, "eve")
    page.wait_for_url("**/home")
    add_passkey(page, "Key")
    expect(page.get_by_text("That did not work, or you stopped it.")).to_be_visible()
    page.goto(HERE)
    expect(page.get_by_text("Key", exact=True)).to_have_count(0)


def test_an_authenticator_app_without_any_script(browser, server, tmp_path):
    """Who reads without scripts would have to do without a second step."""
    context = browser.new_context(base_url=server.url, java_script_enabled=False)
    context.set_default_timeout(10_000)
    page = context.new_page()
    begin(page, "eve")
    page.goto(f"{HERE}/passkeys/new")
    expect(page.get_by_text("This needs scripts")).to_be_visible()
    expect(page.get_by_role("button", name="Make the passkey")).to_be_hidden()
    page.goto(HERE)
    page.get_by_role("button", name="Set up: Authenticator app").click()
    for width, theme in VIEWS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=theme)
        page.screenshot(path=tmp_path / f"authenticator-{width}-{theme}.png", full_page=True)
    page.get_by_text("No camera at hand").click()
    secret = re.sub(r"\s", "", page.locator(".secret").inner_text())
    page.get_by_role("textbox", name="Code").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Switch it on").click()
    code = page.locator(".codes code").first.inner_text()
    context.clear_cookies()
    begin(page, "eve")
    page.get_by_role("textbox", name="Code").fill(code)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/home")
    context.close()
