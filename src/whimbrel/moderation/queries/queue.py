"""Statements about the queue: what is first, how long each class takes, and what weighs."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import String, bindparam, func, select

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, in_list, upsert
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number
from whimbrel.posts.tables import posts

from ..rules import CLOCKS, MOST_REMEMBERED, RANKING, Case, Class, record_of
from ..tables import cases, paces, reports
from .cases import COLUMNS, case_of

_c = cases.c
_klass: Any = bindparam("klass", type_=String)
_HEAD = Query(
    select(*COLUMNS)
    .where(_c.state == "open", _c["class"] == _klass)
    .order_by(_c.due, _c.reach.desc(), _c.record.desc(), _c.id)
    .limit(number("most"))
)
_CLOSED = Query(
    select(*COLUMNS)
    .where(_c.closed_at.is_not(None), _c.id < number("below"))
    .order_by(_c.id.desc())
    .limit(number("most"))
)
_PAUSED = Query(select(*COLUMNS).where(_c.state == "paused").order_by(_c.due).limit(number("most")))
_COUNTS = Query(
    select(_c["class"], func.count(), func.min(_c.due))
    .where(_c.state == "open")
    .group_by(_c["class"])
)


def heads(tx: Tx, most: int, klasses: Iterable[Class] = RANKING) -> list[Case]:
    """The first `most` open ones of each class by deadline: among them are the first of all."""
    return [case_of(row) for klass in klasses for row in tx.rows(_HEAD, klass=klass, most=most)]


def closed(tx: Tx, below: int, most: int) -> list[Case]:
    """Those that are decided, the newest first."""
    return [case_of(row) for row in tx.rows(_CLOSED, below=below, most=most)]


def paused(tx: Tx, most: int) -> list[Case]:
    """Those whose clock stands."""
    return [case_of(row) for row in tx.rows(_PAUSED, most=most)]


def counts(tx: Tx) -> dict[str, tuple[int, int]]:
    """By class: how many are open, and when the first is due."""
    return {row[0]: (row[1], row[2]) for row in tx.rows(_COUNTS)}


_PACES = Query(select(paces.c["class"], paces.c.p80))
_PACE = Query(upsert(paces, ("class",), ("p80",)))
_SPANS = Query(
    select(_c.closed_at - _c.first_look)
    .where(_c["class"] == _klass, _c.closed_at.is_not(None), _c.first_look.is_not(None))
    .order_by(_c.closed_at.desc())
    .limit(100)
)


def all_paces(tx: Tx) -> dict[Class, int]:
    """How long four of five cases of each class take, ms."""
    return {klass: clock.p80 for klass, clock in CLOCKS.items()} | dict(tx.rows(_PACES))


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
