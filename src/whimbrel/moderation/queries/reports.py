"""Statements about reports, and the posts in them as whoever decides must see them."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Boolean, String, bindparam, func, or_, select, update

from whimbrel.accounts.tables import accounts, users
from whimbrel.core.engines import Query, in_ids, in_list, insert, rows_read, rows_within
from whimbrel.core.errors import NotFound
from whimbrel.core.keyring import Slot
from whimbrel.core.tx import Tx
from whimbrel.instance.tables import rules
from whimbrel.posts.queries import card, number, original, original_author, visible
from whimbrel.posts.tables import posts

from ..rules import Report, Window
from ..tables import reports

_ADD = Query(
    insert(
        reports,
        (
            *("id", "account", "target", "category", "comment", "slot", "posts", "rules"),
            *("collections", "forward", "resolved_at", "case", "source"),
        ),
    )
)
_SELECT = select(
    reports.c.id,
    reports.c.account,
    reports.c.target,
    reports.c.category,
    reports.c.comment,
    reports.c.slot,
    reports.c.posts,
    reports.c.rules,
    reports.c.forward,
    reports.c.resolved_at,
    reports.c.updated_at,
    reports.c.assigned,
    reports.c.resolved_by,
    reports.c.collections,
    reports.c.case,
    reports.c.source,
    reports.c.acted,
    accounts.c.slot,
).outerjoin(accounts, accounts.c.id == reports.c.account)
_ONE = Query(_SELECT.where(reports.c.id == number("id")))
*_COLUMNS, _NO_MARKS = card(marks=False)
CARD = select(*_COLUMNS, _NO_MARKS.label("marks")).select_from(
    posts.join(accounts, accounts.c.id == posts.c.author)
    .outerjoin(original, original.c.id == posts.c.boost_of)
    .outerjoin(original_author, original_author.c.id == original.c.author)
)
_CARDS = Query(CARD.where(in_list(posts.c.id, "ids")))
_WITH = (
    rows_within(
        select(accounts.c.id, accounts.c.username, accounts.c.domain)
        .outerjoin(users, users.c.account == accounts.c.id)
        .where(
            accounts.c.id.in_(
                (reports.c.account, reports.c.target, reports.c.assigned, reports.c.resolved_by)
            ),
            # Of somebody erased a row without a user stays for an hour.
            or_(accounts.c.domain.is_not(None), users.c.account.is_not(None)),
        )
        .correlate(reports)
    ),
    rows_within(select(rules.c.id, rules.c.text).where(rules.c.removed_at.is_(None))),
    rows_within(CARD.where(in_ids(posts.c.id, reports.c.posts))),
)
_REPORTABLE = Query(
    select(posts.c.id).where(
        in_list(posts.c.id, "ids"), posts.c.author == number("target"), visible()
    )
)

_encode = msgspec.json.Encoder().encode


class Named(NamedTuple):
    """A report with all that its page names."""

    report: Report
    people: dict[int, str]  # how each is addressed here
    rules: dict[str, str]  # that hold, their words
    cards: list[Any]  # of its posts, whoever may see them otherwise


def _place(report: int, slot: int, author_slot: int | None) -> Slot:
    """Under which keys a comment is sealed: it is the reporter's own, and goes with them."""
    return Slot(slot, author_slot or slot, report, "reports.comment")


def reportable(tx: Tx, viewer: int, target: int, ids: list[int]) -> list[int]:
    """Which of `ids` are posts of `target` that the viewer may see, in their order."""
    rows = tx.rows(_REPORTABLE, viewer=viewer, target=target, list_ids=ids)
    found = {row[0] for row in rows}
    return [id_ for id_ in dict.fromkeys(ids) if id_ in found]


def add(tx: Tx, report: Report, author_slot: int | None) -> None:
    """Keep a report; `author_slot` is the reporter's, None where they have no account."""
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
        collections=_encode(report.collections).decode(),
        forward=report.forward,
        resolved_at=report.resolved_at,
        case=report.case,
        source=report.source,
    )


def one(tx: Tx, report: int) -> Report:
    """A report. Raises NotFound."""
    row = tx.row(_ONE, id=report)
    if row is None:
        raise NotFound
    return _report(tx, row)


def _report(tx: Tx, row: Any) -> Report:
    report, account, target, category, comment, slot, posts_, rules, forward = row[:9]
    resolved_at, updated_at, assigned, resolved_by, collections, case, source, acted, own = row[9:]
    return Report(
        id=report,
        account=account,
        target=target,
        category=category,
        comment=tx.unseal(_place(report, slot, own), bytes(comment)).decode(),
        posts=msgspec.json.decode(posts_, type=tuple[int, ...]),
        rules=msgspec.json.decode(rules, type=tuple[str, ...]),
        collections=msgspec.json.decode(collections, type=tuple[int, ...]),
        forward=bool(forward),
        resolved_at=resolved_at,
        updated_at=updated_at,
        assigned=assigned,
        resolved_by=resolved_by,
        case=case or 0,
        source=source,
        acted=None if acted is None else bool(acted),
    )


_target = accounts.alias()
_FILTERS = {
    "open": reports.c.resolved_at.is_(None),
    "resolved": reports.c.resolved_at.is_not(None),
    "account": reports.c.account == number("account"),
    "target": reports.c.target == number("target"),
    "domain": reports.c.target.in_(
        select(_target.c.id).where(_target.c.domain == bindparam("domain", type_=String))
    ),
}


