"""The desk by letters and live, in a real browser against a real server, with two moderators; and
without scripts."""

import csv
from collections.abc import Iterator

import pytest
from eyes import flaws, overflow
from playwright.sync_api import Browser, expect
from test_live import Reader

from server import Server, password, running

STAFF = ("mod", "second")
POSTS = 3
TOKENS: dict[str, str] = {}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Bob has reported some posts of ada's, each in a case of its own."""
    with running(tmp_path_factory.mktemp("desk"), WHIMBREL_RATE_LIMITS="false") as server:
        TOKENS.update(server.people("ada", "bob"))
        path = server.data / "staff.csv"
        with path.open("w") as file:
            rows = csv.writer(file)
            rows.writerow(("name", "email", "password", "role"))
            rows.writerows((n, f"{n}@example.org", password(n), "moderator") for n in STAFF)
        server.cli("account", "import", path)
        for number in range(POSTS):
            report(server, f"Post number {number}")
        yield server


@pytest.fixture(scope="module")
def staff(browser: Browser, server: Server) -> Iterator[dict[str, Reader]]:
    """Both moderators; they sign in before they have a second step, which would ask for a code."""
    readers = {name: Reader(browser, server, name) for name in STAFF}
    server.second_factor(*STAFF)
    yield readers
    for reader in readers.values():
        violations = reader.violations()
        reader.context.close()
        assert (violations, reader.said) == ([], [])


def report(server: Server, text: str) -> None:
    """Ada writes, bob reports it."""
    post = server.call(TOKENS["ada"], "POST", "/api/v1/statuses", status=text)
    said = {"account_id": post["account"]["id"], "status_ids": [post["id"]]}
    server.call(TOKENS["bob"], "POST", "/api/v1/reports", **said)


def test_a_case_is_decided_without_a_mouse_and_others_see_it_go(
    staff: dict[str, Reader], server: Server
) -> None:
    """Hundreds of cases a day: each way to a pointer and back is a second, and a wrist."""
    mod, second = staff["mod"].page, staff["second"].page
    second.goto("/admin/reports")
    rows = second.locator("article.q")
    expect(rows).to_have_count(POSTS)
    mod.goto("/admin/reports")
    mod.keyboard.press("?")
    expect(mod.locator("#desk-keys")).to_be_visible()
    mod.keyboard.press("Escape")
    mod.keyboard.press("j")
    mod.keyboard.press("j")
    mod.keyboard.press("k")
    expect(mod.locator("article.q").first).to_be_focused()
    mod.keyboard.press("Enter")
    mod.wait_for_url("**/admin/reports/*")
    mod.keyboard.press("c")
    expect(mod.get_by_text("The case is yours for ten minutes.")).to_be_visible()
    expect(rows.first).to_contain_text("With @mod")  # nobody pressed anything there
    mod.keyboard.press("n")
    mod.keyboard.type("Seen this before")
    mod.keyboard.press("Tab")
    mod.keyboard.press("Enter")
    expect(mod.get_by_text("Seen this before")).to_be_visible()
    mod.keyboard.press("2")
    expect(mod.get_by_label("Warn", exact=True)).to_be_checked()
    mod.keyboard.press("2")
    mod.keyboard.press("1")
    mod.get_by_role("button", name="Decide", exact=True).press("Enter")
    expect(mod.get_by_text("Decided.")).to_be_visible()
    expect(rows).to_have_count(POSTS - 1)
    mod.keyboard.press("/")
    mod.keyboard.type("@ada")
    mod.keyboard.press("Enter")
    mod.wait_for_url("**/admin/reports?q=*")
    expect(mod.locator("article.q")).to_have_count(POSTS - 1)
    for page in (mod, second):
        assert flaws(page) == []


@pytest.mark.parametrize("width", [360, 1280])
def test_it_all_works_without_scripts(
    browser: Browser, staff: dict[str, Reader], server: Server, width: int
) -> None:
    """A browser with scripts switched off is what some work with, behind some firewalls."""
    report(server, f"At {width}")
    context = browser.new_context(
        base_url=server.url,
        java_script_enabled=False,
        storage_state=staff["second"].context.storage_state(),
        viewport={"width": width, "height": 800},
    )
    page = context.new_page()
    page.goto("/admin/reports")
    page.get_by_role("button", name="Take the first").click()
    page.get_by_label("Note something for the others").fill("For the night")
    page.get_by_role("button", name="Note it").click()
    expect(page.get_by_text("For the night")).to_be_visible()
    page.get_by_label("Put it off, in minutes").fill("5")
    page.get_by_role("button", name="Put it off").click()
    expect(page.get_by_text("Put off. Its clock runs on.")).to_be_visible()
    for path in ("", "?which=paused", "/alike", "/waiting"):
        page.goto(f"/admin/reports{path}")
        assert overflow(page) <= 0, path
    context.close()
