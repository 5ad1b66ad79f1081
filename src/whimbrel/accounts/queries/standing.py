"""How one person stands to many others: everything of it in one statement."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, and_, bindparam, or_, select

from whimbrel.core.engines import Query, in_list
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx

from .. import tables
from ..rules import Account
from . import graph, people
from .graph import Wish
from .people import PENDING

accounts = tables.accounts


class Stands(NamedTuple):
    """How the viewer stands to `account`. `note` is sealed under (note_slot, author_slot)."""

    account: int
    follow: Wish | None
    request: Wish | None
    followed_by: bool
    requested_by: bool
    blocking: bool
    blocked_by: bool
    muting: bool
    muting_notifications: bool
    muted_until: int | None
    domain_blocking: bool
    endorsed: bool
    note: bytes | None
    note_slot: int
    author_slot: int


_viewer: ColumnElement[int] = bindparam("viewer", type_=BigInteger, required=True)
_follow, _request, _mute = (
    tables.follows.alias(),
    tables.follow_requests.alias(),
    tables.mutes.alias(),
)
_note, _author = tables.notes.alias(), tables.accounts.alias()

COLUMNS: tuple[ColumnElement[Any], ...] = (
    accounts.c.id,
    _follow.c.id,
    _follow.c.reblogs,
    _follow.c.notify,
    _follow.c.languages,
    _request.c.id,
    _request.c.reblogs,
    _request.c.notify,
    _request.c.languages,
    graph.follows(accounts.c.id, "viewer"),
    graph.asked(accounts.c.id, "viewer"),
    graph.blocks("viewer", accounts.c.id),
    graph.blocks(accounts.c.id, "viewer"),
    _mute.c.id,
    _mute.c.notifications,
    _mute.c.until,
    graph.blocks_domain("viewer", accounts.c.domain),
    graph.endorses("viewer", accounts.c.id),
    _note.c.content,
    _note.c.slot,
    select(_author.c.slot).where(_author.c.id == _viewer).scalar_subquery(),
)


def beside(found: Select[Any]) -> Select[Any]:
    """A statement over `accounts`, with how the one bound as `viewer` stands to each at its end
    (`stands_of`); it binds `now` as well."""
    return (
        found.add_columns(*COLUMNS)
        .outerjoin(
            _follow, and_(_follow.c.follower == _viewer, _follow.c.followee == accounts.c.id)
        )
        .outerjoin(
            _request, and_(_request.c.follower == _viewer, _request.c.followee == accounts.c.id)
        )
        .outerjoin(
            _mute,
            and_(
                _mute.c.account == _viewer,
                _mute.c.target == accounts.c.id,
                or_(_mute.c.until.is_(None), _mute.c.until > bindparam("now")),
            ),
        )
        .outerjoin(_note, and_(_note.c.account == _viewer, _note.c.target == accounts.c.id))
    )


_STANDS = Query(beside(select(accounts.c.id)).where(in_list(accounts.c.id, "ids"), ~PENDING))
_BY_HANDLE = Query(
    beside(select(*people.COLUMNS)).where(accounts.c.handle == bindparam("handle"), ~PENDING)
)


def stands(tx: Tx, viewer: int, ids: Iterable[int]) -> dict[int, Stands]:
    """How `viewer` stands to each of `ids`; unknown ones are left out."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    rows = tx.rows(_STANDS, viewer=viewer, list_ids=wanted, now=tx.ms)
    return {row[0]: stands_of(row) for row in rows}


def by_handle(tx: Tx, viewer: int, handle: str) -> tuple[Account, Stands]:
    """As `people.by_handle`, with how `viewer` stands to them. Raises NotFound."""
    bound = people.handle_of(tx.instance, handle)
    row = tx.row(_BY_HANDLE, handle=bound, viewer=viewer, now=tx.ms)
    if row is None:
        raise NotFound
    return people.account_of(row[: -len(COLUMNS)]), stands_of(row)


def stands_of(found: Any) -> Stands:
    """What a row of a statement made by `beside` says."""
    row = found[-len(COLUMNS) :]
    return Stands(
        account=row[0],
        follow=Wish(bool(row[2]), bool(row[3]), row[4]) if row[1] else None,
        request=Wish(bool(row[6]), bool(row[7]), row[8]) if row[5] else None,
        followed_by=bool(row[9]),
        requested_by=bool(row[10]),
        blocking=bool(row[11]),
        blocked_by=bool(row[12]),
        muting=row[13] is not None,
        muting_notifications=bool(row[14]),
        muted_until=row[15],
        domain_blocking=bool(row[16]),
        endorsed=bool(row[17]),
        note=None if row[18] is None else bytes(row[18]),
        note_slot=row[19] or 0,
        author_slot=row[20] or 0,
    )
