"""The queue: what must never be late is first, then what has least time to spare, and each place
says why it is that place."""

from collections.abc import Iterable
from typing import NamedTuple

from whimbrel.accounts import queries as people
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.ids import id_of
from whimbrel.core.tx import Tx

from . import appeals
from .queries import cases as stored
from .queries import queue as queries
from .rules import HANDLES, Case, require, slack

MOST = 40  # rows of a page


class Place(NamedTuple):
    """A place in the queue: the case, and how long (ms) it can wait before somebody has to begin,
    as such cases take `p80`."""

    case: Case
    slack: int
    p80: int


def head(tx: Tx, viewer: Viewer, most: int = MOST) -> list[Place]:
    """The first of all open cases that the viewer works on: orders, threats and letters of
    hosts, then least slack first; of those alike the one that is passed on most, then that by the
    reporter who is right most often. Raises Forbidden."""
    require(viewer, Permission.TRIAGE)
    found = queries.heads(tx, most, HANDLES[viewer.role], viewer.id)
    return [_place(tx, case, p80) for case, p80 in found]


def first(tx: Tx, most: int) -> list[Place]:
    """The same of all classes, whoever asks."""
    return [_place(tx, case, p80) for case, p80 in queries.heads(tx, most)]


def board(tx: Tx, viewer: Viewer) -> list[tuple[Place, queries.Seen]]:
    """The same with all that a page shows of each. Raises Forbidden."""
    require(viewer, Permission.TRIAGE)
    found = queries.board(tx, MOST, HANDLES[viewer.role], viewer.id)
    return [(_place(tx, each.case, each.p80), each) for each in found]


def _place(tx: Tx, case: Case, p80: int) -> Place:
    return Place(case, slack(case.due, tx.ms, p80), p80)


def next_for(tx: Tx, viewer: Viewer) -> Case | None:
    """The first that nobody else has and that is not for somebody else. Raises Forbidden."""
    places = head(tx, viewer)
    barred = appeals.decider_of(tx, [place.case for place in places])
    for place in places:
        free = place.case.held_by(tx.ms) in (None, viewer.id)
        if free and barred.get(place.case.id, 0) != viewer.id:
            return place.case
    return None


def decided(tx: Tx, viewer: Viewer, below: int, most: int = MOST) -> list[Case]:
    """Cases that are closed, the newest first. Raises Forbidden."""
    require(viewer, Permission.TRIAGE)
    return queries.closed(tx, below, most, HANDLES[viewer.role])


def find(tx: Tx, viewer: Viewer, text: str) -> list[Case]:
    """What is open about somebody, by `@name` or `@name@server`; or the case of that number. Raises
    Forbidden."""
    require(viewer, Permission.TRIAGE)
    if text.strip().isascii() and text.strip().isdigit():
        return _seen(viewer, stored.many(tx, [id_of(text.strip())]).values())
    try:
        found = people.by_handle(tx, text.strip())
    except (NotFound, Invalid):
        return []
    return _seen(viewer, queries.about(tx, found.id, MOST))


def _seen(viewer: Viewer, found: Iterable[Case]) -> list[Case]:
    return [case for case in found if case.klass in HANDLES[viewer.role]]


def standing(tx: Tx, viewer: Viewer) -> list[Case]:
    """Cases whose clock stands, and those that are put off. Raises Forbidden."""
    require(viewer, Permission.TRIAGE)
    return queries.paused(tx, MOST, HANDLES[viewer.role])


def left(case: Case, now: int) -> float:
    """Which part of its time a case has left: 1 when it came, 0 when it is due, less after that."""
    return (case.due - now) / max(1, case.due - case.received)


def tone(case: Case, now: int) -> str:
    """How a clock looks: late under a fifth, soon under a half."""
    part = left(case, now)
    return "late" if part < 0.2 else "soon" if part < 0.5 else ""
