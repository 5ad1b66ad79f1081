"""Pages that stay open: what scripts add to them, in a real browser against a real server, with two
people; and that the same can be done without scripts."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from eyes import flaws
from playwright.sync_api import Browser, BrowserContext, Page, expect

from server import Server, password, running

OLD = 45  # posts of ada's before anybody looks: three pages
TOKENS: dict[str, str] = {}  # of the people, by name
LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("live"), WHIMBREL_RATE_LIMITS="false") as server:
        TOKENS.update(server.people("ada", "bob", "cleo"))
        ada = server.call(TOKENS["ada"], "GET", "/api/v1/accounts/verify_credentials")
        server.call(TOKENS["bob"], "POST", f"/api/v1/accounts/{ada['id']}/follow")
        for number in range(OLD):
            write(server, f"Post number {number}.")
        yield server


def write(server: Server, text: str, **more: Any) -> dict[str, Any]:
    return server.call(TOKENS["ada"], "POST", "/api/v1/statuses", status=text, **more)


def arrived(server: Server, post: dict[str, Any]) -> None:
    """Wait until it is on bob's home."""
    for _ in range(100):
        home = server.call(TOKENS["bob"], "GET", "/api/v1/timelines/home")
        if post["id"] in [each["id"] for each in home]:
            return
        time.sleep(0.05)
    raise AssertionError("it did not arrive")


class Reader:
    """Somebody signed in, with a page; what its console or policy complains of is kept."""

    def __init__(self, browser: Browser, server: Server, name: str, **how: Any) -> None:
        self.context: BrowserContext = browser.new_context(
            base_url=server.url,
            reduced_motion="reduce",
            viewport={"width": 1280, "height": 800},
            **how,
        )
        self.said: list[str] = []
        self.context.add_init_script(LISTEN)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto("/auth/sign-in")
        self.page.get_by_label("Name or e-mail").fill(name)
        self.page.get_by_label("Password").fill(password(name))
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url("**/home")

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.said.append(message.text)

    def violations(self) -> list[str]:
        return self.page.evaluate("window.violations ?? []")


@pytest.fixture
def bob(browser: Browser, server: Server) -> Iterator[Reader]:
    reader = Reader(browser, server, "bob")
    yield reader
    violations = reader.violations()
    reader.context.close()
    assert violations == []
    assert reader.said == []


@pytest.fixture
def plain(browser: Browser, server: Server) -> Iterator[Page]:
    reader = Reader(browser, server, "bob", java_script_enabled=False)
    yield reader.page
    reader.context.close()


def ready(page: Page) -> None:
    """Wait until the scripts have taken over."""
    expect(page.locator("[data-htmx-powered]").first).to_be_attached()


# ----------------------------------------------------------------------------- marks


@pytest.mark.parametrize(
    ("kind", "name", "field"),
    [
        ("like", "Like", "favourited"),
        ("boost", "Boost", "reblogged"),
        ("keep", "Bookmark", "bookmarked"),
    ],
)
def test_a_mark_needs_no_reload_and_keeps_the_focus(bob, server, kind, name, field):
    """The place would be lost at every like; with a keyboard, the way back there as well."""
    post = write(server, f"To be marked: {name}.")
    page = bob.page
    page.goto(f"/@ada/{post['id']}")
    ready(page)
    page.evaluate("window.same = true")
    button = page.locator(f"#{kind}-{post['id']}")
    button.focus()
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    if kind != "keep":
        expect(button).to_contain_text("1")
    expect(button).to_be_focused()
    assert page.evaluate("window.same")
    told = server.call(TOKENS["bob"], "GET", f"/api/v1/statuses/{post['id']}")
    assert told[field] is True
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(button).to_be_focused()


