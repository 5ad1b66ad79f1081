"""The log of what the staff did. Rows are only added."""

from sqlalchemy import bindparam, select

from whimbrel.core.engines import Query, insert
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..tables import decisions

_ADD = Query(insert(decisions, ("at", "by", "action", "kind", "target", "report", "detail")))
_OF = Query(
    select(decisions.c.action, decisions.c.by, decisions.c.report, decisions.c.detail)
    .where(decisions.c.kind == bindparam("kind"), decisions.c.target == number("target"))
    .order_by(decisions.c.id)
)


def add(
    tx: Tx,
    by: int | None,
    action: str,
    kind: str,
    target: int,
    *,
    report: int | None = None,
    detail: str = "",
) -> None:
    """Note one act, in the transaction that does it.

    Args:
        by: who did it; None = the server itself.
        kind: what `target` is an id of: account, report, server, network ...
        detail: what else to know, with nobody's name or words in it.
    """
    tx.run(
        _ADD,
        at=tx.ms,
        by=by,
        action=action,
        kind=kind,
        target=target,
        report=report,
        detail=detail[:300],
    )


def of(tx: Tx, kind: str, target: int) -> list[tuple[str, int | None, int | None, str]]:
    """(action, by, report, detail) of all that was done about something, oldest first."""
    return list(tx.rows(_OF, kind=kind, target=target))
