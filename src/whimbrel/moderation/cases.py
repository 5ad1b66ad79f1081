"""Cases: what is reported about the same in the same class is one of them, with one clock.

Nothing is decided here (`verdicts`). A case is opened, taken on for a while, made more urgent,
merged, split or paused; it is never deleted, and but for a pause it is never due later."""

from collections.abc import Collection, Sequence
from typing import Any, get_args

import msgspec

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.errors import Conflict, Forbidden, Invalid
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from . import clusters, habits
from .events import CaseClock
from .queries import cases as queries
from .queries import decisions
from .queries import queue as waiting
from .queries import reports as filed
from .queries import verdicts as decided
from .rules import (
    KEPT,
    LEASE,
    MINUTE,
    RANKING,
    Case,
    Class,
    PauseReason,
    Report,
    class_of,
    due_of,
    merged_due,
    require,
    require_class,
    times_of,
)
from .vault import evidence

CHANNEL = "desk"  # where open pages of the desk hear that something is another now


def place(
    tx: Tx,
    target: int,
    klass: Class,
    posts: Collection[int] = (),
    *,
    record: int = 50,
    doxxing: bool = False,
    at_most: int | None = None,
    split_from: int | None = None,
    fresh: bool = False,
) -> int:
    """The case that a report belongs to: what is open about the same in this class, or a new one.

    Args:
        posts: what it is about; empty = the account as a whole.
        record: of the reporter, percent.
        at_most: when it is due at the latest, whatever the class says (ms).
        fresh: a new one in any case.
    Returns:
        Its id.
    """
    tx.lock("cases", target)
    there = queries.still_there(tx, posts)
    due = due_of(klass, tx.ms, times=times_of(tx.instance.moderation_times), doxxing=doxxing)
    due = due if at_most is None else merged_due((due, at_most))
    found = None if fresh else queries.of_subject(tx, target, klass, there)
    reach = waiting.reach(tx, there)
    if found is not None:
        clusters.mark(tx, found.id, set(there) - set(queries.posts_of(tx, [found.id])[found.id]))
        queries.name_posts(tx, found.id, there)
        evidence.seal(tx, found.id, klass)
        if queries.sooner(tx, found.id, due):
            _wind(tx, found.id)
        queries.weigh(tx, found.id, max(reach, found.reach), max(record, found.record))
        return found.id
    made = Case(
        id=new_id(tx.now),
        klass=klass,
        state="open",
        target=target,
        received=tx.ms,
        due=due,
        reach=reach,
        record=record,
        split_from=split_from,
    )
    return opened(tx, made, there)


def opened(tx: Tx, case: Case, posts: Collection[int] = ()) -> int:
    """Keep a new case, and note it; its id."""
    queries.add(tx, case, posts)
    clusters.mark(tx, case.id, posts)
    _wind(tx, case.id)
    more = {"due": case.due, "received": case.received}
    noted(tx, None, "open", case, detail=case.klass, more=more)
    evidence.seal(tx, case.id, case.klass)
    return case.id


def _wind(tx: Tx, case: int) -> None:
    """Set its clock anew, for its class or its deadline is another now. Emits: CaseClock"""
    tx.emit(CaseClock(case=case, turn=queries.wind(tx, case)))


def hasten(tx: Tx, case: int, due: int) -> None:
    """It is due then at the latest, as whoever asked for it says; its clock is set anew."""
    queries.sooner(tx, case, due)
    _wind(tx, case)


def noted(
    tx: Tx,
    by: int | None,
    action: str,
    case: Case,
    *,
    detail: str = "",
    more: dict[str, Any] | None = None,
) -> int:
    """Put something that was done with a case into the log; its leaf."""
    tx.publish(CHANNEL, b"")
    return decisions.add(
        tx, by, action, "case", case.id, detail=detail, about=case.target, more=more
    )


def taken_up(tx: Tx, viewer: Viewer, case: int) -> Case:
    """The case, for nobody else to change meanwhile. Raises Forbidden, NotFound."""
    require(viewer, Permission.TRIAGE)
    tx.lock("case", case)
    found = queries.one(tx, case)
    require_class(viewer, found.klass)
    return found


