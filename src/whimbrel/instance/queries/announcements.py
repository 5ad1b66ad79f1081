"""Announcements, who put them away, and the emojis under them."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, bindparam, delete, func, or_, select

from whimbrel.core.engines import Query, in_list, insert, insert_ignore
from whimbrel.core.tx import Tx

from ..rules import Announcement
from ..tables import announcement_reactions, announcement_reads, announcements

MOST = 100  # shown at once

_names = Announcement.__struct_fields__
_COLUMNS = tuple(announcements.c[name] for name in _names)
_NOW = bindparam("now", type_=BigInteger)
_SHOWN = (
    announcements.c.published_at <= _NOW,
    or_(announcements.c.ends_at.is_(None), announcements.c.ends_at > _NOW),
)
_order = (
    func.coalesce(announcements.c.starts_at, announcements.c.published_at),
    announcements.c.id,
)
_ALL = Query(select(*_COLUMNS).order_by(*_order))
_CURRENT = Query(select(*_COLUMNS).where(*_SHOWN).order_by(*_order).limit(MOST))
_ONE = Query(select(*_COLUMNS).where(announcements.c.id == bindparam("which")))
_ONE_SHOWN = Query(select(*_COLUMNS).where(announcements.c.id == bindparam("which"), *_SHOWN))
_ADD = Query(insert(announcements, _names))
_REMOVE = Query(delete(announcements).where(announcements.c.id == bindparam("which")))

_reads, _reactions = announcement_reads, announcement_reactions
_READ = Query(select(_reads.c.announcement).where(_reads.c.account == bindparam("who")))
_DISMISS = Query(insert_ignore(_reads))
_COUNTS = Query(
    select(_reactions.c.announcement, _reactions.c.name, func.count())
    .where(in_list(_reactions.c.announcement, "ids"))
    .group_by(_reactions.c.announcement, _reactions.c.name)
    .order_by(_reactions.c.announcement, func.min(_reactions.c.at), _reactions.c.name)
)
_MINE = Query(
    select(_reactions.c.announcement, _reactions.c.name).where(
        in_list(_reactions.c.announcement, "ids"), _reactions.c.account == bindparam("who")
    )
)
_REACT = Query(insert_ignore(_reactions))
_UNREACT = Query(
    delete(_reactions).where(
        _reactions.c.announcement == bindparam("which"),
        _reactions.c.name == bindparam("called"),
        _reactions.c.account == bindparam("who"),
    )
)


class Reaction(NamedTuple):
    """How many put this emoji under an announcement, and whether the reader did."""

    name: str
    people: int
    me: bool


def _announcement(row: Any) -> Announcement:
    values = dict(zip(_names, row, strict=True))
    return Announcement(**{**values, "all_day": bool(values["all_day"])})


def everything(tx: Tx) -> list[Announcement]:
    """All, also those that wait and those that are over. Not bounded."""
    return [_announcement(row) for row in tx.rows(_ALL)]


def current(tx: Tx) -> list[Announcement]:
    """Those that are to be read now, in the order of what they are about."""
    return [_announcement(row) for row in tx.rows(_CURRENT, now=tx.ms)]


def one(tx: Tx, id_: int, *, shown: bool = False) -> Announcement | None:
    """One of them; with `shown` only if it is to be read now."""
    row = tx.row(_ONE_SHOWN, which=id_, now=tx.ms) if shown else tx.row(_ONE, which=id_)
    return None if row is None else _announcement(row)


def add(tx: Tx, announcement: Announcement) -> None:
    """Store a new one."""
    tx.run(_ADD, **{name: getattr(announcement, name) for name in _names})


def remove(tx: Tx, id_: int) -> bool:
    """Remove it with what was done about it; False where there is none."""
    return bool(tx.run(_REMOVE, which=id_))


def read_by(tx: Tx, account: int) -> set[int]:
    """Those that somebody put away."""
    return {row[0] for row in tx.rows(_READ, who=account)}


def dismiss(tx: Tx, account: int, id_: int) -> None:
    """Put it away; twice is once."""
    tx.run(_DISMISS, account=account, announcement=id_)


def reactions(tx: Tx, ids: Iterable[int], account: int) -> dict[int, list[Reaction]]:
    """The emojis under each of these, the oldest first; `account` is the reader, 0 = nobody."""
    wanted = list(ids)
    mine = {tuple(row) for row in tx.rows(_MINE, list_ids=wanted, who=account)}
    found: dict[int, list[Reaction]] = {}
    for id_, name, count in tx.rows(_COUNTS, list_ids=wanted):
        found.setdefault(id_, []).append(Reaction(name, count, (id_, name) in mine))
    return found


def react(tx: Tx, account: int, id_: int, name: str) -> bool:
    """Put an emoji under it; False where it was there."""
    return bool(tx.run(_REACT, announcement=id_, name=name, account=account, at=tx.ms))


def unreact(tx: Tx, account: int, id_: int, name: str) -> bool:
    """Take it away; False where it was not there."""
    return bool(tx.run(_UNREACT, which=id_, called=name, who=account))
