"""Statements about markers: how far somebody has read."""

from typing import NamedTuple

from sqlalchemy import String, bindparam, select, update

from whimbrel.core.engines import Query, in_list, insert_ignore
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..tables import markers


class Stored(NamedTuple):
    """A marker; `at` in milliseconds."""

    timeline: str
    last_read: int
    version: int
    at: int


_SOME = Query(
    select(markers.c.timeline, markers.c.last_read, markers.c.version, markers.c.at).where(
        markers.c.account == number("account"), in_list(markers.c.timeline, "timelines")
    )
)
_ADD = Query(insert_ignore(markers))
_MOVE = Query(
    update(markers)
    .where(
        markers.c.account == number("whose"),
        markers.c.timeline == bindparam("which", type_=String),
        markers.c.version == number("was"),
    )
    .values(last_read=number("to"), version=markers.c.version + 1, at=number("now"))
)


def some(tx: Tx, account: int, timelines: list[str]) -> list[Stored]:
    """The account's markers of these timelines, as far as there are any."""
    return [Stored(*row) for row in tx.rows(_SOME, account=account, list_timelines=timelines)]


def add(tx: Tx, account: int, timeline: str, to: int) -> bool:
    """The first marker of a timeline; False when there is one already."""
    row = {"account": account, "timeline": timeline, "last_read": to, "version": 1, "at": tx.ms}
    return bool(tx.run(_ADD, **row))


def move(tx: Tx, account: int, timeline: str, to: int, was: int) -> bool:
    """Move a marker; False when it is not at version `was` any more."""
    return bool(tx.run(_MOVE, whose=account, which=timeline, to=to, was=was, now=tx.ms))
