"""What a page looks like to somebody who cannot see it well: axe, and what sticks out."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

HERE = Path(__file__).parent
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}

RUN = "rules => axe.run(rules).then(found => found.violations)"


def flaws(page: Page, leave_out: Sequence[str] = ()) -> list[str]:
    """What axe finds wrong, one line each.

    Args:
        leave_out: its rules that are not asked.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe())
    asked = {rule: {"enabled": False} for rule in leave_out}
    # Only these are asked for: telling what is right takes four times as long as finding out.
    return _lines(page.evaluate(RUN, {**RULES, "rules": asked}))


# What axe puts off never comes in a page that runs no scripts: it is kept, and done when asked for.
PUT_OFF = """window.putOff = [];
window.setTimeout = (run, ms, ...given) => {
  if (typeof run === "function" && !(ms > 1000)) putOff.push(() => run(...given));
  return 0;
};"""
BEGIN = """rules => {
  window.found = null;
  axe.run(document, rules, (wrong, done) => {
    if (wrong) throw wrong;
    window.found = done.violations;
  });
  return null;
}"""
GO_ON = """() => { while (putOff.length) putOff.shift()(); return window.found; }"""


def flaws_unscripted(page: Page) -> list[str]:
    """The same, in a browser that runs no scripts."""
    page.evaluate(PUT_OFF)
    page.evaluate(axe())
    page.evaluate(BEGIN, {**RULES, "preload": False})
    for _ in range(50):
        if (found := page.evaluate(GO_ON)) is not None:
            return _lines(found)
    raise AssertionError("the checker does not come to an end")


def _lines(found: list[dict[str, Any]]) -> list[str]:
    return [f"{flaw['id']}: {node['html'][:160]}" for flaw in found for node in flaw["nodes"]]


@cache
def axe() -> str:
    return (HERE / "axe.min.js").read_text(encoding="utf-8")


def overflow(page: Page) -> int:
    """Pixels that stick out sideways."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def until(page: Page, holds: str) -> None:
    """Wait for an expression to hold, asked from outside: a page under our policy evaluates none by
    itself, so Playwright's own waiting fails wherever it does not hold the first time."""
    for _ in range(100):
        if page.evaluate(holds):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"it never holds: {holds}")
