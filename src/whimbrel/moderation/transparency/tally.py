"""Counted once a day from the log and the cases beside it, by nobody's hand. A number from one to
four says `<5`, and no time or share is told of so few: they would be about somebody."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import median
from typing import Any

import msgspec

from whimbrel.core.app import App
from whimbrel.core.tx import Tx

from ..events import CheckpointDue
from ..queries import automation, practices
from ..queries import tallies as queries
from ..queries.tallies import Timed, Written
from ..rules import CLOCKS, DAY, Class, times_of

LOOK_BACK = 90  # days
FEW = 5
SHOWN = 30  # days of open cases
Count = int | str  # or `<5`


class OfClass(msgspec.Struct, frozen=True, kw_only=True):
    """One class of cases. Times in ms; None = too few, or none."""

    received: Count
    act_by: int
    first_look_median: int | None
    first_look_p95: int | None
    action_median: int | None
    action_p95: int | None
    in_time: int | None  # percent of those decided
    automated: Count  # decided by the clock alone
    open: Count
    oldest: int | None  # how long it waits


class OfRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of the operator's in force: it reports (`queue`), or acts by itself (`act`)."""

    name: str
    mode: str
    since: int  # ms
    hits: Count  # since then


class OfPractice(msgspec.Struct, frozen=True, kw_only=True):
    """The last practice call: when, and how long (ms) until somebody answered; None = nobody."""

    at: int
    answered_after: int | None


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """A day's count, of the `days` before it."""

    version: int = 1
    at: int = 0  # ms
    days: int = LOOK_BACK
    classes: dict[str, OfClass] = {}
    received: Count = 0
    decided: Count = 0
    in_time: int | None = None
    first_look_median: int | None = None
    open: Count = 0
    automated: int | None = None  # percent of all decisions
    appeals: Count = 0
    overturned: Count = 0
    letters: Count = 0
    letter_reply_median: int | None = None
    orders: Count = 0
    order_countries: int = 0
    orders_by_country: dict[str, Count] = {}
    vault_openings: Count = 0
    clock_stopped: Count = 0
    alone: Count = 0  # what takes two people, done by one after half a day: there was nobody else
    rules: list[OfRule] = []
    practice: OfPractice | None = None


_decode = msgspec.json.Decoder(Tally).decode


def shown(count: int) -> Count:
    """A number as everybody may know it."""
    return f"<{FEW}" if 0 < count < FEW else count


async def renew(app: App, event: CheckpointDue) -> None:
    """Effect, with each signed head of the log: count, where that was not done today."""
    found = await app.db.read(_counted, slow=True)
    if found is not None:
        await app.db.write(queries.keep, *found)


def _counted(tx: Tx) -> tuple[int, bytes] | None:
    day = tx.ms // DAY
    last = queries.last(tx, 1)
    if last and last[0][0] == day:
        return None
    return day, msgspec.json.encode(count(tx))


def count(tx: Tx) -> Tally:
    """All of it, as it is now."""
    since = tx.ms - LOOK_BACK * DAY
    by: dict[Class, list[Timed]] = defaultdict(list)
    for each in queries.timed(tx, since):
        by[each.klass].append(each)
    waits = {each.klass: each for each in queries.waiting(tx)}
    clock = queries.automated(tx, since)
    times = times_of(tx.instance.moderation_times)
    classes: dict[str, OfClass] = {
        klass: _of_class(
            by[klass],
            times.get(klass, CLOCKS[klass].act_by),
            clock.get(klass, (0, 0))[0],
            waits[klass].cases if klass in waits else 0,
            tx.ms - waits[klass].oldest if klass in waits else None,
        )
        for klass in CLOCKS
    }
    everything = [each for theirs in by.values() for each in theirs]
    decided = [each for each in everything if each.closed_at is not None]
    outcomes = queries.appealed(tx, since)
    letters = queries.letters(tx, since)
    by_clock, decisions = (sum(each[n] for each in clock.values()) for n in (0, 1))
    return Tally(
        at=tx.ms,
        classes=classes,
        received=shown(len(everything)),
        decided=shown(len(decided)),
        in_time=_in_time(decided),
        first_look_median=_middle(_looks(everything)),
        open=shown(sum(each.cases for each in waits.values())),
        automated=_percent(by_clock, decisions),
        appeals=shown(sum(outcomes.values())),
        overturned=shown(outcomes.get("overturn", 0) + outcomes.get("change", 0)),
        **_of_letters(letters),
        vault_openings=shown(queries.openings(tx, since)),
        clock_stopped=shown(queries.stopped(tx, since)),
        alone=shown(queries.alone(tx, since)),
        rules=[
            OfRule(name=rule.name, mode=rule.mode, since=rule.since, hits=shown(rule.hits))
            for rule in automation.all_(tx)
            if rule.mode in ("queue", "act")
        ],
        practice=_practice(tx, since),
    )


def _practice(tx: Tx, since: int) -> OfPractice | None:
    """The last one that is over."""
    last = next((each for each in practices.last(tx, 2) if each.ended_at is not None), None)
    if last is None or last.began < since:
        return None
    return OfPractice(at=last.began, answered_after=last.took)


def _of_class(
    theirs: Sequence[Timed], act_by: int, clock: int, waits: int, oldest: int | None
) -> OfClass:
    looks = _looks(theirs)
    spans = [each.closed_at - each.received for each in theirs if each.closed_at is not None]
    return OfClass(
        received=shown(len(theirs)),
        act_by=act_by,
        first_look_median=_middle(looks),
        first_look_p95=_late(looks),
        action_median=_middle(spans),
        action_p95=_late(spans),
        in_time=_in_time([each for each in theirs if each.closed_at is not None]),
        automated=shown(clock),
        open=shown(waits),
        oldest=oldest if waits >= FEW else None,
    )


def _looks(theirs: Sequence[Timed]) -> list[int]:
    return [each.first_look - each.received for each in theirs if each.first_look is not None]


def _middle(spans: Sequence[int]) -> int | None:
    return int(median(spans)) if len(spans) >= FEW else None


def _late(spans: Sequence[int]) -> int | None:
    """Nineteen of twenty took at most that."""
    return sorted(spans)[-(-len(spans) * 19 // 20) - 1] if len(spans) >= FEW else None


def _in_time(decided: Sequence[Timed]) -> int | None:
    kept = sum(each.closed_at is not None and each.closed_at <= each.due for each in decided)
    return _percent(kept, len(decided))


def _percent(part: int, whole: int) -> int | None:
    """Rounded down: a hundred is all of them."""
    return 100 * part // whole if whole >= FEW else None


def _of_letters(letters: Sequence[Written]) -> dict[str, Any]:
    hosts = [each for each in letters if each.source == "host"]
    orders = [each for each in letters if each.source == "authority"]
    spans = [each.answered_at - each.received for each in hosts if each.answered_at is not None]
    countries = Counter(each.country for each in orders if each.country)
    return {
        "letters": shown(len(hosts)),
        "letter_reply_median": _middle(spans),
        "orders": shown(len(orders)),
        "order_countries": len(countries),
        "orders_by_country": {name: shown(n) for name, n in sorted(countries.items()) if n >= FEW},
    }


def newest(tx: Tx, most: int = 1) -> list[Tally]:
    """The last counts, the newest first; empty before the first hour is over."""
    return [_decode(content) for _, _, content in queries.last(tx, most)]