def refuse_decider(tx: Tx, viewer: Viewer, case: Case) -> None:
    """An appeal is not for who decided. Raises Forbidden."""
    if case.appeal is not None and decided.one(tx, case.appeal).by == viewer.id:
        raise Forbidden(say("Somebody else decides about an appeal against your decision."))


# --- who has it -----------------------------------------------------------------------------------


def claim(tx: Tx, viewer: Viewer, case: int) -> Case:
    """Take it on for ten minutes, or for ten more.

    Raises:
        Forbidden: also where it is an appeal against the viewer's own decision.
        NotFound.
        Conflict: somebody else has it, or it is not open.
    """
    found = taken_up(tx, viewer, case)
    refuse_decider(tx, viewer, found)
    if not queries.claim(tx, found, viewer.id, tx.ms + LEASE):
        raise Conflict(say("Somebody else has this case, or it is decided."))
    if found.held_by(tx.ms) != viewer.id:
        noted(tx, viewer.id, "claim", found)
        if found.klass in KEPT:  # what is grave weighs on whoever looks at it
            habits.count(tx, viewer)
    return queries.one(tx, case)


def release(tx: Tx, viewer: Viewer, case: int) -> Case:
    """Give it back. Raises Forbidden, NotFound."""
    found = taken_up(tx, viewer, case)
    if queries.release(tx, case, viewer.id):
        noted(tx, viewer.id, "release", found)
    return queries.one(tx, case)


