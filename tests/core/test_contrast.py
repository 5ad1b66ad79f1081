"""Colours that stand on one another, by day and by night: what can be read and what can be seen."""

import re
from itertools import product
from pathlib import Path

import whimbrel

STYLE = Path(whimbrel.__file__).parent / "static" / "whimbrel" / "00-base.css"
PAIR = re.compile(r"--([\w-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)")
WORDS, SHAPES = 4.5, 3.0  # the least that WCAG 2.2 AA asks for
GROUNDS = ("surface", "bg", "surface-2", "raised")
USED = {
    **dict.fromkeys(product(("text", "text-2", "accent", "accent-deep"), GROUNDS), WORDS),
    **dict.fromkeys(
        product(("text",), ("sand", "accent-soft", "ok-soft", "warn-soft", "danger-soft")), WORDS
    ),
    **dict.fromkeys(product(("text-2", "accent-deep", "keep"), ("sand",)), WORDS),
    **dict.fromkeys(product(("boost", "like", "keep", "danger"), ("surface", "surface-2")), WORDS),
    **dict.fromkeys(product(("ok", "warn"), ("surface",)), WORDS),
    **{(state, f"{state}-soft"): WORDS for state in ("ok", "warn", "danger")},
    **dict.fromkeys(product(("on-accent",), ("accent", "accent-deep")), WORDS),
    ("accent-deep", "accent-soft"): WORDS,
    ("on-danger", "danger"): WORDS,
    **dict.fromkeys(product(("line-strong",), ("surface", "surface-2", "bg")), SHAPES),
    **dict.fromkeys(product(("focus",), ("surface", "bg", "accent-soft", "sand")), SHAPES),
}


def light(colour: str) -> float:
    """Relative luminance, as WCAG reckons it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def ratio(one: str, other: str) -> float:
    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


def test_what_stands_on_a_colour_can_be_read_by_day_and_by_night():
    """Grey on a little less grey: whoever has tired eyes, or sun on the screen, sees nothing."""
    tokens = {name: (day, night) for name, day, night in PAIR.findall(STYLE.read_text())}
    assert len(USED) == 48
    assert ratio("#000000", "#ffffff") == 21
    weak = {
        (front, ground, time): round(found, 2)
        for (front, ground), least in USED.items()
        for at, time in enumerate(("day", "night"))
        if (found := ratio(tokens[front][at], tokens[ground][at])) < least
    }
    assert weak == {}
