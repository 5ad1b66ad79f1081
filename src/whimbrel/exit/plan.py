"""How long leaving takes, and what is left behind where it takes too long. Arithmetic alone.

Three things have an end, whichever comes first: the link, of which `REACHED` is got in practice;
what a machine takes in, in bytes; and what it takes in, in objects, however small they are."""

import re
from collections.abc import Sequence
from enum import StrEnum
from math import inf

import msgspec

from whimbrel.core.errors import Invalid

REACHED = 0.8  # of a link, for hours on end
HOUR = 3600
_MOST = 10**18  # bytes, objects or bits per second that a plan is made for
_THOUSANDS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "p": 10**15}
_AMOUNT = re.compile(r"(\d{1,18}(?:\.\d{1,6})?)([kmgtp]?)(b|bit)?(?:/s)?", re.IGNORECASE)
_SPAN = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)([mhd])")
_UNITS = {"bytes": ("b", None), "objects": (None,), "link": ("bit",)}


class Kind(StrEnum):
    """What has to leave, in the order it leaves in."""

    KEYS = "keyring and actor keys"
    DATABASE = "database and evidence"
    RECENT = "originals of the last 30 days"
    WORN = "avatars, headers, emoji"
    OLDER = "older originals"
    DERIVED = "smaller copies"  # only by an evacuation
    ALL = "everything (simulated)"  # where nobody said what it is made of


class Amount(msgspec.Struct, frozen=True):
    """So many objects, of so many bytes together."""

    objects: int = 0
    bytes: int = 0


class Rates(msgspec.Struct, frozen=True):
    """How fast it goes. `link`: bits per second, as sold; infinite = nobody said. The other two are
    what was measured, in bytes and in objects per second."""

    link: float = inf
    bytes: float = inf
    objects: float = inf

    @property
    def pace(self) -> float:
        """Bytes per second, of what is left of the link and what a machine takes in."""
        return min(self.link * REACHED / 8, self.bytes)


class Eta(msgspec.Struct, frozen=True):
    """Hours by each limit."""

    link: float
    bytes: float
    objects: float

    @property
    def hours(self) -> float:
        """By the slowest."""
        return max(self.link, self.bytes, self.objects)


class Line(msgspec.Struct, frozen=True):
    """One class. `hours`: for it alone; `done`: hours after the start at which all of it is there;
    `left`: what is left behind."""

    kind: Kind
    amount: Amount
    hours: float
    done: float
    left: Amount


class Plan(msgspec.Struct, frozen=True):
    """The whole. `deadline`: in hours; None = nobody said. `left`: over all classes."""

    lines: tuple[Line, ...]
    total: Amount
    eta: Eta
    hours: float
    deadline: float | None
    fits: bool | None
    left: Amount


def eta(amount: Amount, rates: Rates) -> Eta:
    """How many hours `amount` takes."""
    return Eta(
        link=amount.bytes * 8 / (rates.link * REACHED) / HOUR,
        bytes=amount.bytes / rates.bytes / HOUR,
        objects=amount.objects / rates.objects / HOUR,
    )


def plan(
    amounts: Sequence[tuple[Kind, Amount]], rates: Rates, deadline: float | None = None
) -> Plan:
    """Lay out what leaves when. What comes first is not held up by what comes later: where the time
    ends in the middle of a class, that is cut there, and all behind it stays.

    Args:
        amounts: in the order they leave in.
        deadline: in hours.
    """
    lines: list[Line] = []
    before, left = Amount(), Amount()
    for kind, amount in amounts:
        after = _sum(before, amount)
        stays = Amount()
        if left != Amount():
            stays = amount
        elif deadline is not None:
            stays = _stays(before, amount, rates, deadline)
        lines.append(Line(kind, amount, eta(amount, rates).hours, eta(after, rates).hours, stays))
        before, left = after, _sum(left, stays)
    whole = eta(before, rates)
    fits = None if deadline is None else whole.hours <= deadline
    return Plan(tuple(lines), before, whole, whole.hours, deadline, fits, left)


def _stays(before: Amount, amount: Amount, rates: Rates, deadline: float) -> Amount:
    """What of `amount` is not there in time when `before` goes first."""
    if eta(_sum(before, amount), rates).hours <= deadline:
        return Amount()
    room = (
        (deadline * HOUR * rates.pace - before.bytes, amount.bytes),
        (deadline * HOUR * rates.objects - before.objects, amount.objects),
    )
    part = max(0.0, min(1.0, *(has / needs for has, needs in room if needs)))
    return Amount(
        *(many and max(1, many - int(many * part)) for many in (amount.objects, amount.bytes))
    )


def _sum(one: Amount, other: Amount) -> Amount:
    return Amount(one.objects + other.objects, one.bytes + other.bytes)


# --------------------------------------------------------------------------- what was typed


def said(words: Sequence[str]) -> dict[str, float]:
    """Read `bytes=70TB`, `objects=100M`, `link=10Gbit`: bytes, objects, bits per second.

    Raises:
        Invalid: not of that form, twice, or beyond all sense.
    """
    found: dict[str, float] = {}
    for word in words:
        name, _, value = word.partition("=")
        match = _AMOUNT.fullmatch(value)
        if name not in _UNITS or name in found or match is None:
            raise Invalid(f"{word}: write bytes=70TB, objects=100M or link=10Gbit, each once.")
        number, thousands, unit = match.groups()
        if (unit and unit.lower()) not in _UNITS[name]:
            raise Invalid(f"{word}: bytes are in B, links in bit, objects are counted.")
        amount = float(number) * _THOUSANDS[thousands.lower()]
        if amount > _MOST or (name == "link" and not amount):
            raise Invalid(f"{word}: from {1 if name == 'link' else 0} to 10^18.")
        found[name] = amount
    return found


def hours(text: str) -> float:
    """Read `30h`, `90m` or `2d`.

    Raises:
        Invalid: not of that form.
    """
    match = _SPAN.fullmatch(text)
    if match is None or not float(match[1]):
        raise Invalid(f"{text}: write a span such as 30h, 90m or 2d.")
    return float(match[1]) * {"m": 1 / 60, "h": 1, "d": 24}[match[2]]
