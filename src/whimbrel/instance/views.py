"""What pages show of a server's rules and texts."""

from typing import Any

from whimbrel.core.pages import trusted
from whimbrel.core.tx import Tx

from . import texts

PRIVACY, TERMS = "/privacy-policy", "/terms-of-service"


def standing(tx: Tx) -> dict[str, Any]:
    """What the page about this place shows: `rules`, `description`, and the paths `privacy` and
    `terms`, "" where there is no such text."""
    description = texts.one(tx, "description")
    return {
        "rules": texts.rules(tx),
        "description": None if description is None else trusted(description.html),
        "privacy": PRIVACY if texts.one(tx, "privacy") else "",
        "terms": TERMS if texts.one(tx, "terms") else "",
    }