def test_a_mark_that_does_not_get_there_is_taken_back(bob, server):
    """They would believe that the author was told; and would not know to try again."""
    post = write(server, "Liked in a tunnel.")
    page = bob.page
    page.goto(f"/@ada/{post['id']}")
    ready(page)
    button = page.locator(f"#like-{post['id']}")
    bob.context.set_offline(True)
    button.click()
    toast = page.locator("#toasts .toast")
    expect(toast).to_contain_text("You are offline")
    expect(button).to_have_attribute("aria-pressed", "false")
    bob.context.set_offline(False)
    toast.get_by_role("button", name="Again").click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_contain_text("1")
    known = ("ERR_INTERNET_DISCONNECTED", "htmx:error: Failed to fetch")
    bob.said[:] = [said for said in bob.said if not any(each in said for each in known)]


@pytest.mark.parametrize("status", [422, 503])
def test_what_the_server_refuses_is_taken_back_and_said(bob, server, status):
    """A button that stays pressed although nothing happened is a lie."""
    post = write(server, f"Refused with {status}.")
    page = bob.page
    page.goto(f"/@ada/{post['id']}")
    ready(page)
    page.route(
        "**/favourite",
        lambda route: route.fulfill(
            status=status,
            content_type="text/html",
            body="<main><h1>No</h1><p>Not today.</p></main>",
        ),
    )
    button = page.locator(f"#like-{post['id']}")
    button.click()
    expect(page.locator("#toasts .toast")).to_contain_text("Not today.")
    expect(button).to_have_attribute("aria-pressed", "false")
    bob.said[:] = [said for said in bob.said if f"status of {status}" not in said]


def test_muting_a_conversation_says_what_it_did(bob, server):
    """The menu would say nothing, and they would press it again; and six seconds are too short for
    who reads slowly, or wants it back."""
    post = write(server, "A long conversation.")
    page = bob.page
    page.goto(f"/@ada/{post['id']}")
    ready(page)
    page.locator(f"#more-{post['id']}").click()
    page.get_by_role("button", name="Mute this conversation").click()
    toast = page.locator("#toasts .toast")
    expect(toast).to_contain_text("You will hear nothing")
    expect(page.locator(f"#mute-{post['id']}")).to_contain_text("Tell me about this")
    toast.get_by_role("button", name="Undo").press("Enter")
    expect(toast).to_have_text("You hear of this conversation again.")
    expect(toast).to_be_focused()
    expect(page.locator(f"#mute-{post['id']}")).to_contain_text("Mute this conversation")
    assert flaws(page) == []
    assert not server.call(TOKENS["bob"], "GET", f"/api/v1/statuses/{post['id']}")["muted"]
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(0, 0)
    page.evaluate("for (const each of document.getAnimations()) each.finish()")  # six seconds
    expect(toast).to_be_hidden()
    page.goto("/notifications")
    page.get_by_text("What pages told you lately").click()
    said = page.locator("#said li")
    expect(said).to_contain_text(["You hear of this conversation", "You will hear nothing"])


def test_a_post_that_stands_twice_is_marked_where_it_was_pressed(bob, server):
    """The menu of the lower one would open at the upper one, the focus jump there."""
    post = write(server, "Said twice.")
    again = server.call(TOKENS["ada"], "POST", f"/api/v1/statuses/{post['id']}/reblog")
    page = bob.page
    page.goto("/@ada")
    ready(page)
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(ids) == len(set(ids))
    button = page.locator(f"#like-{again['id']}")
    button.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_contain_text("1")
    expect(button).to_be_focused()
    server.call(TOKENS["ada"], "POST", f"/api/v1/statuses/{post['id']}/unreblog")


