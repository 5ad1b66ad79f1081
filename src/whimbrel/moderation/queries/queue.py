"""Statements about the queue: what is first, how long each class takes, and what weighs."""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, in_list, rows_read, rows_within, upsert
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number
from whimbrel.posts.tables import posts

from ..rules import CLOCKS, MOST_REMEMBERED, NEVER_LATE, RANKING, Case, Class, record_of
from ..tables import (
    case_posts,
    cases,
    complaints,
    desk_habits,
    paces,
    practices,
    reports,
    verdicts,
)
from .cases import COLUMNS, case_of
from .reports import CARD

_c = cases.c
_klass: Any = bindparam("klass", type_=String)
_OPEN: ColumnElement[str] = literal_column("'open'")


def _head_of(klass: str) -> Any:
    head = (
        select(*COLUMNS)
        .where(
            _c.state == _OPEN,
            _c["class"] == literal_column(f"'{klass}'"),
            number(f"shows_{klass}") == 1,
            ~exists().where(
                desk_habits.c.account == number("me"), desk_habits.c.hidden.contains(klass)
            ),
            or_(_c.snoozed.is_(None), _c.snoozed <= number("now")),
        )
        .order_by(_c.due, _c.reach.desc(), _c.record.desc(), _c.id)
        .limit(number("most"))
        .subquery()
    )
    return select(*head.c)


# One seek in the index for each class: what is first of all is among what is first of each.
_heads = union_all(*(_head_of(klass) for klass in RANKING)).subquery("heads")
_usual: ColumnElement[int] = case(
    *(
        (_heads.c["class"] == literal_column(f"'{klass}'"), literal_column(str(clock.p80)))
        for klass, clock in CLOCKS.items()
    )
)
_known = select(paces.c.p80).where(paces.c["class"] == _heads.c["class"]).correlate(_heads)
_p80 = func.coalesce(_known.scalar_subquery(), _usual).label("p80")


def _first(source: Any, p80: ColumnElement[int]) -> tuple[ColumnElement[Any], ...]:
    """What must never be late, then intimate pictures and addresses, then least time to spare; of
    those alike what is passed on most, then who is right most. Else a backlog that is late already
    would hide an order that is not."""
    hot = or_(*(source["class"] == literal_column(f"'{klass}'") for klass in NEVER_LATE))
    intimate = source["class"] == literal_column("'N1'")
    tier: ColumnElement[int] = case(
        (hot, literal_column("0")), (intimate, literal_column("1")), else_=literal_column("2")
    )
    return tier, source.due - p80, source.reach.desc(), source.record.desc(), source.id


_ordered = (
    select(*_heads.c, _p80)
    .order_by(*_first(_heads.c, _p80))
    .limit(number("most"))
    .subquery("board")
)
_h = _ordered.c
_HEADS = Query(select(*_h).order_by(*_first(_h, _h.p80)))
_named = case_posts.alias()
_of_case = _named.c.case == _h.id
_first_post = select(func.min(_named.c.post)).where(_of_case).correlate(_ordered).scalar_subquery()
_WITH = (
    select(func.count()).where(reports.c.case == _h.id).correlate(_ordered).scalar_subquery(),
    select(func.count()).where(_of_case).correlate(_ordered).scalar_subquery(),
    select(verdicts.c.by).where(verdicts.c.id == _h.appeal).correlate(_ordered).scalar_subquery(),
    rows_within(
        select(accounts.c.id, accounts.c.username, accounts.c.domain)
        .where(accounts.c.id.in_((_h.target, _h.claimed_by)))
        .correlate(_ordered)
    ),
    rows_within(CARD.where(posts.c.id == _first_post).correlate(_ordered)),
)
_BOARD = Query(select(*_h, *_WITH).order_by(*_first(_h, _h.p80)))


class Seen(NamedTuple):
    """A case with what its row in the queue shows."""

    case: Case
    p80: int  # ms: how long four of five of its class take
    reports: int
    posts: int
    decider: int | None  # who made the decision that is appealed against
    people: dict[int, str]  # how each is addressed here
    cards: list[Any]  # of its first post, whoever may see it otherwise


_CLOSED = Query(
    select(*COLUMNS)
    .where(_c.closed_at.is_not(None), _c.id < number("below"), in_list(_c["class"], "classes"))
    .order_by(_c.id.desc())
    .limit(number("most"))
)
_PAUSED = Query(
    select(*COLUMNS)
    .where(
        or_(_c.state == "paused", and_(_c.state == "open", _c.snoozed > number("now"))),
        in_list(_c["class"], "classes"),
    )
    .order_by(_c.due)
    .limit(number("most"))
)
_ABOUT = Query(
    select(*COLUMNS)
    .where(_c.target == number("target"), or_(_c.state == "open", _c.state == "paused"))
    .order_by(_c.due)
    .limit(number("most"))
)


def _asked(tx: Tx, most: int, classes: Collection[Class], me: int) -> dict[str, int]:
    shown = {f"shows_{klass}": int(klass in classes) for klass in RANKING}
    return {"most": most, "now": tx.ms, "me": me, **shown}


def heads(
    tx: Tx, most: int, classes: Collection[Class] = RANKING, me: int = 0
) -> list[tuple[Case, int]]:
    """The first `most` open cases of these classes, and how long (ms) four of five of each one's
    class take. Args: `me`: who would rather not see some."""
    rows = tx.rows(_HEADS, **_asked(tx, most, classes, me))
    return [(case_of(row[:-1]), row[-1]) for row in rows]


