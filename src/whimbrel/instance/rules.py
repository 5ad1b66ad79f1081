"""Values and pure decisions of what a server says about itself."""

import re
from datetime import date
from typing import Literal, get_args

import msgspec

from whimbrel.core.errors import Invalid
from whimbrel.core.words import say

Kind = Literal["description", "privacy", "terms"]
KINDS: tuple[Kind, ...] = get_args(Kind)

RULE_CHARS, HINT_CHARS = 300, 1000
TRANSLATIONS_CHARS = 60_000  # of JSON
MARKDOWN_CHARS = 100_000
ANNOUNCEMENT_CHARS = 5000
SHORTCODE = re.compile(r"[A-Za-z0-9_]{2,64}")
CATEGORY_CHARS = 100
REACTIONS = 8  # different ones on an announcement


class Wording(msgspec.Struct, frozen=True):
    """A rule in one language."""

    text: str
    hint: str = ""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What everybody here keeps to."""

    id: int
    position: int
    text: str
    hint: str
    translations: dict[str, Wording]


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """One of the long texts, as it is shown."""

    kind: Kind
    day: str  # of terms: from when they hold, 2026-12-31; otherwise ""
    html: str
    at: int  # ms: when it was written


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """Something that everybody here should know. Times in ms."""

    id: int
    text: str  # as written
    starts_at: int | None
    ends_at: int | None
    all_day: bool
    published_at: int
    at: int


def is_day(text: str) -> bool:
    """Whether this is a date such as 2026-12-31."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def checked(name: str, text: str, most: int, *, blank: bool = False) -> str:
    """A text that fits.

    Args:
        name: what it is, for the refusal.
        blank: true allows an empty one.
    Raises:
        Invalid: empty, or longer than `most` characters.
    """
    if not text and not blank:
        raise Invalid(say("%(name)s is empty.", name=name))
    if len(text) > most:
        raise Invalid(
            say(
                "%(name)s has %(length)s characters; %(most)s are the most.",
                name=name,
                length=len(text),
                most=most,
            )
        )
    return text