def test_somebody_is_followed_and_blocked_without_a_reload(bob, server):
    """The place in a list of people would be lost at each; with a keyboard, the way back, too."""
    page = bob.page
    for _ in range(2):
        page.goto("/@cleo")
        ready(page)
        page.evaluate("window.same = true")
        page.get_by_role("button", name="Follow", exact=True).press("Enter")
        stands = page.locator("#stand")
        expect(stands).to_contain_text("Following")
        expect(stands).to_be_focused()
        page.get_by_role("button", name="More about cleo").press("Enter")
        page.get_by_role("button", name="Stop following").press("Enter")
        expect(page.get_by_role("button", name="Follow", exact=True)).to_be_visible()
    page.get_by_role("button", name="More about cleo").press("Enter")
    page.get_by_role("button", name="Block", exact=True).press("Enter")
    expect(stands).to_have_text("Unblock")
    stands.press("Enter")
    expect(page.get_by_role("button", name="Follow", exact=True)).to_be_visible()
    assert page.evaluate("window.same")
    ada = server.call(TOKENS["ada"], "GET", "/api/v1/accounts/verify_credentials")
    server.call(TOKENS["cleo"], "POST", f"/api/v1/accounts/{ada['id']}/follow")
    page.goto("/@ada/followers")
    ready(page)
    page.evaluate("window.same = true")
    bob.context.set_offline(True)
    page.get_by_role("button", name="Follow cleo").click()
    expect(page.locator("#toasts .toast")).to_contain_text("You are offline")
    bob.context.set_offline(False)
    page.get_by_role("button", name="Follow cleo").press("Enter")
    expect(page.locator("[id^=stand-]", has_text="Following")).to_be_visible()
    assert page.evaluate("window.same && document.activeElement.textContent.includes('Following')")
    known = ("ERR_INTERNET_DISCONNECTED", "htmx:error: Failed to fetch")
    bob.said[:] = [said for said in bob.said if not any(each in said for each in known)]


def test_who_was_signed_out_meanwhile_is_led_to_the_way_in(bob, server):
    """The sign-in page would appear inside a button."""
    post = write(server, "Open since yesterday.")
    page = bob.page
    page.goto(f"/@ada/{post['id']}")
    ready(page)
    bob.context.clear_cookies()
    page.locator(f"#like-{post['id']}").click()
    page.wait_for_url("**/auth/sign-in*")
    bob.said.clear()  # the stream of events was refused, too


def test_marks_and_pages_work_without_scripts(plain, server):
    """Whoever turns scripts off would only look."""
    post = write(server, "Plainly liked.")
    arrived(server, post)
    plain.goto("/home")
    plain.locator(f"#like-{post['id']}").click()
    assert plain.url.endswith(f"/home#p-{post['id']}")
    expect(plain.locator(f"#like-{post['id']}")).to_have_attribute("aria-pressed", "true")
    last = plain.locator("article.post").last.get_attribute("id")
    plain.get_by_role("link", name="Older").click()
    assert "max_id=" in plain.url
    expect(plain.locator("article.post")).to_have_count(20)
    expect(plain.locator(f"#{last}")).to_have_count(0)


# ----------------------------------------------------------------------------- what is new


def test_what_is_new_waits_for_a_press_and_moves_nothing(bob, server):
    """A page that jumps takes the sentence away that is being read."""
    page = bob.page
    page.goto("/home")
    ready(page)
    page.mouse.wheel(0, 1500)
    page.wait_for_timeout(300)
    reading = page.evaluate(
        "[...document.querySelectorAll('article.post')].find("
        "p => p.getBoundingClientRect().top > 80).id"
    )
    top = f"document.getElementById('{reading}').getBoundingClientRect().top"
    before = page.evaluate(top)
    first = write(server, "New, and one.")
    second = write(server, "New, and another.")
    pill = page.get_by_role("link", name="2 new posts")
    expect(pill).to_be_visible()
    assert abs(page.evaluate(top) - before) < 1
    pill.evaluate("link => link.click()")  # the test's own pointer would scroll the page first
    expect(page.locator(f"#p-{second['id']}")).to_be_attached()
    expect(page.locator("#pill a")).to_be_hidden()
    assert abs(page.evaluate(top) - before) < 2
    order = page.evaluate(
        "[...document.querySelectorAll('#feed > *')].slice(0, 4).map(e => e.id || e.className)"
    )
    assert order == ["here bare", f"p-{second['id']}", f"p-{first['id']}", "here"]
    expect(page.get_by_text("You read up to here")).to_have_count(1)
    expect(page.locator(f"#p-{first['id']}")).to_be_focused()
    write(server, "And once more.")
    expect(page.get_by_role("link", name="1 new post")).to_be_visible()