def board(tx: Tx, most: int, classes: Collection[Class], me: int) -> list[Seen]:
    """The same with all that a page shows of them, in one statement."""
    seen = []
    rows = tx.rows(_BOARD, **_asked(tx, most, classes, me))
    for *columns, p80, many, about, decider, people, cards in rows:
        named = {
            id_: f"{name}@{domain}" if domain else name for id_, name, domain in rows_read(people)
        }
        seen.append(Seen(case_of(columns), p80, many, about, decider, named, rows_read(cards)))
    return seen


def closed(tx: Tx, below: int, most: int, classes: Collection[Class]) -> list[Case]:
    """Those that are decided, the newest first."""
    asked = {"below": below, "most": most, "list_classes": list(classes)}
    return [case_of(row) for row in tx.rows(_CLOSED, **asked)]


def paused(tx: Tx, most: int, classes: Collection[Class]) -> list[Case]:
    """Those whose clock stands, or that are put off."""
    asked = {"now": tx.ms, "most": most, "list_classes": list(classes)}
    return [case_of(row) for row in tx.rows(_PAUSED, **asked)]


def about(tx: Tx, target: int, most: int) -> list[Case]:
    """Those about somebody that are not decided."""
    return [case_of(row) for row in tx.rows(_ABOUT, target=target, most=most)]


_REPORTED = Query(
    select(reports.c.case, func.count(), func.max(reports.c.id))
    .where(in_list(reports.c.case, "cases"))
    .group_by(reports.c.case)
)


def reported(tx: Tx, cases_: Collection[int]) -> dict[int, tuple[int, int]]:
    """By case: how many reports there are, and the newest."""
    rows = tx.rows(_REPORTED, list_cases=list(cases_)) if cases_ else []
    return {row[0]: (row[1], row[2]) for row in rows}


_PACE = Query(upsert(paces, ("class",), ("p80",)))
_SPANS = Query(
    select(_c.closed_at - _c.first_look)
    .where(_c["class"] == _klass, _c.closed_at.is_not(None), _c.first_look.is_not(None))
    .order_by(_c.closed_at.desc())
    .limit(100)
)


def spans(tx: Tx, klass: Class) -> list[int]:
    """How long the last ones of a class took from the first look on, ms."""
    return [row[0] for row in tx.rows(_SPANS, klass=klass)]


def set_pace(tx: Tx, klass: Class, p80: int) -> None:
    """Remember it."""
    tx.run(_PACE, p80=p80, **{"class": klass})


# --- what weighs ----------------------------------------------------------------------------------

_REACH = Query(
    select(
        func.sum(posts.c.boosts + posts.c.favourites + posts.c.replies), func.min(posts.c.at)
    ).where(in_list(posts.c.id, "ids"))
)
_LAST = (
    select(reports.c.acted)
    .where(reports.c.account == number("who"), reports.c.acted.is_not(None))
    .order_by(reports.c.id.desc())
    .limit(MOST_REMEMBERED)
)
_RECORD = Query(_LAST)
_server = accounts.alias()
_RECORD_OF_SERVER = Query(
    select(reports.c.acted)
    .join(_server, _server.c.id == reports.c.account)
    .where(
        _server.c.domain == bindparam("domain", type_=String),
        reports.c.source == "flag",
        reports.c.acted.is_not(None),
    )
    .order_by(reports.c.id.desc())
    .limit(MOST_REMEMBERED)
)


_always = select(literal(1)).subquery()
_letter = (
    select(complaints.c.id, complaints.c.due)
    .where(complaints.c.state != "closed")
    .order_by(complaints.c.due)
    .limit(1)
    .subquery()
)
_tried = (
    select(practices.c.id, practices.c.answered_at)
    .where(practices.c.ended_at.is_not(None))
    .order_by(practices.c.id.desc())
    .limit(1)
    .subquery()
)
_ABOVE = Query(
    select(_letter.c.id, _letter.c.due, _tried.c.id, _tried.c.answered_at).select_from(
        _always.outerjoin(_letter, true()).outerjoin(_tried, true())
    )
)


class Above(NamedTuple):
    """What stands over the queue. Times in ms; None = there is none."""

    letter: int | None  # whose time ends first
    due: int | None
    practice: int | None  # the last one that is over; `>> 16` is when it began
    answered_at: int | None


def above(tx: Tx) -> Above:
    """All of it in one statement."""
    return Above(*tx.row(_ABOVE))


def reach(tx: Tx, posts_: Collection[int]) -> int:
    """How much these are passed on, answered and liked, in a day."""
    if not posts_:
        return 0
    count, since = tx.row(_REACH, list_ids=list(posts_))
    days = max(1.0, (tx.ms - (since or tx.ms)) / 86_400_000)
    return min(2_000_000_000, int((count or 0) / days))


def record(tx: Tx, account: int | None, domain: str | None = None) -> int:
    """How often (percent) their last reports led to something; of a server, those of its people."""
    if domain is not None:
        rows = tx.rows(_RECORD_OF_SERVER, domain=domain)
    elif account is not None:
        rows = tx.rows(_RECORD, who=account)
    else:
        rows = []
    return record_of(sum(bool(row[0]) for row in rows), len(rows))
