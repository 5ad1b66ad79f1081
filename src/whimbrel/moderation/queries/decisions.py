"""The log of what the staff did. Rows are only added, each with a leaf of the tree (`audit`)."""

from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from whimbrel.core.engines import Query, insert
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..rules import commit
from ..tables import decisions
from . import audit

_ADD = Query(
    insert(
        decisions,
        (
            *("at", "by", "action", "kind", "target", "report", "detail"),
            *("leaf", "commitment"),
        ),
    )
)
_OF = Query(
    select(decisions.c.action, decisions.c.by, decisions.c.report, decisions.c.detail)
    .where(decisions.c.kind == bindparam("kind"), decisions.c.target == number("target"))
    .order_by(decisions.c.id)
)
_NEWEST = Query(
    select(
        decisions.c.at,
        decisions.c.by,
        decisions.c.action,
        decisions.c.report,
        decisions.c.detail,
    )
    .where(decisions.c.kind == bindparam("kind"), decisions.c.target == number("target"))
    .order_by(decisions.c.id.desc())
    .limit(number("most"))
)


_PAGE = Query(
    select(
        *(decisions.c.id, decisions.c.at, decisions.c.by, decisions.c.action, decisions.c.kind),
        *(decisions.c.target, decisions.c.detail, decisions.c.leaf),
    )
    .where(decisions.c.id < number("below"))
    .order_by(decisions.c.id.desc())
    .limit(number("most"))
)


class Row(NamedTuple):
    """A row of the log as the staff reads it. `leaf`: None = older than the tree."""

    id: int
    at: int
    by: int | None
    action: str
    kind: str
    target: int
    detail: str
    leaf: int | None


class Noted(NamedTuple):
    """An act as it was noted. `by`: None = the server itself, or somebody who has left."""

    at: int
    by: int | None
    action: str
    report: int | None
    detail: str


def add(
    tx: Tx,
    by: int | None,
    action: str,
    kind: str,
    target: int,
    *,
    report: int | None = None,
    detail: str = "",
    at: int | None = None,
    about: int | None = None,
    more: dict[str, Any] | None = None,
) -> int:
    """Note one act, in the transaction that does it.

    Args:
        by: who did it; None = the server itself.
        kind: what `target` is an id of: account, report, server, network ...
        detail: what else to know, with nobody's name or words in it.
        at: when (ms), where that is not now.
        about: whom it is about, where `target` is something else: what is committed to goes with
            them.
        more: what the leaf commits to besides, such as digests; ids and numbers only.
    Returns:
        Its leaf.
    """
    row = {
        "at": tx.ms if at is None else at,
        "by": by,
        "action": action,
        "kind": kind,
        "target": target,
        "report": report,
        "detail": detail[:300],
    }
    tx.lock("log", 0)  # leaves are counted without gaps
    leaf = audit.size(tx)
    commitment, content = commit(row, more or {})
    tx.run(_ADD, leaf=leaf, commitment=commitment, **row)
    audit.keep(tx, leaf, target if kind == "account" else about, content)
    return leaf


def page(tx: Tx, below: int, most: int) -> list[Row]:
    """All that was done, the newest first."""
    return [Row._make(row) for row in tx.rows(_PAGE, below=below, most=most)]


def of(tx: Tx, kind: str, target: int) -> list[tuple[str, int | None, int | None, str]]:
    """(action, by, report, detail) of all that was done about something, oldest first."""
    return list(tx.rows(_OF, kind=kind, target=target))


def newest(tx: Tx, kind: str, target: int, most: int) -> list[Noted]:
    """The last things that were done about something, the newest first."""
    rows = tx.rows(_NEWEST, kind=kind, target=target, most=most)
    return [Noted._make(row) for row in rows]
