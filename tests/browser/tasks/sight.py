"""What is looked at while somebody does something: whether it fits, whether it can be hit, whether
one sees where the focus is; and the pictures."""

from pathlib import Path
from typing import Any

from eyes import flaws, flaws_unscripted, overflow
from playwright.sync_api import Page

VIEWS = ((1280, "light"), (360, "dark"), (1280, "dark"), (360, "light"))
HEIGHT = 800
TALLEST = 1600  # of a picture

# Things to press that are lower or narrower than 24 px. Links inside a sentence may be (WCAG
# 2.5.8), and a box that is drawn by its label is as large as that.
SMALL = """() => {
  const shown = it => it.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const least = it => {
    const { width, height } = (it.closest("label") ?? it).getBoundingClientRect();
    return Math.min(width, height);
  };
  const pressed = ":is(button, summary, select, textarea, input):not(.vh, [type=hidden])";
  const links = ":is(.nav, .tabs, .menu) a, a:is(.btn, .icon-btn, .act, .write)";
  return [...document.querySelectorAll(`${pressed}, ${links}`)]
    .filter(it => shown(it) && getComputedStyle(it).display !== "inline" && least(it) < 24)
    .map(it => it.outerHTML.slice(0, 120));
}"""

# The ring may be drawn by what stands around or beside a thing that is itself not to be seen.
RING = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return "nothing has the focus";
  const near = [at, at.parentElement, at.nextElementSibling, ...(at.labels ?? [])].filter(Boolean);
  const ring = near.some(it => [null, "::after"].some(part => {
    const style = getComputedStyle(it, part);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  }));
  const what = at.outerHTML.slice(0, 160);
  if (!ring) return `no ring around ${what}`;
  const drawn = at.offsetWidth > 4 ? at : (at.closest("label") ?? at.nextElementSibling);
  const { left, right, top, bottom } = drawn.getBoundingClientRect();
  const spots = [[0.5, 0.5], [0.2, 0.2], [0.8, 0.8], [0.2, 0.8], [0.8, 0.2]].map(
    ([x, y]) => document.elementFromPoint(left + x * (right - left), top + y * (bottom - top)));
  const seen = spots.filter(spot => spot && drawn.contains(spot)).length > 2;
  return seen ? "" : `something lies over ${what}`;
}"""


def seen(page: Page) -> None:
    """Assert that one sees where the focus is: a ring, and nothing over it."""
    wrong = page.evaluate(RING)
    assert not wrong, wrong


def look(page: Page, own: tuple[int, str], to: Path | None, scripts: bool) -> None:
    """Judge a page in each size, and keep a picture of it in each theme: colours move nothing.

    Args:
        own: size and theme this page is in; axe looks at that one.
        scripts: whether this browser runs any.
        to: where the pictures go, without their ending; None: none are kept.
    """
    found = flaws(page) if scripts else flaws_unscripted(page)
    assert found == [], found
    if to is not None:
        to.parent.mkdir(parents=True, exist_ok=True)
    for width, theme in VIEWS[: None if to else 2]:
        show(page, width, theme)
        assert overflow(page) <= 0, f"wider than {width} pixels"
        assert (small := page.evaluate(SMALL)) == [], (width, small)
        if to is None:
            continue
        show(page, width, theme, tall(page))
        # Hiding the caret would leave a style at each field, which the policy forbids to copy.
        page.screenshot(path=f"{to}-{width}-{theme}.png", caret="initial")
    show(page, *own)


def show(page: Page, width: int, theme: Any, height: int = HEIGHT) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")


def tall(page: Page) -> int:
    """As high as the page, so that bars stand at its ends; but no higher than anybody looks."""
    return min(max(page.evaluate("document.documentElement.scrollHeight"), HEIGHT), TALLEST)
