"""Pages of people, newest first, by the id of what connects them; and slices for the fan-out.

Suspended accounts and those not let in are in no list, whoever asks."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from sqlalchemy import Column, ColumnElement, Select, and_, bindparam, func, select

from whimbrel.core.engines import Query, in_list
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx

from .. import tables
from ..rules import Account
from . import graph, standing
from .people import COLUMNS, PENDING, account_of, waits
from .standing import Stands

Kind = Literal["followers", "following", "endorsed", "requests", "blocks", "mutes"]
_OF_OTHERS = ("followers", "following", "endorsed")

accounts, follows, users = tables.accounts, tables.follows, tables.users
SHOWN: ColumnElement[bool] = and_(accounts.c.suspended_at.is_(None), ~PENDING)


class Row(NamedTuple):
    """Somebody in a list. `cursor` pages; `until` is when a mute ends (ms)."""

    cursor: int
    account: Account
    until: int | None


def _page(
    cursor: Column[Any], whose: Column[Any], who: Column[Any], until: Any = None, *where: Any
) -> tuple[Select[Any], Select[Any]]:
    """The list of `who` where `whose` is the one asked about: newest first, and upwards."""
    found = (
        select(cursor, cursor if until is None else until, *COLUMNS)
        .join(accounts, accounts.c.id == who)
        .where(
            whose == bindparam("whose"),
            cursor > bindparam("low"),
            cursor < bindparam("high"),
            SHOWN,
            *where,
        )
        .limit(bindparam("most"))
    )
    return found.order_by(cursor.desc()), found.order_by(cursor.asc())


def _for_others(who: Column[Any]) -> tuple[ColumnElement[bool], ...]:
    """What a viewer is spared in other people's lists."""
    return ~graph.blocked_either("spared", who), ~graph.muted("spared", who)


_requests, _blocks, _mutes = tables.follow_requests, tables.blocks, tables.mutes
_endorsed = tables.endorsements
_PAGES: dict[str, tuple[Select[Any], Select[Any]]] = {
    "followers": _page(
        follows.c.id, follows.c.followee, follows.c.follower, None, *_for_others(follows.c.follower)
    ),
    "following": _page(
        follows.c.id, follows.c.follower, follows.c.followee, None, *_for_others(follows.c.followee)
    ),
    "endorsed": _page(
        _endorsed.c.id,
        _endorsed.c.account,
        _endorsed.c.target,
        None,
        *_for_others(_endorsed.c.target),
    ),
    "requests": _page(_requests.c.id, _requests.c.followee, _requests.c.follower),
    "blocks": _page(_blocks.c.id, _blocks.c.account, _blocks.c.target),
    "mutes": _page(
        _mutes.c.id,
        _mutes.c.account,
        _mutes.c.target,
        _mutes.c.until,
        (_mutes.c.until.is_(None)) | (_mutes.c.until > bindparam("now")),
    ),
}


_PLAIN = {kind: tuple(map(Query, pages)) for kind, pages in _PAGES.items()}
_BESIDE = {
    kind: tuple(Query(standing.beside(page)) for page in _PAGES[kind]) for kind in _OF_OTHERS
}


def page(
    tx: Tx, kind: Kind, whose: int, *, spared: int, low: int, high: int, most: int, ascending: bool
) -> list[Row]:
    """A page of a list of `whose`, newest first.

    Args:
        spared: 0 = nobody is; else whom this one blocks, is blocked by or mutes is left out of
            followers, following and endorsed.
        low, high, ascending: see `core.http.window`.
    """
    bound = {"whose": whose, "low": low, "high": high, "most": most, "now": tx.ms}
    if kind in _OF_OTHERS:
        bound["spared"] = spared
    elif kind != "mutes":
        del bound["now"]
    rows = tx.rows(_PLAIN[kind][ascending], **bound)
    found = [_row(row, row[1] if kind == "mutes" else None) for row in rows]
    return found[::-1] if ascending else found


def known(
    tx: Tx,
    kind: Literal["followers", "following"],
    whose: int,
    viewer: int,
    *,
    spared: int,
    low: int,
    high: int,
    most: int,
    ascending: bool,
) -> list[tuple[Row, Stands]]:
    """As `page`, with how `viewer` stands to each."""
    rows = tx.rows(
        _BESIDE[kind][ascending],
        whose=whose,
        viewer=viewer,
        spared=spared,
        now=tx.ms,
        low=low,
        high=high,
        most=most,
    )
    found = [(_row(row, None), standing.stands_of(row)) for row in rows]
    return found[::-1] if ascending else found


def _row(row: Any, until: int | None) -> Row:
    return Row(row[0], account_of(row[2 : 2 + len(COLUMNS)]), until)


