"""Every statement about reports."""

import msgspec
from sqlalchemy import select

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, in_list, insert
from whimbrel.core.errors import NotFound
from whimbrel.core.keyring import Slot
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number, visible
from whimbrel.posts.tables import posts

from .rules import Report
from .tables import reports

_ADD = Query(insert(reports))
_ONE = Query(
    select(
        reports.c.account,
        reports.c.target,
        reports.c.category,
        reports.c.comment,
        reports.c.slot,
        reports.c.posts,
        reports.c.rules,
        reports.c.forward,
        reports.c.resolved_at,
        accounts.c.slot,
    )
    .join(accounts, accounts.c.id == reports.c.account)
    .where(reports.c.id == number("id"))
)
_REPORTABLE = Query(
    select(posts.c.id).where(
        in_list(posts.c.id, "ids"), posts.c.author == number("target"), visible()
    )
)

_encode = msgspec.json.Encoder().encode


def _place(report: int, slot: int, author_slot: int) -> Slot:
    """Under which keys a comment is sealed: it is the reporter's own, and goes with them."""
    return Slot(slot, author_slot, report, "reports.comment")


def reportable(tx: Tx, viewer: int, target: int, ids: list[int]) -> list[int]:
    """Which of `ids` are posts of `target` that the viewer may see, in their order."""
    rows = tx.rows(_REPORTABLE, viewer=viewer, target=target, list_ids=ids)
    found = {row[0] for row in rows}
    return [id_ for id_ in dict.fromkeys(ids) if id_ in found]


def add(tx: Tx, report: Report, author_slot: int) -> None:
    """Keep a report; `author_slot` is the reporter's."""
    slot = tx.slot()
    tx.run(
        _ADD,
        id=report.id,
        account=report.account,
        target=report.target,
        category=report.category,
        comment=tx.seal(_place(report.id, slot, author_slot), report.comment.encode()),
        slot=slot,
        posts=_encode(report.posts).decode(),
        rules=_encode(report.rules).decode(),
        forward=report.forward,
        resolved_at=report.resolved_at,
    )


def one(tx: Tx, report: int) -> Report:
    """A report. Raises NotFound."""
    row = tx.row(_ONE, id=report)
    if row is None:
        raise NotFound
    account, target, category, comment, slot, posts_, rules, forward, resolved_at, own = row
    return Report(
        id=report,
        account=account,
        target=target,
        category=category,
        comment=tx.unseal(_place(report, slot, own), bytes(comment)).decode(),
        posts=msgspec.json.decode(posts_, type=tuple[int, ...]),
        rules=msgspec.json.decode(rules, type=tuple[str, ...]),
        forward=bool(forward),
        resolved_at=resolved_at,
    )
