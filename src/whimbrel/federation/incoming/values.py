"""Single values from elsewhere: addresses, times, HTML."""

from datetime import UTC, datetime
from html import escape
from typing import Any

from whimbrel.core.fetch import Refused, address_of
from whimbrel.core.ids import millis
from whimbrel.core.text import clean, to_plain

from .. import reading


def web_address(value: Any) -> str | None:
    """An http(s) address as it may be stored, linked and asked; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        address_of(value)
    except Refused:
        return None
    return value


def link_of(value: Any) -> str | None:
    """The address in a `url`: a text, a Link, or several of which a page comes first."""
    links: list[tuple[bool, str]] = []
    for each in reading.many(value):
        href = each.get("href") if isinstance(each, dict) else each
        found = web_address(href)
        if found is not None:
            kind = each.get("mediaType") if isinstance(each, dict) else "text/html"
            links.append((kind != "text/html", found))
    return min(links)[1] if links else None


def millis_of(value: Any) -> int | None:
    """A time (ms since 1970, not before); None where it is none that a calendar has."""
    if not isinstance(value, str) or not 10 <= len(value) <= 40:
        return None
    try:
        found = datetime.fromisoformat(value)
        at = millis(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None
    return at if at >= 0 else None


def safe(html: str, most: int) -> str:
    """HTML from elsewhere, made safe; where that is longer than `most`, the beginning of its words
    in one paragraph."""
    found = clean(html)
    if len(found) <= most:
        return found
    words = to_plain(html)
    room = most - len("<p></p>")
    said = escape(words[:room])
    while len(said) > room:
        words = words[: len(words) * 3 // 4]
        said = escape(words[:room])
    return f"<p>{said}</p>"
