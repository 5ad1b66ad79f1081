"""Somebody's page in one statement: who they are, how the viewer stands to them, what they keep at
the top and what they wrote. Posts come as one value, beside the row that is about the person."""

from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, null, select

from whimbrel.accounts.queries.lists import MET, Met, met_of
from whimbrel.accounts.queries.people import handle_of
from whimbrel.accounts.tables import accounts, moves
from whimbrel.core.engines import Query, rows_read, rows_within
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import CARD, cards
from whimbrel.posts.rules import Mark
from whimbrel.posts.tables import posts

from ..rules import AccountFilter, Window
from .filters import revision
from .reads import MARKED, by, cards_of_marks

_OWNER = accounts.alias("called")
_WHO = select(_OWNER.c.id).where(_OWNER.c.handle == bindparam("handle")).scalar_subquery()
_MOVED = select(moves.c.target).where(moves.c.account == _WHO).scalar_subquery()
FACES = 3  # of those who are familiar; the others are counted


class Profile(NamedTuple):
    """A person, and cards with the revision of the viewer's filters behind them."""

    met: Met
    pinned: list[Any]  # last pinned first
    written: list[Any]  # newest first
    moved: int | None  # the account that they go on as


@lru_cache(maxsize=8)
def _statement(wanted: AccountFilter, pins: bool) -> Query:
    written = cards(posts, posts.c.id, *by(wanted, _WHO), hide=False)
    pinned = rows_within(cards_of_marks(False, _WHO)) if pins else null()
    read = rows_within(written.add_columns(revision()))
    return Query(MET.add_columns(pinned, read, _MOVED))


def profile(
    tx: Tx, viewer: int, handle: str, window: Window, wanted: AccountFilter, *, pins: bool
) -> Profile:
    """Somebody by handle and a page of what they wrote. Raises NotFound.

    Args:
        wanted: without `tagged`.
        pins: with what they keep at the top.
    """
    rows = tx.rows(
        _statement(wanted, pins),
        handle=handle_of(tx.instance, handle),
        viewer=viewer,
        faces=FACES,
        kind=int(Mark.PIN),
        low=window.low,
        high=window.high,
        most=window.most,
        now=tx.ms,
    )
    met = met_of([row[:-3] for row in rows])
    pinned, written = map(rows_read, rows[0][-3:-1])
    pinned.sort(key=lambda row: -row[MARKED])
    written.sort(key=lambda row: -row[0])
    return Profile(met, [row[: CARD + 1] for row in pinned], written, rows[0][-1])
