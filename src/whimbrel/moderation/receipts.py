"""What who reported is told of it: that it is here, until when it is decided, and what came of it.
Never who decided, nor what the person concerned was told."""

from collections.abc import Sequence
from typing import Any

from whimbrel.accounts import queries as people
from whimbrel.accounts.rules import Viewer
from whimbrel.core.ids import iso
from whimbrel.core.tx import Tx

from .queries import cases as stored
from .queries import reports as queries
from .rules import Report

MOST = 40  # of a page


def mine(tx: Tx, viewer: Viewer, below: int) -> list[dict[str, Any]]:
    """What the viewer reported, the newest first.

    Args:
        below: ids below this.
    """
    return receipts(tx, queries.of_reporter(tx, viewer.id, below, MOST))


def receipts(tx: Tx, found: Sequence[Report]) -> list[dict[str, Any]]:
    """Each as its page shows it: `state` is open, acted or nothing."""
    cases = stored.many(tx, {report.case for report in found})
    about = people.by_ids(tx, {report.target for report in found})
    shown = []
    for report in found:
        target, case = about.get(report.target), cases.get(report.case)
        open_ = report.resolved_at is None
        shown.append(
            {
                "id": str(report.id),
                "category": report.category,
                "comment": report.comment,
                "at": iso(report.id >> 16),
                "acct": None if target is None else target.acct,
                "posts": len(report.posts),
                "state": "open" if open_ else "acted" if report.acted else "nothing",
                "due": iso(case.due) if open_ and case is not None else "",
                "closed": "" if report.resolved_at is None else iso(report.resolved_at),
            }
        )
    return shown
