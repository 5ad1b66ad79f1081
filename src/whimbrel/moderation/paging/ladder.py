"""Who is called about a case, and when: a ladder of rungs, each a fraction of its time.

Somebody is called; a second one when a quarter of what was left then is gone and nobody has taken
it on; everybody at half of it; the administrators at three quarters. Where the class says so, the
clock itself acts in the end."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from ..rules import CLOCKS, Class

Who = Literal[
    "on call",
    "two",
    "second",
    "everybody",
    "administrators",
    "clock",
    "review",  # of what the clock did
    "last review",
]
_STEPS: tuple[tuple[float, Who], ...] = (
    (0.25, "second"),
    (0.5, "everybody"),
    (0.75, "administrators"),
)
_TWO = ("L0",)  # two people from the beginning


class Rung(NamedTuple):
    """A moment of a case's time."""

    at: int  # ms since 1970
    who: Who


def rungs(klass: Class, received: int, due: int, hides: bool) -> list[Rung]:
    """The ladder of a case, its moments in order.

    Args:
        hides: whether the clock may act in this class at all (the operator's choice).
    """
    clock, whole = CLOCKS[klass], due - received
    first: Who = "two" if klass in _TWO else "on call"
    begin = clock.first_page
    found = [Rung(received + int(whole * begin), first)]
    found += [
        Rung(received + int(whole * (begin + (1 - begin) * part)), who) for part, who in _STEPS
    ]
    if hides and clock.nobody.startswith("hide"):
        found.append(Rung(received + int(whole * clock.nobody_at), "clock"))
    return sorted(found, key=lambda rung: rung.at)  # people are called before the clock acts


def next_at(ladder: Sequence[Rung], now: int) -> int | None:
    """When the next rung comes; None = there is none any more."""
    return min((rung.at for rung in ladder if rung.at > now), default=None)
