"""A page away from its server: without a network, and on paper."""

from collections.abc import Iterator

import pytest
from eyes import until
from playwright.sync_api import Browser, Page, expect

from server import Server, password, running

BRIGHTNESS = """(name) => {
  const colour = getComputedStyle(document.querySelector(".post-text"))[name];
  return colour.match(/\\d+/g).slice(0, 3).reduce((sum, each) => sum + Number(each), 0) / 3;
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("away")) as server:
        yield server


@pytest.fixture(scope="module")
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """Ada, signed in, who wrote something; she likes it dark."""
    (token,) = server.people("ada").values()
    server.call(token, "POST", "/api/v1/statuses", status="Read me in the tunnel.")
    context = browser.new_context(base_url=server.url, color_scheme="dark", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto("/auth/sign-in")
    page.get_by_label("Name or e-mail").fill("ada")
    page.get_by_label("Password").fill(password("ada"))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/home")
    yield page
    context.close()


def test_on_paper_there_are_words_and_no_buttons_dark_on_white(page):
    """Light letters on white paper are not there; the dark ground would empty the cartridge."""
    page.get_by_text("Read me in the tunnel.").first.click()
    expect(page.get_by_text("Read me in the tunnel.").first).to_be_visible()
    page.emulate_media(media="print", color_scheme="dark")
    for hidden in (".nav", ".aside", ".actions"):
        for each in page.locator(hidden).all():
            expect(each).to_be_hidden()
    assert page.evaluate(BRIGHTNESS, "color") < 100
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.emulate_media(media="screen")


def test_without_a_network_there_is_the_last_home_for_who_wants_it_and_a_page_that_says_so(
    page, server
):
    """In a tunnel they would meet the browser's own page of errors; and who did not ask for it
    would leave what friends wrote behind on somebody else's computer."""
    page.evaluate("navigator.serviceWorker.ready")
    page.goto("/settings/appearance")
    page.get_by_label("Keep the last home").check()
    page.get_by_role("button", name="Save").click()
    page.goto("/home")
    expect(page.get_by_text("Read me in the tunnel.").first).to_be_visible()
    until(page, "caches.match('/home', { cacheName: 'whimbrel-home' }).then(Boolean)")
    assert server.stop() == 0
    page.goto("/home")
    expect(page.get_by_text("Read me in the tunnel.").first).to_be_visible()
    page.goto("/notifications")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.get_by_text("Read me in the tunnel.").count() == 0