_REQUESTS = Query(
    select(func.count())
    .select_from(_requests.join(accounts, accounts.c.id == _requests.c.follower))
    .where(_requests.c.followee == bindparam("account"), SHOWN)
)


def count_requests(tx: Tx, account: int) -> int:
    """How many wait for an answer."""
    return int(tx.value(_REQUESTS, account=account))


_WAITING = Query(
    select(_requests.c.follower)
    .where(_requests.c.followee == bindparam("account"))
    .order_by(_requests.c.id)
    .limit(bindparam("most"))
)


def waiting(tx: Tx, account: int, most: int) -> list[int]:
    """Who waits for an answer, the longest first."""
    return [row[0] for row in tx.rows(_WAITING, account=account, most=most)]


# --- fan-out ----------------------------------------------------------------------------------


def _slice(active: bool) -> Query:
    found: Select[Any] = select(follows.c.follower).where(
        follows.c.followee == bindparam("account"), follows.c.follower > bindparam("after")
    )
    if active:
        found = found.join(users, users.c.account == follows.c.follower).where(
            users.c.active_at >= bindparam("since"), users.c.disabled_at.is_(None)
        )
    return Query(found.order_by(follows.c.follower).limit(bindparam("most")))


_SLICE, _ACTIVE_SLICE = _slice(active=False), _slice(active=True)


def followers_slice(
    tx: Tx, account: int, after: int, most: int, *, active_since: int | None = None
) -> list[int]:
    """The next followers by ascending id, above `after`.

    Args:
        active_since: ms; then only people of ours who have been here since.
    """
    if active_since is None:
        rows = tx.rows(_SLICE, account=account, after=after, most=most)
    else:
        rows = tx.rows(_ACTIVE_SLICE, account=account, after=after, most=most, since=active_since)
    return [row[0] for row in rows]


# --- familiar followers -----------------------------------------------------------------------

_mine, _theirs = follows.alias(), follows.alias()
_FAMILIAR = Query(
    select(_theirs.c.followee, *COLUMNS)
    .join(_mine, _mine.c.followee == _theirs.c.follower)
    .join(accounts, accounts.c.id == _theirs.c.follower)
    .where(
        _mine.c.follower == bindparam("viewer"),
        in_list(_theirs.c.followee, "ids"),
        ~accounts.c.hide_collections,
        SHOWN,
    )
    .order_by(_theirs.c.followee, _mine.c.id.desc())
    .limit(bindparam("most"))
)


def familiar(tx: Tx, viewer: int, ids: Iterable[int], most: int = 400) -> dict[int, list[Account]]:
    """For each of `ids`: whom the viewer follows among its followers; those who hide their
    lists are left out."""
    found: dict[int, list[Account]] = {id_: [] for id_ in ids}
    for row in tx.rows(_FAMILIAR, viewer=viewer, list_ids=list(found), most=most):
        found[row[0]].append(account_of(row[1:]))
    return found


_friend = accounts.alias("friend")
_owner = accounts.alias("owner")
_near = (
    select(
        _theirs.c.followee.label("owner"),
        _mine.c.id.label("place"),
        func.count().over().label("many"),
        *(_friend.c[column.name] for column in COLUMNS),
    )
    .join(_mine, _mine.c.followee == _theirs.c.follower)
    .join(_friend, _friend.c.id == _theirs.c.follower)
    .where(
        _mine.c.follower == bindparam("viewer"),
        _theirs.c.followee
        == select(_owner.c.id).where(_owner.c.handle == bindparam("handle")).scalar_subquery(),
        ~_friend.c.hide_collections,
        _friend.c.suspended_at.is_(None),
        ~waits(_friend),
    )
    .order_by(_mine.c.id.desc())
    .limit(bindparam("faces"))
    .subquery("near")
)
# It binds `handle`, `viewer`, `now`, and how many `faces` of those who are familiar are told.
MET = standing.beside(
    select(*COLUMNS, *_near.c)
    .outerjoin(_near, _near.c.owner == accounts.c.id)
    .where(accounts.c.handle == bindparam("handle"), ~PENDING)
    .order_by(_near.c.place.desc())
)


class Met(NamedTuple):
    """Somebody, how the viewer stands to them, and whom the viewer follows of their followers."""

    account: Account
    stands: Stands
    familiar: list[Account]  # the first of them
    familiar_many: int  # all of them


def met_of(rows: Sequence[Any]) -> Met:
    """Somebody as they stand on their own page, from the rows of `MET`. Raises NotFound."""
    if not rows:
        raise NotFound
    size = len(COLUMNS)
    near = [row[size : 2 * size + 3] for row in rows if row[size] is not None]
    return Met(
        account_of(rows[0][:size]),
        standing.stands_of(rows[0]),
        [account_of(each[3:]) for each in near],
        int(near[0][2]) if near else 0,
    )
