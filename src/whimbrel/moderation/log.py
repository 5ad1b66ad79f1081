"""The log: read by whoever may, and what was decided downstairs, or by a command, stands in it as
well."""

from whimbrel.accounts import queries as people
from whimbrel.accounts.events import StaffActed
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.tx import Tx

from .queries import decisions
from .queries.decisions import Row
from .rules import require


def note(tx: Tx, event: StaffActed) -> None:
    """Handler: write it down; of who has left meanwhile it is not said that they did it."""
    by = event.by if event.by is not None and people.by_ids(tx, [event.by]) else None
    decisions.add(tx, by, event.action, event.kind, event.target, at=event.at, detail=event.detail)


def page(tx: Tx, viewer: Viewer, below: int, most: int) -> list[tuple[Row, str]]:
    """What was done, the newest first, and who did it ("" = the server itself, or who has left).
    Raises Forbidden."""
    require(viewer, Permission.VIEW_AUDIT_LOG)
    rows = decisions.page(tx, below, most)
    known = people.by_ids(tx, {row.by for row in rows if row.by is not None})
    return [(row, known[row.by].acct if row.by in known else "") for row in rows]
