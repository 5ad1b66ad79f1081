"""One decision of many cases, and all open reports of one person set aside: carried out some at a
time, and taken back whole for ten minutes."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from whimbrel.accounts.queries import users
from whimbrel.accounts.rules import Permission, Viewer, role_of
from whimbrel.core.errors import Conflict, Forbidden, Invalid, WhimbrelError
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from . import cases, reports, verdicts
from .events import BulkSlice, BulkUndone
from .queries import bulk as queries
from .queries import cases as stored
from .queries import decisions
from .queries import reports as filed
from .queries.bulk import Bulk, Progress
from .rules import MINUTE, require
from .verdicts import Ruling

SLICE = 50  # in one transaction
MOST = 20_000  # of one decision
UNDO = 10 * MINUTE  # as long it can be taken back

_ruling = msgspec.json.Decoder(Ruling).decode


def decide(tx: Tx, viewer: Viewer, of: Sequence[int], ruling: Ruling) -> Bulk:
    """Decide these cases alike: the first at once, the others right after.

    Those that somebody else has, that are decided, or of which the viewer may not decide stay as
    they are.

    Raises:
        Forbidden.
        Invalid: none, too many, or of single posts.
    Emits: BulkSlice, while there are more; and as `verdicts.decide`
    """
    require(viewer, Permission.MANAGE_REPORTS)
    if not of or len(of) > MOST:
        raise Invalid(say("Choose cases, at most %(most)s.", most=MOST))
    if ruling.posts is not None:
        raise Invalid(say("A decision of many cases is about all of their posts."))
    return _begin(tx, viewer, "decide", msgspec.json.encode(ruling), of)


def set_aside(tx: Tx, viewer: Viewer, reporter: int) -> Bulk:
    """Close all open reports of one person without doing anything. Whoever else reported the same
    is still heard.

    Raises:
        Forbidden.
        Invalid: there are none.
    Emits: as `decide`
    """
    require(viewer, Permission.MANAGE_REPORTS)
    found = filed.open_of(tx, reporter, MOST)
    if not found:
        raise Invalid(say("There is no open report of theirs."))
    return _begin(tx, viewer, "aside", b"{}", found)


def _begin(tx: Tx, viewer: Viewer, kind: str, content: bytes, of: Sequence[int]) -> Bulk:
    id_ = new_id(tx.now)
    queries.add(tx, id_, kind, viewer.id, content, of)
    decisions.add(tx, viewer.id, kind, "bulk", id_, detail=str(len(set(of))))
    _carry_on(tx, queries.one(tx, id_), viewer)
    return queries.one(tx, id_)


def carry_on(tx: Tx, event: BulkSlice) -> None:
    """Handler: the next of them, unless it was taken back.

    Emits: BulkSlice, while there are more
    """
    bulk = queries.one(tx, event.bulk)
    viewer = _decider(tx, bulk)
    if bulk.undone_at is None and viewer is not None:
        _carry_on(tx, bulk, viewer)


def _decider(tx: Tx, bulk: Bulk) -> Viewer | None:
    """Who decided it, with the role they have now; None where they have left."""
    user = None if bulk.by is None else users.by_account(tx, bulk.by)
    return None if user is None else Viewer(account=user.account, role=role_of(user.role))


def _carry_on(tx: Tx, bulk: Bulk, viewer: Viewer) -> None:
    turn = queries.turn(tx, bulk.id, SLICE)
    do = _DO[bulk.kind]
    for item in turn:
        tx.savepoint("item")
        try:
            result = do(tx, viewer, item, bulk)
        except WhimbrelError:  # it is somebody else's, or decided, or of somebody above
            tx.roll_back_to("item")
            result = 0
        else:
            tx.release("item")
        queries.set_result(tx, bulk.id, item, result)
    if len(turn) == SLICE:
        tx.emit(BulkSlice(bulk=bulk.id))


def _decide(tx: Tx, viewer: Viewer, case: int, bulk: Bulk) -> int:
    return verdicts.decide(tx, viewer, case, _ruling(bulk.content)).id


def _aside(tx: Tx, viewer: Viewer, report: int, bulk: Bulk) -> int:
    if filed.one(tx, report).resolved_at is not None:
        raise Conflict
    return reports.resolve(tx, viewer, report).id


_DO: dict[str, Callable[[Tx, Viewer, int, Bulk], int]] = {"decide": _decide, "aside": _aside}


# --- taking back ----------------------------------------------------------------------------------


def look(tx: Tx, viewer: Viewer, bulk: int) -> tuple[Bulk, Progress]:
    """One of them, and how far it is. Raises Forbidden, NotFound."""
    require(viewer, Permission.MANAGE_REPORTS)
    return queries.one(tx, bulk), queries.progress(tx, bulk)


def may_undo(tx: Tx, bulk: Bulk) -> bool:
    """Whether it can still be taken back."""
    return bulk.undone_at is None and tx.ms - (bulk.id >> 16) <= UNDO


def undo(tx: Tx, viewer: Viewer, bulk: int) -> Bulk:
    """Take it back: what was done is undone, and the cases are open as they were, due when they
    were.

    Raises:
        Forbidden: it is somebody else's.
        NotFound.
        Conflict: it is too late, or was taken back.
    Emits: BulkUndone, while there are more; and as `verdicts.take_back`
    """
    require(viewer, Permission.MANAGE_REPORTS)
    tx.lock("bulk", bulk)
    found = queries.one(tx, bulk)
    if found.by != viewer.id:
        raise Forbidden(say("Who decided it can take it back."))
    if not may_undo(tx, found) or not queries.undo(tx, bulk):
        raise Conflict(say("It cannot be taken back any more."))
    decisions.add(tx, viewer.id, "undo", "bulk", bulk)
    _undo(tx, found, viewer)
    return queries.one(tx, bulk)


def undo_more(tx: Tx, event: BulkUndone) -> None:
    """Handler: the next of them. Emits: BulkUndone, while there are more"""
    bulk = queries.one(tx, event.bulk)
    viewer = _decider(tx, bulk)
    if viewer is not None:
        _undo(tx, bulk, viewer)


def _undo(tx: Tx, bulk: Bulk, viewer: Viewer) -> None:
    done = queries.results(tx, bulk.id, SLICE)
    back = _BACK[bulk.kind]
    for item, result in done:
        tx.savepoint("item")
        try:
            back(tx, viewer, item, result)
        except WhimbrelError:  # a colleague was faster
            tx.roll_back_to("item")
        else:
            tx.release("item")
        queries.set_result(tx, bulk.id, item, 0)
    if len(done) == SLICE:
        tx.emit(BulkUndone(bulk=bulk.id))


def _undecide(tx: Tx, viewer: Viewer, case: int, verdict: int) -> Any:
    verdicts.take_back(tx, viewer, verdict)
    cases.reopen(tx, viewer, case)


def _unset(tx: Tx, viewer: Viewer, report: int, same: int) -> Any:
    found = filed.one(tx, report)
    if found.resolved_at is None:
        return
    if stored.one(tx, found.case).state == "closed":
        cases.reopen(tx, viewer, found.case)
    else:
        reports.reopen(tx, viewer, report)


_BACK: dict[str, Callable[[Tx, Viewer, int, int], Any]] = {"decide": _undecide, "aside": _unset}
