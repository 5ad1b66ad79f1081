"""Statements about notifications as groups: which were told, without what they are about. Nothing
of a group is stored: it is told by kind, post and time, all of which stand in each row."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    FromClause,
    and_,
    delete,
    func,
    literal_column,
    select,
    union_all,
)

from whimbrel.accounts.queries import graph
from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, in_list
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import near, number

from ..rules import SPAN, Group, Wanted, Window
from ..tables import held_notifications, markers, notifications

COUNTED = 10_000  # rows of unfinished groups that are looked at
FEW = 60  # of which so many are counted here, which is quicker than in the statement
SAMPLES = 8  # people of a group that are named

# Id, kind, actor, the actor's stamp, post; where it is of `told`, what that says behind.
Row = tuple[Any, ...]


class Rest(NamedTuple):
    """The older part of a group: how many, and of the newest some."""

    many: int
    oldest: int
    rows: list[Row]


def _heard(rows: FromClause) -> ColumnElement[bool]:
    """Of nobody who is muted or suspended by now, or whose server is blocked."""
    return and_(
        accounts.c.suspended_at.is_(None),
        near(accounts),
        ~graph.muted("viewer", rows.c.actor, notifications=True),
    )


def _where(
    rows: FromClause, *, kinds: bool, not_kinds: bool, of_one: bool
) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [
        rows.c.account == number("viewer"),
        rows.c.id > number("low"),
        rows.c.id < number("high"),
    ]
    if kinds:
        where.append(in_list(rows.c.kind, "kinds"))
    if not_kinds:
        where.append(~in_list(rows.c.kind, "not_kinds"))
    if of_one:
        where.append(rows.c.actor == number("actor"))
    return where


def _some(rows: FromClause, **asked: bool) -> FromClause:
    """With these conditions, so that each part of a union walks its own index."""
    columns = (rows.c.id, rows.c.kind, rows.c.post, rows.c.actor)
    return select(*columns).where(*_where(rows, **asked)).subquery()


@lru_cache(maxsize=64)
def _scan(
    *, ascending: bool, told: bool, held: bool, kinds: bool, not_kinds: bool, of_one: bool
) -> Query:
    asked = {"kinds": kinds, "not_kinds": not_kinds, "of_one": of_one}
    where: list[ColumnElement[bool]] = []
    rows: FromClause
    if told and held:
        both = (select(_some(table, **asked)) for table in (notifications, held_notifications))
        rows = union_all(*both).subquery()
    else:
        rows = notifications if told else held_notifications
        where = _where(rows, **asked)
    page = (
        select(rows.c.id, rows.c.kind, accounts.c.id, accounts.c.stamp, rows.c.post)
        .select_from(rows.join(accounts, accounts.c.id == rows.c.actor))
        .where(*where, _heard(rows))
        .order_by(rows.c.id.asc() if ascending else rows.c.id.desc())
    )
    return Query(page.limit(number("most")))


def scan(tx: Tx, viewer: int, window: Window, wanted: Wanted, *, told: bool = True) -> list[Row]:
    """Notifications of a window in the order in which it is read.

    Args:
        told: false for only those that are held back.
    """
    low, high, most, ascending = window
    values: dict[str, Any] = {"viewer": viewer, "low": low, "high": high, "most": most}
    if wanted.kinds:
        values["list_kinds"] = list(wanted.kinds)
    if wanted.not_kinds:
        values["list_not_kinds"] = list(wanted.not_kinds)
    if wanted.actor is not None:
        values["actor"] = wanted.actor
    query = _scan(
        ascending=ascending,
        told=told,
        held=wanted.held or not told,
        kinds=bool(wanted.kinds),
        not_kinds=bool(wanted.not_kinds),
        of_one=wanted.actor is not None,
    )
    return tx.rows(query, now=tx.ms, **values)


# --- what a page does not reach -------------------------------------------------------------------

_bucket: ColumnElement[int] = notifications.c.id.op("/")(literal_column(str(SPAN)))
_about = func.coalesce(notifications.c.post, literal_column("0"))


def _older(of_one: bool) -> Any:
    where = _where(notifications, kinds=True, not_kinds=False, of_one=of_one)
    return (
        select(
            *(notifications.c.id, notifications.c.kind),
            *(accounts.c.id.label("actor"), accounts.c.stamp, notifications.c.post),
        )
        .select_from(notifications.join(accounts, accounts.c.id == notifications.c.actor))
        .where(*where, in_list(_about, "posts"), _heard(notifications))
        .order_by(notifications.c.id.desc())
        .limit(number("most"))
    )


@lru_cache(maxsize=2)
def _few(of_one: bool) -> Query:
    return Query(_older(of_one))


@lru_cache(maxsize=2)
def _many(of_one: bool) -> Query:
    """Of each group the newest, how many there are, and the oldest."""
    found = _older(of_one).add_columns(_bucket.label("bucket"), _about.label("about")).subquery()
    group = [found.c.kind, found.c.about, found.c.bucket]
    ranked = select(
        *(found.c.id, found.c.kind, found.c.actor, found.c.stamp, found.c.post),
        func.count().over(partition_by=group).label("many"),
        func.min(found.c.id).over(partition_by=group).label("oldest"),
        func.row_number().over(partition_by=group, order_by=found.c.id.desc()).label("place"),
    ).subquery()
    return Query(
        select(*ranked.c)
        .where(ranked.c.place <= literal_column(str(SAMPLES)))
        .order_by(ranked.c.id.desc())
    )


def rest(
    tx: Tx, viewer: int, groups: Sequence[Group], below: int, actor: int | None = None
) -> dict[Group, Rest]:
    """Of these groups what has ids under `below`; groups of which there is nothing are left out."""
    values: dict[str, Any] = {
        "viewer": viewer,
        "low": min(group.low for group in groups) - 1,
        "high": min(below, max(group.high for group in groups)),
        "list_kinds": list({group.kind for group in groups}),
        "list_posts": list({group.post or 0 for group in groups}),
        "now": tx.ms,
    }
    if actor is not None:
        values["actor"] = actor
    of_one = actor is not None
    rows = tx.rows(_few(of_one), most=FEW, **values)
    if len(rows) == FEW:
        return _counted(set(groups), tx.rows(_many(of_one), most=COUNTED, **values))
    found: dict[Group, list[Row]] = {}
    for row in rows:
        found.setdefault(Group(row[1], row[4], *span(row[0])), []).append(row)
    return {
        group: Rest(len(found[group]), found[group][-1][0], found[group][:SAMPLES])
        for group in groups
        if group in found
    }


def _counted(wanted: set[Group], rows: Iterable[Any]) -> dict[Group, Rest]:
    found: dict[Group, Rest] = {}
    for *row, many, oldest, _ in rows:
        group = Group(row[1], row[4], *span(row[0]))
        if group in wanted:
            found.setdefault(group, Rest(int(many), oldest, [])).rows.append(tuple(row))
    return found


def span(id_: int) -> tuple[int, int]:
    """The first id of the half day of `id_`, and the first after it."""
    low = id_ - id_ % SPAN
    return low, low + SPAN


# --- one group ------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _of_group(kind: bool, post: bool) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [
        notifications.c.account == number("viewer"),
        notifications.c.id >= number("low"),
        notifications.c.id < number("high"),
    ]
    if kind:
        where += [
            in_list(notifications.c.kind, "kinds"),
            notifications.c.post == number("post") if post else notifications.c.post.is_(None),
        ]
    return where


@lru_cache(maxsize=4)
def _members(kind: bool, post: bool) -> Query:
    return Query(
        select(
            *(notifications.c.id, notifications.c.kind),
            *(accounts.c.id, accounts.c.stamp, notifications.c.post),
        )
        .select_from(notifications.join(accounts, accounts.c.id == notifications.c.actor))
        .where(*_of_group(kind, post), _heard(notifications))
        .order_by(notifications.c.id.desc())
        .limit(number("most"))
    )


@lru_cache(maxsize=4)
def _dismiss(kind: bool, post: bool) -> Query:
    return Query(delete(notifications).where(*_of_group(kind, post)))


def _values(viewer: int, group: Group) -> dict[str, Any]:
    values: dict[str, Any] = {"viewer": viewer, "low": group.low, "high": group.high}
    if group.kind:
        values["list_kinds"] = [group.kind]
        if group.post is not None:
            values["post"] = group.post
    return values


def members(tx: Tx, viewer: int, group: Group, most: int) -> list[Row]:
    """The notifications of a group, newest first."""
    query = _members(bool(group.kind), group.post is not None)
    return tx.rows(query, most=most, now=tx.ms, **_values(viewer, group))


def dismiss(tx: Tx, viewer: int, group: Group) -> int:
    """Remove those of a group; how many there were."""
    return tx.run(_dismiss(bool(group.kind), group.post is not None), **_values(viewer, group))


_READ = Query(
    select(markers.c.last_read).where(
        markers.c.account == number("viewer"),
        markers.c.timeline == literal_column("'notifications'"),
    )
)
_SUBJECTS = Query(
    select(notifications.c.id, notifications.c.subject, notifications.c.account).where(
        in_list(notifications.c.id, "ids"), notifications.c.subject.is_not(None)
    )
)
_HELD_SUBJECTS = Query(
    select(
        held_notifications.c.id, held_notifications.c.subject, held_notifications.c.account
    ).where(in_list(held_notifications.c.id, "ids"), held_notifications.c.subject.is_not(None))
)


def last_read(tx: Tx, viewer: int) -> int:
    """How far the viewer has read; 0 = not at all."""
    return int(tx.value(_READ, viewer=viewer) or 0)


def subjects(tx: Tx, ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """What each of these notifications is about (a strike, a report, a loss, a collection), where
    it is, and whose it is; held ones too."""
    wanted = list(ids)
    rows = tx.rows(_SUBJECTS, list_ids=wanted)
    if len(rows) < len(wanted):
        rows = [*rows, *tx.rows(_HELD_SUBJECTS, list_ids=wanted)]
    return {id_: (subject, account) for id_, subject, account in rows}
