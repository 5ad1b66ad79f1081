"""Somebody at a page, by what they use: a pointer, a browser that runs no scripts, or the keyboard
alone. A task is written once, in the words of `Hand`, and each of the three can do it."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect
from sight import look, seen

MOST = 160  # presses of Tab before a thing counts as out of reach

# Where a thing is from where the focus is: 0 here, 1 further on, -1 further back. Of radio buttons
# that belong together the Tab key stops at one.
WHERE = """thing => {
  const at = document.activeElement;
  const alike = thing.type === "radio" && at.type === "radio" && at.name === thing.name;
  if (at === thing || alike) return 0;
  if (!at || at === document.body) return 1;
  return thing.compareDocumentPosition(at) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
}"""


class Hand:
    """A pointer: presses what it sees, types into what it pressed."""

    scripts = True

    def __init__(self, page: Page, name: str, view: tuple[int, str], pictures: Path | None) -> None:
        self.page, self.name = page, name
        self._view, self._pictures = view, pictures

    # --- what a task does

    def go(self, path: str) -> None:
        """Type an address."""
        self.page.goto(path, wait_until="domcontentloaded")

    def forget(self) -> None:
        """As if in another browser: nobody is signed in, and no page asks for anything."""
        self.page.goto("about:blank")
        self.page.context.clear_cookies()

    def press(self, words: str | Locator, kind: Any = "button", **how: Any) -> None:
        """A button, link or fold, by its name or found already."""
        self._press(words if isinstance(words, Locator) else self.find(words, kind, **how))

    def find(self, words: str, kind: Any = "button", **how: Any) -> Locator:
        """The first thing of this kind and exactly this name, in what the page is about."""
        how = {"name": words, "exact": True, **how}
        return self.page.locator("#main").get_by_role(kind, **how).first

    def field(self, label: str) -> Locator:
        """What has a label that begins so."""
        return self.page.locator("#main").get_by_label(re.compile(rf"^\s*{re.escape(label)}")).first

    def write(self, label: str, text: str) -> None:
        """Into a field, instead of what stands there."""
        field = self.field(label)
        field.click()
        field.fill(text)

    def enter(self) -> None:
        """Done with a field that has no button."""
        self.page.keyboard.press("Enter")

    def tick(self, label: str) -> None:
        """A box or one of a few choices."""
        box = self.field(label)
        box.locator("xpath=ancestor::label").click()
        expect(box).to_be_checked()

    def pick(self, label: str, choice: str) -> None:
        """One of a list that opens."""
        self.field(label).select_option(label=choice)

    def time(self, label: str, at: datetime) -> None:
        self.field(label).fill(at.strftime("%Y-%m-%dT%H:%M"))

    def give(self, label: str, file: Path) -> None:
        """A file, by the browser's own window for files."""
        with self.page.expect_file_chooser() as chooser:
            self._open(self.field(label))
        chooser.value.set_files(file)

    def sees(self, words: str | Locator) -> Locator:
        """Wait until it stands there."""
        if isinstance(words, str):
            words = self.page.get_by_text(words).locator("visible=true").first
        expect(words).to_be_visible()
        return words

    def post(self, words: str) -> Locator:
        """A post with these words."""
        return self.page.locator("article", has_text=words).first

    def arrives(self, path: str) -> None:
        """Wait until the address is this one; `*` stands for anything but a slash."""
        self.page.wait_for_url(f"**{path}", wait_until="domcontentloaded")

    def look(self, name: str) -> None:
        """The decisive moment: judge it in each size, and keep a picture if asked to."""
        look(self.page, self._view, self._pictures and self._pictures / name, self.scripts)

    # --- how it is done

    def _press(self, thing: Locator) -> None:
        thing.click()

    def _open(self, field: Locator) -> None:
        field.click()


class NoScript(Hand):
    """A pointer, in a browser that runs no scripts."""

    scripts = False


class Keyboard(Hand):
    """Tab, Shift+Tab, Enter, Space, arrows and what one types; nothing else."""

    def write(self, label: str, text: str) -> None:
        self._reach(self.field(label))
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def tick(self, label: str) -> None:
        box = self.field(label)
        self._reach(box)
        if box.get_attribute("type") == "checkbox":
            self.page.keyboard.press("Space")
        else:
            self._choose(box)
        expect(box).to_be_checked()

    def pick(self, label: str, choice: str) -> None:
        field = self.field(label)
        self._reach(field)
        for key in ("Home", *["ArrowDown"] * field.locator("option").count()):
            self.page.keyboard.press(key)
            if field.evaluate("list => list.selectedOptions[0].label") == choice:
                return
        raise AssertionError(f"the arrows never come to {choice}")

    def time(self, label: str, at: datetime) -> None:
        self._reach(self.field(label))
        self.page.keyboard.type(at.strftime("%m%d%Y"))
        self.page.keyboard.press("ArrowRight")
        self.page.keyboard.type(at.strftime("%I%M%p"))

    def _press(self, thing: Locator) -> None:
        self._reach(thing)
        self.page.keyboard.press("Enter")

    def _open(self, field: Locator) -> None:
        self._reach(field)
        self.page.keyboard.press("Enter")

    def _choose(self, radio: Locator) -> None:
        if radio.evaluate("it => it === document.activeElement && !it.checked"):
            self.page.keyboard.press("Space")
        for _ in range(20):
            if radio.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows never come to {radio}")

    def _reach(self, thing: Locator) -> None:
        """Press Tab until it has the focus, and see that it has."""
        expect(thing).to_be_attached()
        turns = before = 0
        for _ in range(MOST):
            way = thing.evaluate(WHERE)
            if not way:
                return seen(self.page)
            turns, before = turns + (before not in (0, way)), way
            assert turns < 3, f"the Tab key passes over {thing}"
            self.page.keyboard.press("Tab" if way > 0 else "Shift+Tab")
        raise AssertionError(f"the Tab key never reaches {thing}")


HANDS = {"pointer": Hand, "keyboard": Keyboard, "no scripts": NoScript}
