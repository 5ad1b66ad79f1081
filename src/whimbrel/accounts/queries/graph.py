"""What stands between people: follows, requests, blocks, mutes, notes; the changes to them.

The expressions at the top are for statements of any room: `viewer` is the name of a bound value or
a column, and each brings its own alias, so that it may stand in any statement. Pages of people are
in `lists.py`."""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    FromClause,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    not_,
    or_,
    select,
)
from sqlalchemy import update as change

from whimbrel.core.engines import Query, insert, upsert
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx

from .. import tables

Who = str | ColumnElement[Any]


def _value(who: Who) -> ColumnElement[Any]:
    return bindparam(who, type_=BigInteger, required=True) if isinstance(who, str) else who


def _pair(table: Table, by: Who, to: Who) -> ColumnElement[bool]:
    """There is a row of `table` from `by` to `to`."""
    row = table.alias()
    first, second = _ends(table)
    return exists(
        select(row.c[first]).where(row.c[first] == _value(by), row.c[second] == _value(to))
    )


def _rarely(
    table: Table, by: Who, to: Who, lasts: Callable[[FromClause], Any] | None = None
) -> ColumnElement[bool]:
    """As `_pair`, for what most people have none of: whether the one who is bound has any is asked
    once in a statement, and only where there are some does each row pay for a look-up."""
    row, first_of_all = table.alias(), table.alias()
    ends = dict(zip(_ends(table), (_value(by), _value(to)), strict=True))
    there = [row.c[end] == who for end, who in ends.items()]
    if lasts is not None:
        there.append(lasts(row))
    found = exists(select(row.c.account).where(*there))
    for end, who in ends.items():
        if isinstance(who, BindParameter):
            return and_(exists(select(first_of_all.c.id).where(first_of_all.c[end] == who)), found)
    return found


def _ends(table: Table) -> tuple[str, str]:
    return ("follower", "followee") if "follower" in table.c else ("account", "target")


def follows(viewer: Who, author: Who) -> ColumnElement[bool]:
    """`viewer` follows `author`; having asked to is not enough."""
    return _pair(tables.follows, viewer, author)


def asked(viewer: Who, author: Who) -> ColumnElement[bool]:
    """`viewer` has asked to follow `author`."""
    return _pair(tables.follow_requests, viewer, author)


def blocks(viewer: Who, author: Who) -> ColumnElement[bool]:
    """`viewer` blocks `author`."""
    return _rarely(tables.blocks, viewer, author)


def blocked_either(viewer: Who, author: Who) -> ColumnElement[bool]:
    """One of the two blocks the other."""
    return or_(blocks(viewer, author), blocks(author, viewer))


def endorses(viewer: Who, author: Who) -> ColumnElement[bool]:
    """`viewer` recommends `author`."""
    return _pair(tables.endorsements, viewer, author)


def blocks_domain(viewer: Who, domain: ColumnElement[Any]) -> ColumnElement[bool]:
    """`viewer` blocks the server `domain`, a column; never our own, which is null."""
    row = tables.domain_blocks.alias()
    return exists(select(row.c.id).where(row.c.account == _value(viewer), row.c.domain == domain))


def muted(
    viewer: Who, author: Who, now: Who = "now", *, notifications: bool = False
) -> ColumnElement[bool]:
    """`viewer` mutes `author` at the time `now` (ms); with `notifications`, those as well."""

    def lasts(mute: FromClause) -> ColumnElement[bool]:
        on = or_(mute.c.until.is_(None), mute.c.until > _value(now))
        return and_(mute.c.notifications, on) if notifications else on

    return _rarely(tables.mutes, viewer, author, lasts)


def at_peace(viewer: Who) -> ColumnElement[bool]:
    """`viewer`, who is bound, blocks and mutes nobody, and nobody blocks them: asked once in a
    statement, before all that would be asked for each row."""
    blocks, mutes, domains = tables.blocks, tables.mutes, tables.domain_blocks
    ends = (blocks.c.account, blocks.c.target, mutes.c.account, domains.c.account)
    rows = (end.table.alias() for end in ends)
    there = (
        exists(select(row.c.id).where(row.c[end.name] == _value(viewer)))
        for row, end in zip(rows, ends, strict=True)
    )
    return select(not_(or_(*there))).scalar_subquery()


