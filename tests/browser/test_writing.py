"""Writing and a post's menu in a real browser that runs no scripts, on a phone, by keyboard."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from eyes import overflow
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from server import Server, password, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("writing")) as server:
        yield server


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    """Ada's."""
    return server.people("ada")["ada"]


@pytest.fixture
def ada(browser: Browser, server: Server, token: str) -> Iterator[Page]:
    """Ada's phone, without scripts, signed in."""
    view = {"width": 360, "height": 740}
    context = browser.new_context(base_url=server.url, java_script_enabled=False, viewport=view)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto("/auth/sign-in")
    page.get_by_label("Name or e-mail").fill("ada")
    page.get_by_label("Password").fill(password("ada"))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/home")
    yield page
    context.close()


def picture(folder: Path, name: str) -> Path:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((320, 240)).convert("RGB").save(out, "PNG")
    path = folder / name
    path.write_bytes(out.getvalue())
    return path


def test_two_pictures_are_described_and_posted_for_few(ada, tmp_path):
    """Without a script, or on a phone, there would be no way to describe what one shows."""
    ada.goto("/compose")
    ada.locator(".reach > summary").click()
    ada.get_by_label("Your followers").check()
    ada.get_by_label("What do you want to say?").fill("Low tide.")
    files = [picture(tmp_path, "a.png"), picture(tmp_path, "b.png")]
    ada.get_by_label("Add files").set_input_files(files)
    ada.get_by_role("button", name="Put them in and go on").click()
    ada.wait_for_url("**/compose?draft=*")
    ada.get_by_label("Describe file 1").fill("Mud.")
    ada.get_by_label("Describe file 2").fill("More mud.")
    ada.get_by_label("Place").first.select_option("2")
    ada.get_by_label("Place").nth(1).select_option("1")
    ada.get_by_role("button", name="Post", exact=True).click()
    ada.wait_for_url("**/home?posted=*")
    shown = ada.locator("article", has_text="Low tide.").locator("figure img")
    assert [each.get_attribute("alt") for each in shown.all()] == ["More mud.", "Mud."]


def test_the_menu_is_opened_and_used_with_the_keyboard(ada, server, token):
    """Whoever has no pointer and no scripts could not pin, edit or delete what they wrote."""
    made = server.call(token, "POST", "/api/v1/statuses", status="Rash words")
    ada.goto(f"/@ada/{made['id']}")
    ada.get_by_role("button", name="More", exact=True).press("Enter")
    rows = ada.locator(f"#menu-{made['id']} :is(a, button)")
    expect(rows.first).to_be_visible()
    assert all(row.bounding_box()["height"] >= 44 for row in rows.all())
    ada.keyboard.press("Tab")
    expect(rows.first).to_be_focused()
    ada.keyboard.press("Escape")
    expect(rows.first).to_be_hidden()
    ada.get_by_role("button", name="More", exact=True).press("Enter")
    ada.get_by_role("button", name="Pin it to your profile").press("Enter")
    ada.get_by_role("button", name="More", exact=True).press("Enter")
    expect(ada.get_by_role("button", name="Take it off the top")).to_be_visible()
    ada.get_by_role("link", name="Edit", exact=True).press("Enter")
    ada.get_by_label("What do you want to say?").fill("Calm words")
    ada.get_by_role("button", name="Save the changes").press("Enter")
    expect(ada.locator("article", has_text="Calm words")).to_be_visible()
    ada.get_by_role("link", name="Edited").press("Enter")
    expect(ada.get_by_text("Rash words")).to_be_visible()
    ada.go_back()
    ada.get_by_role("button", name="More", exact=True).press("Enter")
    ada.get_by_role("link", name="Delete…").press("Enter")
    assert overflow(ada) <= 0
    ada.get_by_role("button", name="Delete", exact=True).press("Enter")
    ada.wait_for_url("**/home")


def test_a_direct_post_says_who_will_read_it(ada, server):
    """One name too many, or too few, and a secret is out or is heard by nobody."""
    server.people("ines", "tomas")
    ada.goto("/compose?visibility=direct&status=@ines+and+@tomas:+low+tide,+says+@ada")
    said = ada.locator("#readers")
    expect(said).to_have_text("Now: ines and tomas.")
    expect(ada.get_by_role("button", name="Send to 2 people", exact=True)).to_be_visible()
    ada.goto("/compose?visibility=direct&status=low+tide")
    expect(said).to_have_text("")  # it would not go away when somebody is named
    expect(ada.get_by_role("button", name="Send", exact=True)).to_be_visible()
    ada.goto("/compose?status=@ines")
    expect(said).to_be_hidden()
