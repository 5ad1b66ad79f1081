"""`whimbrel exit plan`: counted, measured, and laid out for people or for machines."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from math import inf
from pathlib import Path
from typing import Any

import msgspec

from whimbrel.core.errors import Invalid
from whimbrel.core.settings import Settings

from . import plan as plans
from .count import Counted, count
from .measure import LANES, SECONDS, Measured, measure
from .plan import Amount, Kind, Plan, Rates

NEVER = "Never taken along: derived files ({}), made anew; copies of other servers' ({})."


class Made(msgspec.Struct, frozen=True):
    """A plan and what it hangs on. `derived` and `copied`: None in a simulation."""

    plan: Plan
    rates: Rates
    measured_in: str
    derived: Amount | None = None
    copied: Amount | None = None

    def json(self) -> str:
        """For machines. A link that nobody named is null."""
        return msgspec.json.encode(self).decode()


async def lay(
    settings: Settings,
    words: Sequence[str],
    simulate: bool,
    deadline: str | None,
    open_app: Callable[[], AbstractAsyncContextManager[Any]],
) -> Made:
    """Count what is here (or take what is said), measure, and reckon.

    Args:
        words: `link=10Gbit` and, in a simulation, `bytes=` and `objects=`.
        deadline: such as `30h`.
    Raises:
        Invalid: what is said cannot be read, or is said where it is counted.
        Unavailable: the disk takes nothing.
    """
    said = plans.said(words)
    until = None if deadline is None else plans.hours(deadline)
    sizes = said.keys() & {"bytes", "objects"}
    if simulate and len(sizes) < 2:
        raise Invalid("A simulation takes both: --simulate bytes=70TB objects=100M link=10Gbit.")
    if sizes and not simulate:
        raise Invalid("What is here is counted; to say bytes and objects, add --simulate.")
    here = Counted(
        ((Kind.ALL, Amount(int(said.get("objects", 0)), int(said.get("bytes", 0)))),), None, None
    )
    if not simulate:
        async with open_app() as app:
            here = await count(app)
    room = settings.data if settings.data.is_dir() else Path.cwd()
    measured = await measure(room, SECONDS)
    rates = _rates(said.get("link"), measured)
    made = plans.plan(here.leaves, rates, until)
    return Made(made, rates, str(room.absolute()), here.derived, here.copied)


def _rates(link: float | None, measured: Measured) -> Rates:
    return Rates(inf if link is None else link, measured.bytes, measured.objects)


def laid_out(made: Made) -> str:
    """For people."""
    plan, rates = made.plan, made.rates
    rows = [f"{'class':<32}{'objects':>14}{'size':>10}{'hours':>10}{'there at':>10}"]
    for line in plan.lines:
        size = _bytes(line.amount.bytes)
        row = f"{line.kind:<32}{line.amount.objects:>14,}{size:>10}"
        rows.append(f"{row}{_hours(line.hours):>10}{_hours(line.done):>10}{_left(line.left)}")
    total = f"{plan.total.objects:>14,}{_bytes(plan.total.bytes):>10}"
    rows.append(f"{'in all':<32}{total}{_hours(plan.hours):>10}")
    if made.derived is not None and made.copied is not None:
        rows.append(NEVER.format(_bytes(made.derived.bytes), _bytes(made.copied.bytes)))
    rows += [
        "",
        f"Measured on this machine, in {made.measured_in}, {LANES} at a time: "
        f"{_bytes(rates.bytes)}/s, {rates.objects:,.0f} objects/s.",
        "The other side and the way to it were not measured.",
        *_limits(plan, rates),
        *_ending(plan),
    ]
    return "\n".join(rows)


def _limits(plan: Plan, rates: Rates) -> list[str]:
    link = "nobody said which (link=1Gbit), so it is not counted"
    if rates.link < inf:
        link = f"{_hours(plan.eta.link)} h at 80 % of {_bits(rates.link)}"
    return [
        f"By the link: {link}.",
        f"By bytes that this machine stores: {_hours(plan.eta.bytes)} h.",
        f"By objects that it stores: {_hours(plan.eta.objects)} h.",
    ]


def _ending(plan: Plan) -> list[str]:
    if plan.deadline is None:
        return [f"The slowest counts: {_hours(plan.hours)} h."]
    if plan.fits:
        slack = plan.deadline - plan.hours
        return [
            f"It fits: {_hours(plan.hours)} h of {plan.deadline:g}, {_hours(slack)} h to spare."
        ]
    order = ", ".join(kind for kind in Kind if kind not in (Kind.ALL, Kind.DERIVED))
    return [
        f"It does not fit: {_hours(plan.hours)} h, and there are {plan.deadline:g}.",
        f"In this order, until the time is over: {order}.",
        f"Left behind: {plan.left.objects:,} objects, {_bytes(plan.left.bytes)}.",
    ]


def _left(left: Amount) -> str:
    if left == Amount():
        return ""
    return f"  left: {left.objects:,}, {_bytes(left.bytes)}"


def _bytes(many: float) -> str:
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if many < 1000:
            return f"{many:.0f} {unit}" if unit == "B" else f"{many:.1f} {unit}"
        many /= 1000
    return f"{many:,.1f} PB"


def _bits(many: float) -> str:
    for unit in ("bit/s", "kbit/s", "Mbit/s"):
        if many < 1000:
            return f"{many:g} {unit}"
        many /= 1000
    return f"{many:g} Gbit/s"


def _hours(many: float) -> str:
    return f"{many:,.2f}" if many < 10 else f"{many:,.0f}"
