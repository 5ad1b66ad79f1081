"""Statements that count what the desk did, from the log and what stands beside it."""

from typing import NamedTuple

from sqlalchemy import func, or_, select

from whimbrel.core.engines import Query, insert_ignore
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..rules import Class
from ..tables import appeals, cases, complaints, decisions, tallies, verdicts


class Timed(NamedTuple):
    """A case as far as its times go (ms)."""

    klass: Class
    received: int
    first_look: int | None
    closed_at: int | None
    due: int


class Waiting(NamedTuple):
    """What is open of a class."""

    klass: Class
    cases: int
    oldest: int  # when it was received (ms)


class Written(NamedTuple):
    """A letter, as far as it is counted."""

    source: str
    country: str | None
    received: int
    answered_at: int | None


_c, _v, _a, _l, _d, _t = (
    cases.c,
    verdicts.c,
    appeals.c,
    complaints.c,
    decisions.c,
    tallies.c,
)
_TIMED = Query(
    select(_c["class"], _c.received, _c.first_look, _c.closed_at, _c.due).where(
        _c.received >= number("since"), _c.state != "merged"
    )
)
_WAITING = Query(
    select(_c["class"], func.count(), func.min(_c.received))
    .where(or_(_c.state == "open", _c.state == "paused"))
    .group_by(_c["class"])
)
_AUTOMATED = Query(
    select(_c["class"], _v.automated, func.count())
    .join(cases, _c.id == _v.case)
    .where(_v.id >= number("since"))
    .group_by(_c["class"], _v.automated)
)
_APPEALS = Query(
    select(_a.outcome, func.count()).where(_a.id >= number("since")).group_by(_a.outcome)
)
_LETTERS = Query(
    select(_l.source, _l.country, _l.received, _l.answered_at).where(_l.received >= number("since"))
)
_OPENINGS = Query(
    select(func.count()).where(_d.kind == "opening", _d.action == "open", _d.at >= number("since"))
)
_STOPPED = Query(
    select(func.count()).where(
        _d.kind == "case", _d.action == "not hidden", _d.at >= number("since")
    )
)
_ALONE = Query(
    select(func.count()).where(
        _d.kind == "proposal", _d.action == "alone done", _d.at >= number("since")
    )
)
_KEEP = Query(insert_ignore(tallies, ("day", "at", "content")))
_LAST = Query(select(_t.day, _t.at, _t.content).order_by(_t.day.desc()).limit(number("most")))


def timed(tx: Tx, since: int) -> list[Timed]:
    """Cases that came in since then (ms)."""
    return [Timed(*row) for row in tx.rows(_TIMED, since=since)]


def waiting(tx: Tx) -> list[Waiting]:
    """What is open, by class."""
    return [Waiting(*row) for row in tx.rows(_WAITING)]


def automated(tx: Tx, since: int) -> dict[Class, tuple[int, int]]:
    """Of each class: how often the clock decided since then (ms), and how often anybody."""
    found: dict[Class, tuple[int, int]] = {}
    for klass, by_clock, count in tx.rows(_AUTOMATED, since=since << 16):
        clock, all_ = found.get(klass, (0, 0))
        found[klass] = (clock + (count if by_clock else 0), all_ + count)
    return found


def appealed(tx: Tx, since: int) -> dict[str | None, int]:
    """Appeals since then (ms) by outcome; None = open."""
    return {row[0]: row[1] for row in tx.rows(_APPEALS, since=since << 16)}


def letters(tx: Tx, since: int) -> list[Written]:
    """Letters that came since then (ms)."""
    return [Written(*row) for row in tx.rows(_LETTERS, since=since)]


def openings(tx: Tx, since: int) -> int:
    """How often the vault was opened since then (ms), as the log says."""
    return int(tx.value(_OPENINGS, since=since))


def stopped(tx: Tx, since: int) -> int:
    """How often the clock hid nothing since then (ms), for too much waited for a look."""
    return int(tx.value(_STOPPED, since=since))


def alone(tx: Tx, since: int) -> int:
    """How often something that takes two was done by one since then (ms), as the log says."""
    return int(tx.value(_ALONE, since=since))


def keep(tx: Tx, day: int, content: bytes) -> None:
    """Keep what was counted; nothing where that was done today."""
    tx.run(_KEEP, day=day, at=tx.ms, content=content)


def last(tx: Tx, most: int) -> list[tuple[int, int, bytes]]:
    """(day, at, JSON) of the newest."""
    return [(row[0], row[1], bytes(row[2])) for row in tx.rows(_LAST, most=most)]
