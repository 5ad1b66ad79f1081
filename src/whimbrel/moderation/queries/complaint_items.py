"""Statements about what letters name, each thing with what came of it."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from sqlalchemy import LargeBinary, and_, bindparam, case, func, or_, select, update

from whimbrel.core.engines import Query, in_list, insert
from whimbrel.core.keyring import Slot
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number
from whimbrel.posts.tables import posts

from ..tables import complaint_items, reports
from .complaints import Complaint, place

Kind = Literal["link", "quote", "picture", "part"]


class Item(NamedTuple):
    """One thing a letter names, with what came of it."""

    number: int
    kind: Kind
    written: str
    found: bool
    account: int | None
    post: int | None
    report: int | None
    case: int | None
    resolved_at: int | None  # its report
    erased: bool  # it was a post, and is no more
    answer: str
    answered_at: int | None


class Counted(NamedTuple):
    """How many things a letter names, and what of them."""

    all: int
    done: int
    missing: int  # not found here, and nobody has looked


_i = complaint_items.c
_ADD = Query(
    insert(complaint_items, ("complaint", "number", "kind", "written", "found", "account", "post"))
)
_ERASED = and_(_i.post.is_not(None), posts.c.id.is_(None))
_ROWS = (
    select(
        *(_i.number, _i.kind, _i.written, _i.found, _i.account, _i.post, _i.report),
        *(reports.c.case, reports.c.resolved_at, _ERASED, _i.answer, _i.answered_at),
    )
    .outerjoin(reports, reports.c.id == _i.report)
    .outerjoin(posts, posts.c.id == _i.post)
    .where(_i.complaint == number("id"))
)
_OF = Query(_ROWS.order_by(_i.number))
_ONE = Query(_ROWS.where(_i.number == number("number")))
_UNFILED = Query(
    _ROWS.where(_i.found.is_(True), _i.report.is_(None), _i.account.is_not(None))
    .order_by(_i.account, _i.number)
    .limit(number("most"))
)
_FILED = Query(
    update(complaint_items)
    .where(_i.complaint == number("which"), _i.number == number("what"))
    .values(report=number("new_report"))
)
_FOUND = Query(
    update(complaint_items)
    .where(_i.complaint == number("which"), _i.number == number("what"))
    .values(found=True, account=number("new_account"), post=number("new_post"))
)
_ANSWER = Query(
    update(complaint_items)
    .where(_i.complaint == number("which"), _i.number == number("what"))
    .values(
        answer=bindparam("new_answer", type_=LargeBinary),
        answered_at=number("now"),
        answered_by=number("who"),
    )
)
# Nothing is left to do about a thing: its report is closed, somebody looked, or it is no more.
_GONE = and_(
    _i.found.is_(True),
    or_(and_(_i.report.is_(None), _i.account.is_(None)), _ERASED),
)
_DONE = or_(reports.c.resolved_at.is_not(None), _i.answered_at.is_not(None), _GONE)
_MISSING = and_(_i.found.is_(False), _i.answered_at.is_(None))
_COUNTS = Query(
    select(
        _i.complaint,
        func.count(),
        func.sum(case((_DONE, 1), else_=0)),
        func.sum(case((_MISSING, 1), else_=0)),
    )
    .select_from(complaint_items)
    .outerjoin(reports, reports.c.id == _i.report)
    .outerjoin(posts, posts.c.id == _i.post)
    .where(in_list(_i.complaint, "ids"))
    .group_by(_i.complaint)
)


def _place(complaint: Complaint, number_: int, what: str) -> Slot:
    return place(complaint.id, complaint.slot, f"complaint_items.{what}.{number_}")


def add(
    tx: Tx,
    complaint: Complaint,
    named: Iterable[tuple[int, Kind, str, int | None, int | None]],
) -> None:
    """Keep what a letter names.

    Args:
        named: (number, kind, words, account, post) each; nobody = it was not found.
    """
    rows = [
        {
            "complaint": complaint.id,
            "number": number_,
            "kind": kind,
            "written": tx.seal(_place(complaint, number_, "written"), words.encode()),
            "found": account is not None,
            "account": account,
            "post": post,
        }
        for number_, kind, words, account, post in named
    ]
    tx.many(_ADD, rows)


def _item(tx: Tx, complaint: Complaint, row: Any) -> Item:
    number_, kind, written, found, account, post, report, case_, resolved_at = row[:9]
    erased, answer, answered_at = row[9:]
    words = tx.unseal(_place(complaint, number_, "written"), bytes(written)).decode()
    said = ""
    if answer is not None:
        said = tx.unseal(_place(complaint, number_, "answer"), bytes(answer)).decode()
    return Item(
        number=number_,
        kind=kind,
        written=words,
        found=bool(found),
        account=account,
        post=post,
        report=report,
        case=case_,
        resolved_at=resolved_at,
        erased=bool(erased),
        answer=said,
        answered_at=answered_at,
    )


def of(tx: Tx, complaint: Complaint) -> list[Item]:
    """All of them, in the order of the letter."""
    return [_item(tx, complaint, row) for row in tx.rows(_OF, id=complaint.id)]


def one(tx: Tx, complaint: Complaint, number_: int) -> Item | None:
    """One of them."""
    row = tx.row(_ONE, id=complaint.id, number=number_)
    return None if row is None else _item(tx, complaint, row)


def unfiled(tx: Tx, complaint: Complaint, most: int) -> list[Item]:
    """Things that are here and have no report yet, those of one person together."""
    rows = tx.rows(_UNFILED, id=complaint.id, most=most)
    return [_item(tx, complaint, row) for row in rows]


def filed(tx: Tx, complaint: int, number_: int, report: int) -> None:
    """A thing has its report."""
    tx.run(_FILED, which=complaint, what=number_, new_report=report)


def found(tx: Tx, complaint: int, number_: int, account: int, post: int | None) -> None:
    """Somebody found what was meant."""
    tx.run(_FOUND, which=complaint, what=number_, new_account=account, new_post=post)


def answer(tx: Tx, complaint: Complaint, number_: int, words: str, by: int) -> None:
    """Somebody looked, and says what of it."""
    sealed = tx.seal(_place(complaint, number_, "answer"), words.encode())
    tx.run(_ANSWER, which=complaint.id, what=number_, new_answer=sealed, now=tx.ms, who=by)


def counts(tx: Tx, ids: Sequence[int]) -> dict[int, Counted]:
    """How far each of these letters is."""
    rows = tx.rows(_COUNTS, list_ids=list(ids)) if ids else []
    return {row[0]: Counted(int(row[1]), int(row[2]), int(row[3])) for row in rows}