@pytest.mark.parametrize("path", ["/local", "/tags/tide"])
def test_other_feeds_tell_of_what_is_new(bob, server, path):
    """Only home would be alive."""
    write(server, "Low #tide.")
    page = bob.page
    page.goto(path)
    ready(page)
    time.sleep(0.5)  # the stream opens
    fresh = write(server, "High #tide.")
    page.get_by_role("link", name="1 new post").click()
    expect(page.locator(f"#p-{fresh['id']}")).to_be_focused()


def test_notifications_are_counted_while_the_page_is_open(bob, server):
    """Who waits for an answer would reload all day."""
    page = bob.page
    page.goto("/settings")
    bell = page.get_by_role("navigation", name="Main").get_by_role("link", name="Notifications")
    write(server, "@bob Are you there?")
    expect(bell).to_contain_text("1")
    assert page.title().startswith("(1) Settings")
    bell.click()
    page.wait_for_url("**/notifications")
    expect(bell.locator(".count")).to_be_hidden()
    assert page.title().startswith("Notifications")


# ----------------------------------------------------------------------------- reading on


def test_older_posts_come_by_themselves_and_the_way_back_leads_to_the_place(bob, server):
    """Everybody who opens a post far down would start again from the top."""
    page = bob.page
    page.goto("/home")
    ready(page)
    for wanted in (40, 45):
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        expect(page.locator("#feed > article").nth(wanted - 1)).to_be_attached()
    assert page.url.endswith("/home")
    ids = page.evaluate("[...document.querySelectorAll('#feed > article')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    far = page.locator("#feed > article").nth(38)
    far.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    far_id, top = far.get_attribute("id"), far.bounding_box()["y"]
    far.locator(".meta > a").click()
    page.wait_for_url("**/@ada/*")
    page.go_back()
    page.wait_for_url("**/home")
    expect(page.locator(f"#{far_id}")).to_be_in_viewport()
    page.wait_for_timeout(300)
    assert abs(page.locator(f"#{far_id}").bounding_box()["y"] - top) < 40
    like = page.locator(f"#{far_id}").locator(".act-like")
    like.click()
    expect(like).to_have_attribute("aria-pressed", "true")


# ----------------------------------------------------------------------------- two panes


def test_where_there_is_room_a_post_opens_beside_its_list(bob, server):
    """At a desk one would lose the list at each post, and find the way back each time."""
    answered = write(server, "Who saw the terns?")
    answer = write(server, "I did, twice.", in_reply_to_id=answered["id"])
    top = write(server, "The newest of all.")
    arrived(server, top)
    page = bob.page
    page.set_viewport_size({"width": 1504, "height": 800})
    page.goto("/home")
    ready(page)
    page.evaluate("window.same = true")
    for _ in range(3):
        page.keyboard.press("j")
    opener = page.locator(f"#p-{answered['id']}")
    expect(opener).to_be_focused()
    box = opener.bounding_box()
    page.keyboard.press("Enter")
    pane = page.locator("#pane")
    expect(pane.get_by_role("heading", name="Post")).to_be_focused()
    assert page.url.endswith(f"/@ada/{answered['id']}")
    assert page.title().startswith("A post by ada")
    assert opener.bounding_box() == box  # nothing moved
    assert pane.bounding_box()["x"] + pane.bounding_box()["width"] <= 1504
    assert flaws(page) == []
    # The same post stands twice: what is pressed on one is pressed on the other.
    page.keyboard.press("j")
    page.keyboard.press("f")
    beside, listed = (page.locator(f"#like-{key}{answered['id']}") for key in ("w", ""))
    for like in (beside, listed):
        expect(like).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("f")
    for like in (beside, listed):
        expect(like).to_have_attribute("aria-pressed", "false")
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(ids) == len(set(ids))
    page.keyboard.press("j")
    expect(page.locator(f"#p-w{answer['id']}")).to_be_focused()
    page.keyboard.press("o")  # further into the conversation
    page.wait_for_url(f"**/@ada/{answer['id']}")
    expect(pane.get_by_role("heading", name="Post")).to_be_focused()
    page.go_back()
    expect(pane.locator(".full")).to_have_attribute("id", f"p-w{answered['id']}")
    page.go_forward()
    expect(pane.locator(".full")).to_have_attribute("id", f"p-w{answer['id']}")
    page.keyboard.press("Escape")
    page.wait_for_url("**/home")
    expect(pane).to_be_hidden()
    expect(opener).to_be_focused()
    assert "Home · " in page.title()
    # From a menu, which shuts; and closed by its button, or the browser's.
    page.locator(f"#more-{top['id']}").click()
    page.get_by_role("link", name="Open this post").click()
    expect(pane.locator(".full")).to_have_attribute("id", f"p-w{top['id']}")
    expect(page.locator(f"#menu-{top['id']}")).to_be_hidden()
    pane.get_by_role("button", name="Close").click()
    expect(pane).to_be_hidden()
    opener.locator(".meta > a").click()
    expect(pane.locator(".full")).to_be_visible()
    page.mouse.move(600, 400)
    page.mouse.wheel(0, 900)
    page.wait_for_timeout(300)
    far = page.evaluate("scrollY")
    page.go_back()
    expect(pane).to_be_hidden()
    page.wait_for_timeout(300)
    assert far > 300 and page.evaluate("scrollY") == far  # the list stays where it was read
    assert page.evaluate("window.same")
    # Whoever goes on from there comes back to a page of its own, and from that one to the list.
    page.evaluate("scrollTo(0, 0)")
    opener.locator(".meta > a").click()
    pane.get_by_role("link", name="Open as a page").click()
    expect(page.get_by_role("link", name="Back to Home")).to_be_visible()
    expect(page.locator("#composer")).to_be_visible()
    page.go_back()
    page.wait_for_url("**/home")
    expect(page.locator("#feed")).to_be_visible()
    # Too narrow for both: a link is a link.
    page.set_viewport_size({"width": 1280, "height": 800})
    opener.locator(".meta > a").click()
    expect(page.get_by_role("link", name="Back to Home")).to_be_visible()


# ----------------------------------------------------------------------------- keyboard


def test_letters_read_and_act(bob, server):
    """Who reads with the keyboard would need a hundred presses of Tab for each post."""
    second = write(server, "The lower one.")
    first = write(server, "The upper one.")
    arrived(server, first)
    page = bob.page
    page.goto("/home")
    ready(page)
    page.keyboard.press("j")
    expect(page.locator(f"#p-{first['id']}")).to_be_focused()
    page.keyboard.press("j")
    lower = page.locator(f"#p-{second['id']}")
    expect(lower).to_be_focused()
    for key, button in (("f", "like"), ("d", "keep"), ("b", "boost")):
        page.keyboard.press(key)
        expect(page.locator(f"#{button}-{second['id']}")).to_have_attribute("aria-pressed", "true")
        expect(lower).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator(f"#p-{first['id']}")).to_be_focused()
    page.keyboard.press("c")
    expect(page.get_by_role("textbox", name="What do you want to say?")).to_be_focused()
    page.keyboard.type("jf?")
    expect(page.get_by_role("textbox", name="What do you want to say?")).to_have_value("jf?")
    page.locator(f"#p-{first['id']}").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/@ada/{first['id']}")
    ready(page)
    page.keyboard.press("u")
    page.wait_for_url("**/home*")
    ready(page)
    # What was written there comes back, and does not take the focus.
    expect(page.get_by_role("textbox", name="What do you want to say?")).to_have_value("jf?")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")
    page.keyboard.press("g")
    page.keyboard.press("n")
    page.wait_for_url("**/notifications")


def test_the_list_of_keys_gives_the_focus_back(bob, server):
    """Who only asked what a key does would be at the top of the page again."""
    page = bob.page
    page.goto("/home")
    ready(page)
    page.keyboard.press("j")
    here = page.evaluate("document.activeElement.id")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="What the keyboard does")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator(f"#{here}")).to_be_focused()
    page.goto("/keys")
    expect(page.get_by_role("heading", name="What the keyboard does")).to_be_visible()


def test_letters_can_be_switched_off(bob, server):
    """Who speaks to their computer would like posts by talking."""
    page = bob.page
    page.goto("/home")
    ready(page)
    page.evaluate("document.documentElement.dataset.keys = 'off'")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement === document.body")
