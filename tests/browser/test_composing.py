"""Writing with scripts, in a real browser against a real server: what they add to the form."""

import base64
import io
from collections.abc import Iterator

import pytest
from eyes import flaws, overflow
from PIL import Image
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


def picture(shade: int) -> dict[str, object]:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), (shade, shade, 90)).save(out, "PNG")
    return {"name": f"{shade}.png", "mimeType": "image/png", "buffer": out.getvalue()}


GIVE = """([kind, name, bytes]) => {
  const data = new DataTransfer();
  const content = Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0));
  data.items.add(new File([content], name, { type: "image/png" }));
  const how = { bubbles: true, cancelable: true };
  const event = kind === "drop" ? new DragEvent(kind, { ...how, dataTransfer: data })
    : new ClipboardEvent(kind, { ...how, clipboardData: data });
  document.querySelector("#c-text").dispatchEvent(event);
}"""


def give(page: Page, kind: str, shade: int) -> None:
    """Let a picture fall on the words, or paste it there."""
    file = picture(shade)
    page.evaluate(GIVE, [kind, file["name"], base64.b64encode(file["buffer"]).decode()])


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


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def anyhow(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Ada's phone, with and without scripts."""
    view = {"width": 360, "height": 740}
    page = enter(browser, server, java_script_enabled=request.param, viewport=view)
    yield page
    page.context.close()


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
    expect(ring.get_by_role("status")).to_have_text("Characters too many: 2")
    field.fill("y" * 497 + "end")
    marked = ada.locator("#behind mark")
    expect(marked).to_have_text("end")  # three beside the warning's
    field.fill("🐦" * 498 + "\n\nhttps://tern.example/far")
    assert marked.text_content() == "🐦\n\nhttps://tern.example/far"
    # It lies under the very letters: the same box, the same lines.
    field.fill("Some words and more of them. " * 30)
    boxes = [ada.locator(it).bounding_box() for it in ("#c-text", "#behind")]
    assert boxes[0] == boxes[1]
    assert field.evaluate("it => it.scrollHeight <= it.clientHeight")
    field.fill("Fits")
    expect(marked).to_have_text("")
    field.fill("y" * 499)
    ada.get_by_role("button", name="Post", exact=True).click()
    expect(ada.get_by_text("character limit of 500 exceeded", exact=False)).to_be_visible()
    expect(ada.locator("#over mark")).to_have_text("yy")
    field.fill("Short after all")
    ada.get_by_role("button", name="Post", exact=True).click()
    ada.wait_for_url("**/home?posted=*")


# ----------------------------------------------------------------------------- files


def test_pictures_are_dropped_pasted_described_and_taken_off(ada, server):
    """Two pages for one picture; and most pictures would go out without a word."""
    ada.goto("/compose")
    ada.get_by_label("What do you want to say?").fill("Low tide")
    give(ada, "drop", 10)
    expect(ada.get_by_label("Describe file 1")).to_be_visible()
    ada.get_by_label("Describe file 1").fill("Mud.")
    give(ada, "paste", 90)
    expect(ada.get_by_label("Describe file 2")).to_be_visible()
    ada.get_by_label("Add files").set_input_files(picture(200))
    expect(ada.get_by_label("Describe file 3")).to_be_visible()
    expect(ada.get_by_label("Describe file 1")).to_have_value("Mud.")
    ada.get_by_label("Take file 2 off").press("Space")
    expect(ada.locator(".attach")).to_have_count(2)
    assert flaws(ada) == [] and overflow(ada) <= 0
    ada.get_by_role("button", name="Post", exact=True).click()
    asked = ada.get_by_role("dialog", name="Not everything has a description")
    expect(asked).to_be_visible()
    assert flaws(ada) == []
    asked.get_by_role("button", name="Describe it").press("Enter")
    expect(ada.get_by_label("Describe file 2")).to_be_focused()
    ada.get_by_role("button", name="Post", exact=True).press("Enter")
    asked.get_by_role("button", name="Post without").click()
    ada.wait_for_url("**/home?posted=*")
    shown = ada.locator("article", has_text="Low tide").locator("figure img")
    assert [each.get_attribute("alt") for each in shown.all()] == ["Mud.", ""]
    ada.goto("/drafts")
    expect(ada.get_by_text("No drafts")).to_be_visible()


def test_a_picture_fits_into_the_small_form_and_a_wrong_file_is_said(ada, server):
    """Home would send everybody to another page for one picture."""
    ada.goto("/home")
    ada.get_by_label("What do you want to say?").fill("From home")
    give(ada, "drop", 30)
    ada.get_by_label("Describe file 1").fill("Reeds.")
    bad = {"name": "x.png", "mimeType": "image/png", "buffer": b"no picture"}
    ada.get_by_label("Add files").set_input_files(bad)
    expect(ada.locator("#e-files")).to_be_visible()
    expect(ada.get_by_label("Describe file 1")).to_have_value("Reeds.")
    ada.get_by_role("button", name="Post", exact=True).click()
    ada.wait_for_url("**/home?posted=*")
    expect(ada.locator("article", has_text="From home").get_by_alt_text("Reeds.")).to_be_visible()
    ada.goto("/compose")
    ada.evaluate("document.documentElement.dataset.nudge = 'off'")  # as the setting has it
    give(ada, "drop", 60)
    expect(ada.get_by_label("Describe file 1")).to_be_visible()
    ada.get_by_role("button", name="Post", exact=True).click()
    ada.wait_for_url("**/home?posted=*")


# ----------------------------------------------------------------------------- nothing is lost


def test_a_draft_keeps_itself_and_comes_back(ada, server):
    """A closed window would cost an hour of writing."""
    ada.goto("/compose")
    field = ada.get_by_label("What do you want to say?")
    field.fill("First half")
    expect(ada.locator("#kept")).to_contain_text("Draft saved")
    ada.wait_for_url("**/compose?draft=*")
    ada.reload()
    expect(field).to_have_value("First half")
    field.press("End")
    field.press_sequentially(" and")
    ada.reload()
    expect(field).to_have_value("First half and")
    ada.goto("/drafts")
    expect(ada.locator(".kept > li")).to_have_count(1)
    ada.goto("/home")
    field.fill("Begun at home")
    ada.reload()
    expect(field).to_have_value("Begun at home")
    field.fill("")
    ada.get_by_role("link", name="Home").first.click()
    ada.goto("/drafts")
    ada.get_by_text("Discard…").first.click()
    ada.get_by_role("button", name="Discard: draft 1").click()


def test_who_was_signed_out_meanwhile_finds_the_words_again(ada, server):
    """Sessions end while people think about a word."""
    ada.goto("/compose")
    field = ada.get_by_label("What do you want to say?")
    field.fill("Written slowly")
    ada.context.clear_cookies()
    expect(ada.locator("#kept")).to_contain_text("You are signed out")
    expect(field).to_have_value("Written slowly")
    ada.get_by_role("button", name="Post", exact=True).click()
    ada.wait_for_url("**/auth/sign-in*")
    ada.get_by_label("Name or e-mail").fill("ada")
    ada.get_by_label("Password").fill(password("ada"))
    ada.get_by_role("button", name="Sign in", exact=True).click()
    ada.wait_for_url("**/compose*")
    expect(field).to_have_value("Written slowly")
    ada.context.set_offline(True)
    ada.get_by_role("button", name="Post", exact=True).click()
    expect(ada.locator("#toasts .toast")).to_contain_text("What you wrote is still here")
    ada.context.set_offline(False)
    ada.locator("#toasts").get_by_role("button", name="Again").click()
    ada.wait_for_url("**/home?posted=*")
    expect(ada.locator("article", has_text="Written slowly")).to_be_visible()
    expect(field).to_have_value("")


# ----------------------------------------------------------------------------- threads


def test_a_thread_is_written_whole_before_any_of_it_goes_out(anyhow, server):
    """Readers would answer the first part while the last is not thought of yet."""
    page, field = anyhow, anyhow.get_by_label("What do you want to say?")
    page.goto("/compose")
    page.locator(".reach > summary").click()
    page.get_by_label("Everyone, quietly").check()
    for words in ("One of thre", "Three of three"):
        field.fill(words)
        page.get_by_role("button", name="Add another post").press("Enter")
        expect(field).to_have_value("")
    expect(page.locator("[value=unlisted]")).to_be_checked()
    page.get_by_role("button", name="Change post 1").press("Enter")
    expect(field).to_have_value("One of thre")
    field.fill("One of three")
    page.get_by_role("button", name="Add another post").press("Enter")
    expect(field).to_have_value("")
    expect(page.locator(".parts li")).to_have_count(4)
    field.fill("Two of three")
    page.get_by_role("button", name="Post the thread").press("Enter")
    page.wait_for_url("**/@ada/*")
    told = [each.inner_text() for each in page.locator("main .post-text").all()]
    assert told == ["One of three", "Two of three", "Three of three"]


# ----------------------------------------------------------------------------- names


def test_a_name_is_offered_and_taken_by_key_or_finger(browser, ada, server):
    """One slip in a name, and somebody else is told, or nobody."""
    server.call(TOKENS["bob"], "POST", "/api/v1/statuses", status="Low #MudLarks")
    ada.goto("/home")
    field = ada.get_by_label("What do you want to say?")
    offered = ada.get_by_role("listbox", name="Suggestions")
    field.press_sequentially("For @bo")
    expect(offered.get_by_role("option", name="@bob")).to_have_attribute("aria-selected", "true")
    expect(ada.locator("#c-found")).to_contain_text("1 suggestion.")
    expect(field).to_have_attribute("aria-activedescendant", "name-1")
    assert flaws(ada) == [] and overflow(ada) <= 0
    field.press("Escape")
    expect(offered).to_be_hidden()
    field.press_sequentially("b")
    expect(offered.get_by_role("option", name="@bob")).to_have_attribute("aria-selected", "true")
    field.press("ArrowUp")
    field.press("Enter")
    expect(field).to_have_value("For @bob ")
    field.press_sequentially("about #mudl")
    offered.get_by_role("option", name="#MudLarks").click()
    expect(field).to_have_value("For @bob about #MudLarks ")
    expect(field).to_be_focused()
    expect(offered).to_be_hidden()
    field.press_sequentially("me@example.org @nobody")
    ada.wait_for_timeout(400)
    expect(offered).to_be_hidden()
    field.fill("")


def test_who_will_read_it_follows_what_is_written(ada, server):
    """Who was named a moment ago would not be among them."""
    ada.goto("/compose?visibility=direct")
    ada.get_by_label("What do you want to say?").fill("low tide")
    expect(ada.locator("#readers")).to_have_text("Now: nobody but you. Name people with @.")
    ada.get_by_label("What do you want to say?").fill("@bob low tide")
    expect(ada.locator("#readers")).to_have_text("Now: bob.")
    expect(ada.get_by_role("button", name="Send to 1 person")).to_be_visible()
    assert flaws(ada) == [] and overflow(ada) <= 0
    ada.get_by_role("button", name="Send to 1 person").click()
    ada.wait_for_url("**/home?posted=*")


def test_enter_in_the_warning_posts(anyhow, server):
    """It opened the larger form, and the post seemed lost."""
    anyhow.goto("/compose")
    anyhow.get_by_label("What do you want to say?").fill("Behind a word")
    warning = anyhow.get_by_label("Content warning")
    warning.fill("Mud")
    warning.press("Enter")
    anyhow.wait_for_url("**/home?posted=*")
    expect(anyhow.locator("article", has_text="Mud").first).to_be_visible()


def test_a_press_on_the_picture_says_where_previews_look(anyhow, server):
    """Heads would be cut off, and two numbers between -1 and 1 are nobody's idea of a face."""
    anyhow.goto("/compose")
    anyhow.get_by_label("What do you want to say?").fill("Look up")
    anyhow.get_by_label("Add files").set_input_files(picture(120))
    if anyhow.get_by_role("button", name="Put them in and go on").is_visible():
        anyhow.get_by_role("button", name="Put them in and go on").click()
    anyhow.get_by_label("Describe file 1").fill("Up.")
    anyhow.get_by_text("Focus point", exact=True).click()
    anyhow.get_by_role("radio", name="Row 1, column 4 of 5").click()
    anyhow.get_by_role("button", name="Post", exact=True).click()
    anyhow.wait_for_url("**/home?posted=*")
    shown = anyhow.locator("article", has_text="Look up").first.locator("figure")
    expect(shown).to_have_class("fx-4 fy-1")


def test_somebody_is_muted_where_the_page_stands(browser, server):
    """Each mute would begin the page anew, far above where one was."""
    page = enter(browser, server)
    page.goto("/@bob")
    page.evaluate("window.same = true")
    for verb, said in (("Mute", 1), ("Unmute", 0)):
        page.get_by_role("button", name="More about").click()
        page.locator("#more-about").get_by_role("button", name=verb, exact=True).click()
        expect(page.get_by_text("You mute this account.")).to_have_count(said)
    assert page.evaluate("window.same")
    page.context.close()
