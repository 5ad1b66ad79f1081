"""Leaving, in a real browser: words and keys are made and used there, and what was made opens
elsewhere; the archive is asked for, fetched, and taken back in."""

import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from eyes import flaws, overflow
from playwright.sync_api import Browser, BrowserContext, Page, expect

from server import Server, password, running
from whimbrel.exit.kit import box, recovery
from whimbrel.exit.kit.box import Kit
from whimbrel.federation.pairs import make

sys.path.append(str(Path(__file__).parent.parent / "federation"))

from strict import Strict, strict

KIT, ARCHIVE = "/settings/kit", "/settings/archive"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("kit")
    with running(data, WHIMBREL_TITLE="Saltmarsh", WHIMBREL_ALLOW_PRIVATE="127.0.0.1") as server:
        tokens = server.people("ada", "bob")
        server.call(tokens["ada"], "POST", "/api/v1/statuses", status="the tide is out")
        yield server


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    context = browser.new_context(base_url=server.url, reduced_motion="reduce")
    yield enter(context)
    context.close()


def enter(context: BrowserContext) -> Page:
    """Ada, signed in."""
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto("/auth/sign-in")
    page.get_by_label("Name or e-mail").fill("ada")
    page.get_by_label("Password", exact=True).fill(password("ada"))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/home")
    return page


def of_a_dead_server(peer: Strict) -> tuple[Kit, str, bytes]:
    """A kit, its words, and its file."""
    pair, words = make(), recovery.new_words()
    actor = "https://gone.example/ap/users/1"
    inboxes = [("https://x.example/1", f"{peer.origin}/inbox"), ("https://x.example/2", "nowhere")]
    secrets = pair.public.rsa, pair.private.rsa, pair.private.ed25519
    kit = Kit(actor, "ada@gone.example", 1, *secrets, inboxes, ["bob", "x@nowhere.invalid"])
    return kit, words, box.seal(kit, recovery.public(recovery.secret(words)))


def test_words_that_a_browser_made_open_the_kit(page: Page, tmp_path: Path):
    """The two sides are written in two languages: they must agree on every bit."""
    page.goto("/settings/carry")
    page.get_by_role("link", name="Recovery kit").click()
    page.get_by_role("button", name="Make nine words").click()
    expect(page.get_by_label("Public recovery key")).not_to_have_value("")
    words = page.locator("form[data-kit=make] .secret").inner_text()
    page.get_by_label("Where you keep your archive").fill("in the attic")
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert flaws(page) == [] and overflow(page) <= 0
    with page.expect_download() as given:
        page.get_by_role("button", name="Download the kit").click()
    given.value.save_as(tmp_path / "kit")
    kit = box.unseal((tmp_path / "kit").read_bytes(), words)
    assert kit.handle.startswith("ada@") and kit.archive == "in the attic"
    page.goto(KIT)
    expect(page.get_by_text("Your last kit is of")).to_be_visible()
    page.get_by_role("button", name="Make all kits worthless").click()
    expect(page.get_by_text("All your kits are worthless now.")).to_be_visible()


def test_a_browser_moves_the_followers_of_a_server_that_is_gone(
    page: Page, server: Server, tmp_path: Path
):
    """On the worst day nobody is there to ask; and the words go nowhere."""
    with strict() as peer:
        kit, words, file = of_a_dead_server(peer)
        peer.keys[f"{kit.actor}#main-key"] = kit.public

        def fetch(url: str) -> dict[str, object]:
            with urlopen(Request(url, headers=peer.signed(url))) as answer:
                found: dict[str, object] = json.load(answer)
            return found

        peer.fetch = fetch
        sent: list[str] = []
        page.on("request", lambda asked: sent.append(asked.post_data or ""))
        page.goto(KIT)
        chosen = {"name": "ada.kit", "mimeType": "application/octet-stream", "buffer": file}
        page.get_by_label("The file").set_input_files(files=[chosen])
        page.get_by_label("Your nine words").fill(recovery.new_words())
        page.get_by_role("button", name="Open", exact=True).click()
        expect(page.get_by_text("The file and the words do not belong together.")).to_be_visible()
        page.get_by_label("Your nine words").fill(words.replace(" ", "\n").upper())
        page.get_by_role("button", name="Open", exact=True).click()
        expect(page.get_by_text("@ada@gone.example, as of")).to_be_visible()
        page.get_by_role("button", name="Move my followers").click()
        done = page.get_by_text("1 of 2 servers were told, 1 of 2 are followed again.")
        expect(done).to_be_visible()
        assert peer.said == ["taken"]
        assert list(peer.moved) == [kit.actor]
        told = "".join(sent)
        assert all(word not in told for word in words.split())
        assert peer.moved[kit.actor][1].startswith(server.url)


@pytest.mark.parametrize("scripts", [True, False])
def test_the_archive_is_asked_for_fetched_and_brought_back_in(
    browser: Browser, server: Server, tmp_path: Path, scripts: bool
):
    """Who leaves must not need the help of whoever they leave."""
    context = browser.new_context(base_url=server.url, java_script_enabled=scripts)
    page = enter(context)
    page.goto(ARCHIVE)
    ready = page.get_by_role("link", name="Download")
    if not ready.count():  # by the other one of these
        page.get_by_role("button", name="Make the file").click()
    for _ in range(200):
        page.goto(ARCHIVE)
        if ready.count():
            break
        page.wait_for_timeout(50)
    if scripts:
        assert flaws(page) == []
    with page.expect_download() as given:
        ready.click()
    given.value.save_as(tmp_path / "archive.zip")
    with zipfile.ZipFile(tmp_path / "archive.zip") as found:
        assert b"the tide is out" in found.read("outbox.json")
    page.goto(ARCHIVE)
    page.get_by_label("The file").set_input_files(tmp_path / "archive.zip")
    page.get_by_role("button", name="Bring in").click()
    expect(page.locator("#brought")).to_be_visible()
    context.close()
