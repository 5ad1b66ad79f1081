"""Which letters do what on our pages, where somebody would have others than the usual ones."""

from collections.abc import Mapping
from typing import Any

from whimbrel.core.errors import Invalid
from whimbrel.core.words import Said, say

from .rules import LETTERS

# By its usual letter what each does.
WORDS: dict[str, Said] = {
    "j": say("Next post"),
    "k": say("Post before"),
    "o": say("Open it"),
    "u": say("Back to the list"),
    "x": say("Show or hide what is folded"),
    "v": say("See its picture large"),
    ".": say("Bring what is new"),
    "r": say("Reply"),
    "b": say("Boost"),
    "f": say("Like"),
    "d": say("Bookmark"),
    "q": say("Quote"),
    "m": say("Mute its conversation"),
    "e": say("Edit, if it is yours"),
    "g": say("Go to: the first of two letters"),
    "c": say("Write"),
    "/": say("Search"),
    "t": say("Light or dark, on this page"),
    "?": say("This list"),
}


def written(wanted: Mapping[str, str]) -> str:
    """What is kept of somebody's choice: a pair for each that is not as usual.

    Args:
        wanted: the letter for each usual one; what is left out or empty stays as usual.
    Raises:
        Invalid: two are the same, or one is not a single character that can be seen.
    """
    now = {usual: wanted.get(usual, "").strip() or usual for usual in LETTERS}
    errors: dict[str, list[Any]] = {}
    for usual, letter in now.items():
        if len(letter) != 1 or not letter.isprintable() or letter.isspace():
            errors[usual] = [("ERR_INVALID", say("one letter or sign"))]
        elif list(now.values()).count(letter) > 1:
            errors[usual] = [("ERR_TAKEN", say("stands for two things"))]
    if errors:
        raise Invalid(say("Each needs a letter of its own."), errors)
    return " ".join(usual + letter for usual, letter in now.items() if usual != letter)
