"""What pages show of a server's rules and texts."""

import re
from typing import Any

from whimbrel.core.pages import trusted
from whimbrel.core.tx import Tx

from . import texts

PRIVACY, TERMS = "/privacy-policy", "/terms-of-service"
_HEADING = re.compile(r"<(/?)h([1-6])>")


def on_page(html: str) -> str:
    """A long text as part of a page whose title is the first heading: its own come below that, none
    of them skipped, for who hears them counted."""
    used = sorted({found[2] for found in _HEADING.finditer(html)})
    below = {level: min(6, 2 + at) for at, level in enumerate(used)}
    return trusted(_HEADING.sub(lambda found: f"<{found[1]}h{below[found[2]]}>", html))


def standing(tx: Tx) -> dict[str, Any]:
    """What the page about this place shows: `rules`, `description`, and the paths `privacy` and
    `terms`, "" where there is no such text."""
    description = texts.one(tx, "description")
    return {
        "rules": texts.rules(tx),
        "description": None if description is None else on_page(description.html),
        "privacy": PRIVACY if texts.one(tx, "privacy") else "",
        "terms": TERMS if texts.one(tx, "terms") else "",
    }
