"""Statements about cases: the queue, who has which, and what belongs to one."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import String, bindparam, delete, exists, func, or_, select, update

from whimbrel.core.engines import Query, in_list, insert, insert_ignore, insert_select
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number
from whimbrel.posts.tables import posts

from ..rules import Case, Class
from ..tables import case_posts, cases, claims, pauses, reports

_c = cases.c
COLUMNS = (
    *(_c.id, _c["class"], _c.state, _c.target, _c.received, _c.due, _c.first_look, _c.closed_at),
    *(_c.claimed_by, _c.claimed_at, _c.lease, _c.reach, _c.record, _c.into, _c.split_from),
    *(_c.appeal, _c.turn),
)
_LIVE = or_(_c.state == "open", _c.state == "paused")
_FIELDS = ("id", "klass", "state", "target", "received", "due", *(c.name for c in COLUMNS[6:]))
_ADD = Query(
    insert(
        cases,
        (
            *("id", "class", "state", "target", "received", "due", "reach", "record"),
            *("split_from", "appeal"),
        ),
    )
)
_ONE = Query(select(*COLUMNS).where(_c.id == number("id")))
_MANY = Query(select(*COLUMNS).where(in_list(_c.id, "ids")))
_NAMED = Query(insert_ignore(case_posts))
_POSTS = Query(
    select(case_posts.c.case, case_posts.c.post)
    .where(in_list(case_posts.c.case, "ids"))
    .order_by(case_posts.c.post)
)
_klass: Any = bindparam("klass", type_=String)
_OF_SUBJECT = (
    select(*COLUMNS)
    .where(
        _c.target == number("target"),
        _LIVE,
        _c["class"] == _klass,
        _c.appeal.is_(None),
    )
    .order_by(_c.due)
    .limit(1)
)
_any_post = select(case_posts.c.post).where(case_posts.c.case == _c.id)
_ABOUT_ALL = Query(_OF_SUBJECT.where(~exists(_any_post)))
_ABOUT_POSTS = Query(
    _OF_SUBJECT.where(exists(_any_post.where(in_list(case_posts.c.post, "posts"))))
)


def case_of(row: Any) -> Case:
    return Case(**dict(zip(_FIELDS, row, strict=True)))


def add(tx: Tx, case: Case, posts_: Iterable[int]) -> None:
    """Open one."""
    tx.run(
        _ADD,
        id=case.id,
        state=case.state,
        target=case.target,
        received=case.received,
        due=case.due,
        reach=case.reach,
        record=case.record,
        split_from=case.split_from,
        appeal=case.appeal,
        **{"class": case.klass},
    )
    name_posts(tx, case.id, posts_)


def name_posts(tx: Tx, case: int, posts_: Iterable[int]) -> None:
    """It is about these as well."""
    for post in posts_:
        tx.run(_NAMED, case=case, post=post)


def one(tx: Tx, id_: int) -> Case:
    """A case. Raises NotFound."""
    row = tx.row(_ONE, id=id_)
    if row is None:
        raise NotFound
    return case_of(row)


def many(tx: Tx, ids: Collection[int]) -> dict[int, Case]:
    """Several, by id."""
    rows = tx.rows(_MANY, list_ids=list(ids)) if ids else []
    return {row[0]: case_of(row) for row in rows}


def posts_of(tx: Tx, ids: Collection[int]) -> dict[int, list[int]]:
    """Which posts these cases are about, as far as there are still such."""
    found: dict[int, list[int]] = {id_: [] for id_ in ids}
    for case, post in tx.rows(_POSTS, list_ids=list(ids)) if ids else []:
        found[case].append(post)
    return found


_BESIDE = Query(
    select(*COLUMNS)
    .where(_c.target == number("target"), _LIVE, _c.id != number("but"), _c.appeal.is_(None))
    .order_by(_c.due)
    .limit(20)
)


def beside(tx: Tx, case: Case) -> list[Case]:
    """What else is open about the same account."""
    if case.target is None:
        return []
    return [case_of(row) for row in tx.rows(_BESIDE, target=case.target, but=case.id)]


_ABOUT_POST = Query(
    select(cases.c.id, cases.c["class"])
    .join(case_posts, case_posts.c.case == cases.c.id)
    .where(case_posts.c.post == number("post"))
    .order_by(cases.c.id.desc())
    .limit(20)
)


def about_post(tx: Tx, post: int) -> list[tuple[int, Class]]:
    """The newest cases that are about a post, each with its class."""
    return [(row[0], row[1]) for row in tx.rows(_ABOUT_POST, post=post)]


def still_there(tx: Tx, ids: Collection[int]) -> list[int]:
    """Which of these posts are still there."""
    rows = tx.rows(_THERE, list_ids=list(ids)) if ids else []
    return [row[0] for row in rows]


_THERE = Query(select(posts.c.id).where(in_list(posts.c.id, "ids")).order_by(posts.c.id))


def of_subject(tx: Tx, target: int, klass: Class, posts_: Collection[int]) -> Case | None:
    """What is open about the same in that class: about one of the posts, or the account alone."""
    if posts_:
        row = tx.row(_ABOUT_POSTS, target=target, klass=klass, list_posts=list(posts_))
    else:
        row = tx.row(_ABOUT_ALL, target=target, klass=klass)
    return None if row is None else case_of(row)


# --- who has it -----------------------------------------------------------------------------------

_CLAIM = Query(
    update(cases)
    .where(
        _c.id == number("which"),
        _c.state == "open",
        or_(
            _c.claimed_by.is_(None),
            _c.lease <= number("now"),
            _c.claimed_by == number("who"),
        ),
    )
    .values(
        claimed_by=number("who"),
        claimed_at=number("since"),
        lease=number("until"),
        first_look=func.coalesce(_c.first_look, number("now")),
    )
)
_RELEASE = Query(
    update(cases)
    .where(_c.id == number("which"), _c.claimed_by == number("who"))
    .values(claimed_by=None, claimed_at=None, lease=None)
)
_BEGIN = Query(insert(claims, ("case", "by", "at")))
_END = Query(
    update(claims)
    .where(claims.c.case == number("which"), claims.c.released_at.is_(None))
    .values(released_at=number("now"))
)
_CLAIMS = Query(
    select(claims.c.by, claims.c.at, claims.c.released_at)
    .where(claims.c.case == number("which"))
    .order_by(claims.c.id)
)


def claim(tx: Tx, case: Case, who: int, until: int) -> bool:
    """Compare and set; False where somebody else has it."""
    mine = case.held_by(tx.ms) == who
    since = case.claimed_at if mine else tx.ms
    if not tx.run(_CLAIM, which=case.id, now=tx.ms, who=who, since=since, until=until):
        return False
    if not mine:
        # What ran out ended when its lease did, not when somebody noticed.
        ended = tx.ms if case.lease is None else min(tx.ms, case.lease)
        tx.run(_END, which=case.id, now=ended)
        tx.run(_BEGIN, case=case.id, by=who, at=tx.ms)
    return True


def release(tx: Tx, case: int, who: int) -> bool:
    """Give it back; False where it is not theirs."""
    if not tx.run(_RELEASE, which=case, who=who):
        return False
    tx.run(_END, which=case, now=tx.ms)
    return True


def claims_of(tx: Tx, case: int) -> list[tuple[int | None, int, int | None]]:
    """(by, at, released_at) of all who had it."""
    return [(row[0], row[1], row[2]) for row in tx.rows(_CLAIMS, which=case)]


# --- what changes ---------------------------------------------------------------------------------

_CLOSE = Query(
    update(cases)
    .where(_c.id == number("which"), _LIVE)
    .values(
        state=bindparam("new_state", type_=String),
        closed_at=number("now"),
        into=number("whither"),
        first_look=func.coalesce(_c.first_look, number("now")),
        claimed_by=None,
        claimed_at=None,
        lease=None,
    )
)
_SNOOZE = Query(
    update(cases)
    .where(_c.id == number("which"), _c.state == "open")
    .values(snoozed=number("until"), claimed_by=None, claimed_at=None, lease=None)
)
_REOPEN = Query(
    update(cases)
    .where(_c.id == number("which"), _c.state == "closed")
    .values(state="open", closed_at=None)
)
_SOONER = Query(
    update(cases)
    .where(_c.id == number("which"), _c.due > number("when"))
    .values(due=number("when"))
)
_WIND = Query(
    update(cases).where(_c.id == number("which")).values(turn=_c.turn + 1).returning(_c.turn)
)
_CLASS = Query(
    update(cases)
    .where(_c.id == number("which"))
    .values({_c["class"]: bindparam("new_class", type_=String)})
)
_WEIGHT = Query(
    update(cases)
    .where(_c.id == number("which"))
    .values(reach=number("new_reach"), record=number("new_record"))
)
_PAUSE = Query(
    update(cases)
    .where(_c.id == number("which"), _c.state == bindparam("was", type_=String))
    .values(state=bindparam("new_state", type_=String), due=_c.due + number("more"))
)
_PAUSE_BEGINS = Query(insert(pauses, ("case", "by", "reason", "began_at")))
_PAUSE_ENDS = Query(
    update(pauses)
    .where(pauses.c.case == number("which"), pauses.c.ended_at.is_(None))
    .values(ended_at=number("now"))
    .returning(pauses.c.began_at)
)
_MOVE_POSTS = Query(
    insert_select(
        case_posts,
        ("case", "post"),
        select(number("whither").label("case"), case_posts.c.post).where(
            case_posts.c.case == number("which")
        ),
    )
)
_MOVE_REPORTS = Query(
    update(reports).where(reports.c.case == number("which")).values(case=number("whither"))
)
_MOVE_REPORT = Query(
    update(reports).where(reports.c.id == number("which")).values(case=number("whither"))
)
_UNNAME = Query(
    delete(case_posts).where(
        case_posts.c.case == number("which"), in_list(case_posts.c.post, "posts")
    )
)


def close(tx: Tx, case: int, *, into: int | None = None) -> bool:
    """It is decided, or became part of another one. False where it was neither open nor paused."""
    state = "closed" if into is None else "merged"
    done = tx.run(_CLOSE, which=case, new_state=state, now=tx.ms, whither=into) > 0
    if done:
        tx.run(_END, which=case, now=tx.ms)
    return done


def snooze(tx: Tx, case: int, until: int) -> bool:
    """It is not in the queue until then, and nobody's; False where it is not open."""
    done = tx.run(_SNOOZE, which=case, until=until) > 0
    if done:
        tx.run(_END, which=case, now=tx.ms)
    return done