class Wish(NamedTuple):
    """What a follower wants to get. `languages` with a space between; None = all."""

    reblogs: bool = True
    notify: bool = False
    languages: str | None = None


class Standing(NamedTuple):
    """What decides whether one may follow another, and what is there already."""

    blocked: bool  # either way
    follow: Wish | None
    request: Wish | None


# --- one after the other ----------------------------------------------------------------------


def lock(tx: Tx, one: int, other: int) -> None:
    """Whatever changes between these two goes one after the other: a follow never slips in beside
    a block, and counters move once for each row that comes or goes."""
    tx.lock(f"between {min(one, other)}", max(one, other))


_BLOCKED = Query(select(blocked_either("one", "other")))
_BLOCKING = Query(select(blocks("one", "other")))


def is_blocked(tx: Tx, one: int, other: int) -> bool:
    """Whether one of the two blocks the other."""
    return bool(tx.value(_BLOCKED, one=one, other=other))


def is_blocking(tx: Tx, account: int, target: int) -> bool:
    """Whether `account` blocks `target`."""
    return bool(tx.value(_BLOCKING, one=account, other=target))


def _wish(table: Table) -> Query:
    return Query(
        select(table.c.reblogs, table.c.notify, table.c.languages).where(
            table.c.follower == bindparam("follower"), table.c.followee == bindparam("followee")
        )
    )


_FOLLOW, _REQUEST = _wish(tables.follows), _wish(tables.follow_requests)


def standing(tx: Tx, follower: int, followee: int) -> Standing:
    """What there is between somebody who wants to follow and whom they want to follow."""

    def wish(query: Query) -> Wish | None:
        row = tx.row(query, follower=follower, followee=followee)
        return Wish(bool(row[0]), bool(row[1]), row[2]) if row else None

    return Standing(is_blocked(tx, follower, followee), wish(_FOLLOW), wish(_REQUEST))


# --- follows and requests ---------------------------------------------------------------------


def _adding(table: Table) -> Query:
    first, second = _ends(table)
    return Query(insert(table).on_conflict_do_nothing(index_elements=[first, second]))


def _removing(table: Table) -> Query:
    first, second = _ends(table)
    return Query(
        delete(table).where(table.c[first] == bindparam("by"), table.c[second] == bindparam("to"))
    )


def _changing(table: Table) -> Query:
    return Query(
        change(table)
        .where(table.c.follower == bindparam("by"), table.c.followee == bindparam("to"))
        .values(
            reblogs=bindparam("reblogs"),
            notify=bindparam("notify"),
            languages=bindparam("languages"),
        )
    )


_ADD_FOLLOW, _ADD_REQUEST = _adding(tables.follows), _adding(tables.follow_requests)
_REMOVE_FOLLOW, _REMOVE_REQUEST = _removing(tables.follows), _removing(tables.follow_requests)
_ADD_ENDORSEMENT = _adding(tables.endorsements)
_REMOVE_ENDORSEMENT = _removing(tables.endorsements)
_CHANGE_FOLLOW, _CHANGE_REQUEST = _changing(tables.follows), _changing(tables.follow_requests)


def _add(tx: Tx, query: Query, follower: int, followee: int, wish: Wish) -> bool:
    row = {"id": new_id(tx.now), "follower": follower, "followee": followee, "at": tx.ms}
    return tx.run(query, **row, **wish._asdict()) == 1


def add_follow(tx: Tx, follower: int, followee: int, wish: Wish) -> bool:
    """Whether it was not there yet."""
    return _add(tx, _ADD_FOLLOW, follower, followee, wish)


def add_request(tx: Tx, follower: int, followee: int, wish: Wish) -> bool:
    """Whether it was not there yet."""
    return _add(tx, _ADD_REQUEST, follower, followee, wish)


