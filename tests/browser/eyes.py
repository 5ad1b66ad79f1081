"""What a page looks like to somebody who cannot see it well: axe, and what sticks out."""

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

HERE = Path(__file__).parent
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


def flaws(page: Page) -> list[str]:
    """What axe finds wrong, one line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe())
    # Only these are asked for: telling what is right takes four times as long as finding out.
    found = page.evaluate("rules => axe.run(rules).then(found => found.violations)", RULES)
    return [f"{flaw['id']}: {node['html'][:160]}" for flaw in found for node in flaw["nodes"]]


@cache
def axe() -> str:
    return (HERE / "axe.min.js").read_text(encoding="utf-8")


def overflow(page: Page) -> int:
    """Pixels that stick out sideways."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")