@lru_cache(maxsize=128)
def _page(names: tuple[str, ...], ascending: bool, named: bool = False) -> Query:
    return Query(
        _SELECT.add_columns(*(_WITH if named else ()))
        .where(
            reports.c.id > number("low"),
            reports.c.id < number("high"),
            *(_FILTERS[name] for name in names),
        )
        .order_by(reports.c.id.asc() if ascending else reports.c.id.desc())
        .limit(number("most"))
    )


def page(tx: Tx, window: Window, filters: dict[str, Any]) -> list[Report]:
    """A page of reports.

    Args:
        filters: `open` or `resolved` (True), `account`, `target` (ids), `domain` of the target.
    """
    return [_report(tx, row) for row in _rows(tx, window, filters)]


def named_page(tx: Tx, window: Window, filters: dict[str, Any]) -> list[Named]:
    """The same with names and posts, in one statement."""
    found = []
    for row in _rows(tx, window, filters, named=True):
        people, held, cards = map(rows_read, row[-len(_WITH) :])
        acct = {id_: f"{name}@{domain}" if domain else name for id_, name, domain in people}
        words = {str(id_): text for id_, text in held}
        found.append(Named(_report(tx, row[: -len(_WITH)]), acct, words, cards))
    return found


def _rows(tx: Tx, window: Window, filters: dict[str, Any], *, named: bool = False) -> list[Any]:
    names = tuple(sorted(filters))
    bound = {name: value for name, value in filters.items() if value is not True}
    low, high, most, ascending = window
    rows = tx.rows(_page(names, ascending, named), low=low, high=high, most=most, **bound)
    return rows[::-1] if ascending else rows


_CHANGE = Query(
    update(reports)
    .where(reports.c.id == number("which"))
    .values(
        category=bindparam("new_category", type_=String),
        rules=bindparam("new_rules", type_=String),
        resolved_at=number("new_resolved_at"),
        resolved_by=number("new_resolved_by"),
        assigned=number("new_assigned"),
        acted=bindparam("new_acted", type_=Boolean),
        updated_at=number("now"),
    )
)


def change(tx: Tx, report: Report) -> None:
    """Write what moderators may change of a report. What was said stays as it was said."""
    tx.run(
        _CHANGE,
        which=report.id,
        new_category=report.category,
        new_rules=_encode(report.rules).decode(),
        new_resolved_at=report.resolved_at,
        new_resolved_by=report.resolved_by,
        new_assigned=report.assigned,
        new_acted=report.acted,
        now=tx.ms,
    )


_OF_CASES = Query(_SELECT.where(in_list(reports.c.case, "cases")).order_by(reports.c.id))
_MINE = Query(
    _SELECT.where(reports.c.account == number("who"), reports.c.id < number("below"))
    .order_by(reports.c.id.desc())
    .limit(number("most"))
)
_HOMELESS = Query(_SELECT.where(reports.c.case.is_(None)).order_by(reports.c.id).limit(100))
_server = accounts.alias()
_FROM_SERVER = Query(
    select(func.count())
    .select_from(reports.join(_server, _server.c.id == reports.c.account))
    .where(
        reports.c.id > number("since"),
        reports.c.source == "flag",
        _server.c.domain == bindparam("domain", type_=String),
    )
)


def of_cases(tx: Tx, cases: Iterable[int]) -> list[Report]:
    """All that was reported in these cases, oldest first. A comment that cannot be opened any more
    is empty."""
    return [_report(tx, row) for row in tx.rows(_OF_CASES, list_cases=list(cases))]


_OPEN_IN = Query(
    select(reports.c.id).where(reports.c.case == number("case"), reports.c.resolved_at.is_(None))
)


def still_open(tx: Tx, case: int) -> list[int]:
    """Which reports of a case nobody answered yet."""
    return [row[0] for row in tx.rows(_OPEN_IN, case=case)]


_OPEN_OF = Query(
    select(reports.c.id)
    .where(reports.c.account == number("who"), reports.c.resolved_at.is_(None))
    .order_by(reports.c.id)
    .limit(number("most"))
)


def open_of(tx: Tx, account: int, most: int) -> list[int]:
    """What somebody reported and nobody answered yet."""
    return [row[0] for row in tx.rows(_OPEN_OF, who=account, most=most)]


_LAST_OF = Query(
    _SELECT.where(reports.c.case == number("case"), reports.c.id < number("below"))
    .order_by(reports.c.id.desc())
    .limit(number("most"))
)


def last_of(tx: Tx, case: int, most: int) -> list[Report]:
    """The newest reports of a case."""
    rows = tx.rows(_LAST_OF, case=case, below=(1 << 63) - 1, most=most)
    return [_report(tx, row) for row in rows]


def of_reporter(tx: Tx, account: int, below: int, most: int) -> list[Report]:
    """What somebody reported, the newest first."""
    return [_report(tx, row) for row in tx.rows(_MINE, who=account, below=below, most=most)]


def homeless(tx: Tx) -> list[Report]:
    """Some of those that have no case yet: filed by an older release that serves beside this."""
    return [_report(tx, row) for row in tx.rows(_HOMELESS)]


def from_server(tx: Tx, domain: str, since: int) -> int:
    """How many reports a server sent after `since` (an id)."""
    return int(tx.value(_FROM_SERVER, domain=domain, since=since))


def reported_cards(tx: Tx, ids: Iterable[int]) -> list[Any]:
    """The `Card` rows of reported posts, whoever may see them otherwise: only for the staff."""
    wanted = list(dict.fromkeys(ids))
    return tx.rows(_CARDS, list_ids=wanted) if wanted else []
