"""Writing with scripts, in a real browser against a real server: what they add to the form."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from server import Server, password, running
from whimbrel.core.text import count

TOKENS: dict[str, str] = {}  # of the people, by name


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("composing")) as server:
        TOKENS.update(server.people("ada", "bob"))
        yield server


def enter(browser: Browser, server: Server, **how: object) -> Page:
    """Ada's page, signed in; what its policy refuses and its scripts trip over is kept."""
    context = browser.new_context(base_url=server.url, reduced_motion="reduce", **how)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto("/auth/sign-in")
    page.get_by_label("Name or e-mail").fill("ada")
    page.get_by_label("Password").fill(password("ada"))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/home")
    return page


@pytest.fixture
def ada(browser: Browser, server: Server) -> Iterator[Page]:
    page = enter(browser, server)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console",
        lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None,
    )
    yield page
    page.context.close()
    assert wrong == []


# ----------------------------------------------------------------------------- how much room

COUNTED = (
    "plain",
    "  trimmed \n",
    "a family 👨‍👩‍👧 and é",
    "see https://example.com/a/very/long/path?with=query#and-more, then (https://example.com/a_(b)).",
    "http://sub.example.co.uk:8080 xhttps://example.com https://localhost @me",
    "https://ada@example.com/ and https://example.com/@ada",
    "@ada @ada@social.example, ada@example.org @bob.b@münchen.example! x/@no @ada@localhost",
    "https://example.com/ein-langes-wort。 https://bücher.example/straße …",
    "#tag :emoji: @",
)


def test_the_room_that_is_left_is_what_the_server_reckons(ada, server):
    """A post would be refused that the page promised room for, or cut short for nothing."""
    ada.goto("/compose")
    field, ring = ada.get_by_label("What do you want to say?"), ada.locator("#room")
    expect(ring).to_be_hidden()
    for text in COUNTED:
        filler = "y" * 449 + " "
        field.fill(filler + text.strip())
        assert ring.locator("b").inner_text() == str(500 - count(filler + text.strip())), text
    field.fill("y" * 447)
    expect(ring).to_have_attribute("class", "ring ")
    assert ring.get_by_role("status").text_content() == ""
    ada.get_by_label("Content warning").fill("Mud")
    expect(ring.locator("b")).to_have_text("50")
    field.fill("y" * 491)
    expect(ring.get_by_role("status")).to_have_text("Characters left: 10")
    expect(ring).to_have_attribute("class", "ring near")
    field.fill("y" * 499)
    expect(ring.get_by_role("status")).to_have_text("Characters left: -2")
    ada.get_by_role("button", name="Post", exact=True).click()
    expect(ada.get_by_text("character limit of 500 exceeded", exact=False)).to_be_visible()