def snooze(tx: Tx, viewer: Viewer, case: int, minutes: int) -> Case:
    """Put it off, and give it back: at most until half of the time that is left. Its clock runs on,
    and so do its calls.

    Raises:
        Forbidden, NotFound.
        Invalid: not open; for longer, or for no time.
        Conflict: somebody else has it.
    """
    found = _open(taken_up(tx, viewer, case))
    if found.held_by(tx.ms) not in (None, viewer.id):
        raise Conflict(say("Somebody else has this case, or it is decided."))
    most = max(0, (found.due - tx.ms) // 2)
    if not 0 < minutes * MINUTE <= most or not queries.snooze(tx, case, tx.ms + minutes * MINUTE):
        said = say("It can be put off for at most %(most)s minutes.", most=most // MINUTE)
        raise Invalid(said, {"minutes": [("ERR_INVALID", said)]})
    noted(tx, viewer.id, "snooze", found, detail=str(minutes))
    return queries.one(tx, case)


# --- what becomes of it ---------------------------------------------------------------------------


def escalate(tx: Tx, viewer: Viewer, case: int, klass: Class) -> Case:
    """It is more urgent than it was taken for.

    Raises:
        Forbidden, NotFound.
        Invalid: not a more urgent class, or not open.
    """
    found = _open(taken_up(tx, viewer, case))
    classes = RANKING[: RANKING.index(found.klass)] if found.appeal is None else ()
    if klass not in classes:
        raise Invalid(say("A case can only be made more urgent."))
    due = due_of(klass, found.received, times=times_of(tx.instance.moderation_times))
    queries.reclass(tx, case, klass)
    queries.sooner(tx, case, due)
    evidence.seal(tx, case, klass)
    _wind(tx, case)
    noted(tx, viewer.id, "escalate", found, detail=f"{found.klass} {klass}")
    return queries.one(tx, case)


def merge(tx: Tx, viewer: Viewer, case: int, into: int) -> Case:
    """Make it part of another one about the same person; the earliest deadline holds for both.

    Raises:
        Forbidden, NotFound.
        Invalid: they are about others, or one of them is not open.
    """
    for each in sorted((case, into)):
        tx.lock("case", each)
    one, other = _open(taken_up(tx, viewer, case)), _open(taken_up(tx, viewer, into))
    appealed = one.appeal is not None or other.appeal is not None
    if one.id == other.id or one.target != other.target or one.target is None or appealed:
        raise Invalid(say("Only cases about the same account can be merged."))
    klass = min((one.klass, other.klass), key=RANKING.index)
    queries.move(tx, case, into)
    queries.reclass(tx, into, klass)
    queries.sooner(tx, into, merged_due((one.due, other.due)))
    queries.weigh(tx, into, max(one.reach, other.reach), max(one.record, other.record))
    queries.close(tx, case, into=into)
    evidence.seal(tx, into, klass)
    _wind(tx, into)
    noted(tx, viewer.id, "merge", one, detail=str(into))
    return queries.one(tx, into)


def split(tx: Tx, viewer: Viewer, case: int, reports: Sequence[int]) -> Case:
    """Make some of its reports a case of their own, due at the same moment.

    Raises:
        Forbidden, NotFound.
        Invalid: none of its reports, or all; it is not open.
    """
    found = _open(taken_up(tx, viewer, case))
    all_ = filed.of_cases(tx, [case])
    moved = [report for report in all_ if report.id in set(reports)]
    if not moved or len(moved) == len(all_) or found.target is None:
        raise Invalid(say("Choose some of the reports, not all."))
    rest = {post for report in all_ if report not in moved for post in report.posts}
    theirs = {post for report in moved for post in report.posts}
    made = msgspec.structs.replace(
        found,
        id=new_id(tx.now),
        split_from=found.id,
        claimed_by=None,
        claimed_at=None,
        lease=None,
    )
    opened(tx, made, queries.still_there(tx, theirs))
    queries.unname(tx, case, theirs - rest)
    for report in moved:
        queries.move_report(tx, report.id, made.id)
    noted(tx, viewer.id, "split", found, detail=str(made.id))
    return queries.one(tx, made.id)


def pause(tx: Tx, viewer: Viewer, case: int, reason: PauseReason) -> Case:
    """Let the clock of a legal order stand: whoever ordered it was asked what is meant, or it
    cannot be done.

    Raises:
        Forbidden, NotFound.
        Invalid: no such reason; no legal order; it is not open.
    """
    require(viewer, Permission.MANAGE_ORDERS)
    found = _open(taken_up(tx, viewer, case))
    if found.klass != "L0" or reason not in get_args(PauseReason):
        raise Invalid(say("Only the clock of a legal order can stand, and for two reasons alone."))
    if not queries.pause(tx, case, viewer.id, reason):
        raise Invalid(say("This case is not open."))
    noted(tx, viewer.id, "pause", found, detail=reason)
    return queries.one(tx, case)


def resume(tx: Tx, viewer: Viewer, case: int) -> Case:
    """Let it run on: it is due later by as long as it stood.

    Raises:
        Forbidden, NotFound.
        Invalid: it does not stand.
    """
    require(viewer, Permission.MANAGE_ORDERS)
    found = taken_up(tx, viewer, case)
    stood = queries.resume(tx, case)
    if stood is None:
        raise Invalid(say("The clock of this case runs."))
    _wind(tx, case)
    noted(tx, viewer.id, "resume", found, more={"stood": stood})
    return queries.one(tx, case)


def reopen(tx: Tx, viewer: Viewer, case: int) -> Case:
    """Open one again that was closed, with the reports that were closed with it, as what closed it
    is taken back. It is due when it was.

    Raises:
        Forbidden, NotFound.
        Conflict: it is not closed.
    """
    found = taken_up(tx, viewer, case)
    if not queries.reopen(tx, case):
        raise Conflict(say("This case is open."))
    for report in filed.of_cases(tx, [case]):
        if report.resolved_at == found.closed_at:
            again = msgspec.structs.replace(report, resolved_at=None, resolved_by=None, acted=None)
            filed.change(tx, again)
    _wind(tx, case)
    noted(tx, viewer.id, "reopen", found)
    return queries.one(tx, case)


def _open(case: Case) -> Case:
    if case.state not in ("open", "paused"):
        raise Invalid(say("This case is not open."))
    return case


def adopt(tx: Tx) -> int:
    """Give a case to reports that an older release filed beside this one; how many there were."""
    orphans = filed.homeless(tx)
    for report in orphans:
        adopt_one(tx, report)
    return len(orphans)


def adopt_one(tx: Tx, report: Report) -> int:
    """The same for one; the case."""
    case = place(tx, report.target, class_of(report.source, report.category), report.posts)
    queries.move_report(tx, report.id, case)
    return case