def reopen(tx: Tx, case: int) -> bool:
    """It is open again, due when it was; False where it was not closed."""
    return tx.run(_REOPEN, which=case) > 0


def sooner(tx: Tx, case: int, due: int) -> bool:
    """It is due then, where it was due later; whether it was."""
    return tx.run(_SOONER, which=case, when=due) > 0


def wind(tx: Tx, case: int) -> int:
    """Its clock is set once more: how often that was done."""
    return int(tx.value(_WIND, which=case))


def reclass(tx: Tx, case: int, klass: Class) -> None:
    """It belongs to another class."""
    tx.run(_CLASS, which=case, new_class=klass)


def weigh(tx: Tx, case: int, reach: int, record: int) -> None:
    """What decides between those that are due at the same moment."""
    tx.run(_WEIGHT, which=case, new_reach=reach, new_record=record)


def pause(tx: Tx, case: int, by: int, reason: str) -> bool:
    """Let its clock stand; False where it is not open."""
    if not tx.run(_PAUSE, which=case, was="open", new_state="paused", more=0):
        return False
    tx.run(_PAUSE_BEGINS, case=case, by=by, reason=reason, began_at=tx.ms)
    return True


def resume(tx: Tx, case: int) -> int | None:
    """Let it run on: by how much later it is due, ms. None where it did not stand."""
    began = tx.value(_PAUSE_ENDS, which=case, now=tx.ms)
    if began is None:
        return None
    tx.run(_PAUSE, which=case, was="paused", new_state="open", more=tx.ms - began)
    return int(tx.ms - began)


def move(tx: Tx, case: int, into: int) -> None:
    """All that belongs to one belongs to another."""
    tx.run(_MOVE_POSTS, which=case, whither=into)
    tx.run(_MOVE_REPORTS, which=case, whither=into)


def move_report(tx: Tx, report: int, into: int) -> None:
    """One report belongs to another case."""
    tx.run(_MOVE_REPORT, which=report, whither=into)


def unname(tx: Tx, case: int, posts_: Collection[int]) -> None:
    """It is not about these any more."""
    tx.run(_UNNAME, which=case, list_posts=list(posts_))