def change_follow(tx: Tx, follower: int, followee: int, wish: Wish) -> None:
    """The same follow, wanted otherwise."""
    tx.run(_CHANGE_FOLLOW, by=follower, to=followee, **wish._asdict())


def change_request(tx: Tx, follower: int, followee: int, wish: Wish) -> None:
    """The same request, wanted otherwise."""
    tx.run(_CHANGE_REQUEST, by=follower, to=followee, **wish._asdict())


def remove_follow(tx: Tx, follower: int, followee: int) -> bool:
    """Whether there was one. A recommendation stands on a follow, and goes with it."""
    tx.run(_REMOVE_ENDORSEMENT, by=follower, to=followee)
    return tx.run(_REMOVE_FOLLOW, by=follower, to=followee) == 1


def remove_request(tx: Tx, follower: int, followee: int) -> bool:
    """Whether there was one."""
    return tx.run(_REMOVE_REQUEST, by=follower, to=followee) == 1


def endorse(tx: Tx, account: int, target: int) -> None:
    """Recommend; again is once."""
    tx.run(_ADD_ENDORSEMENT, id=new_id(tx.now), account=account, target=target, at=tx.ms)


def unendorse(tx: Tx, account: int, target: int) -> None:
    """Recommend no more."""
    tx.run(_REMOVE_ENDORSEMENT, by=account, to=target)


# --- blocks, mutes, notes ---------------------------------------------------------------------

_ADD_BLOCK, _REMOVE_BLOCK = _adding(tables.blocks), _removing(tables.blocks)
_SET_MUTE = Query(upsert(tables.mutes, ("account", "target"), ("notifications", "until")))
_REMOVE_MUTE = _removing(tables.mutes)
_REMOVE_ENDED_MUTE = Query(
    delete(tables.mutes).where(
        tables.mutes.c.account == bindparam("by"),
        tables.mutes.c.target == bindparam("to"),
        tables.mutes.c.until <= bindparam("now"),
    )
)
_SET_NOTE = Query(upsert(tables.notes, ("account", "target"), ("content", "slot")))
_REMOVE_NOTE = _removing(tables.notes)
_NOTE_SLOT = Query(
    select(tables.notes.c.slot).where(
        tables.notes.c.account == bindparam("by"), tables.notes.c.target == bindparam("to")
    )
)


def add_block(tx: Tx, account: int, target: int) -> bool:
    """Whether it was not there yet."""
    return tx.run(_ADD_BLOCK, id=new_id(tx.now), account=account, target=target, at=tx.ms) == 1


def remove_block(tx: Tx, account: int, target: int) -> bool:
    """Whether there was one."""
    return tx.run(_REMOVE_BLOCK, by=account, to=target) == 1


def set_mute(tx: Tx, account: int, target: int, *, notifications: bool, until: int | None) -> None:
    """Mute, or mute otherwise. `until` in ms; None = for good."""
    tx.run(
        _SET_MUTE,
        id=new_id(tx.now),
        account=account,
        target=target,
        notifications=notifications,
        until=until,
        at=tx.ms,
    )


def remove_mute(tx: Tx, account: int, target: int) -> bool:
    """Whether there was one."""
    return tx.run(_REMOVE_MUTE, by=account, to=target) == 1


def remove_ended_mute(tx: Tx, account: int, target: int) -> None:
    """Remove it if its time is over."""
    tx.run(_REMOVE_ENDED_MUTE, by=account, to=target, now=tx.ms)


def note_slot(tx: Tx, account: int, target: int) -> int | None:
    """The slot that a note is sealed under; None where there is none."""
    slot: int | None = tx.value(_NOTE_SLOT, by=account, to=target)
    return slot


def set_note(tx: Tx, account: int, target: int, content: bytes, slot: int) -> None:
    """Keep a sealed note in the place of any before."""
    tx.run(_SET_NOTE, account=account, target=target, content=content, slot=slot)


def remove_note(tx: Tx, account: int, target: int) -> None:
    """No note any more. The caller shreds its slot."""
    tx.run(_REMOVE_NOTE, by=account, to=target)
