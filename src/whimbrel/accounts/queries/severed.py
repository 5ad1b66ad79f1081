"""What was lost between people by a block or a decision, and who is tied to whom because of it."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    bindparam,
    exists,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy import String as Text

from whimbrel.core.engines import Query, in_list, insert_ignore
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx

from ..rules import Account, Severing
from ..tables import accounts, follow_requests, follows, severances, severed, users
from . import people
from .graph import Wish


class Cause(NamedTuple):
    """Why follows end. `id` is the same for everybody it concerns, and for each of its batches."""

    id: int
    kind: Severing
    domain: str | None = None
    about: int | None = None


class Severance(NamedTuple):
    """What somebody lost at once. `whom`: who it was about, where that was a person."""

    id: int
    kind: str
    domain: str | None
    followers: int
    following: int
    listed: bool  # whether it is still known whom they lost
    whom: tuple[str, str | None] | None


class Lost(NamedTuple):
    """Somebody who followed or was followed."""

    account: Account
    wish: Wish


def _number(name: str) -> BindParameter[int]:
    return bindparam(name, type_=BigInteger, required=True)


_OURS = Query(select(users.c.account).where(users.c.account == _number("who")))
_ADD = Query(insert_ignore(severances, ("id", "account", "cause", "kind", "domain", "about")))
_ID = Query(
    select(severances.c.id).where(
        severances.c.cause == _number("cause"), severances.c.account == _number("account")
    )
)
_COUNT = Query(
    update(severances)
    .where(severances.c.id == _number("which"))
    .values(
        followers=severances.c.followers + _number("came"),
        following=severances.c.following + _number("went"),
    )
)
_ADD_LOST = Query(insert_ignore(severed))


def note(tx: Tx, cause: Cause, account: int, other: int, lost: Iterable[tuple[bool, Wish]]) -> None:
    """Keep what `account` loses by `cause`, where they are one of ours.

    Args:
        lost: whether it is `account` who followed, and what they wanted of it.
    """
    ended = list(lost)
    if not ended or tx.row(_OURS, who=account) is None:
        return
    tx.run(
        _ADD,
        id=new_id(tx.now),
        account=account,
        cause=cause.id,
        kind=cause.kind,
        domain=cause.domain,
        about=cause.about,
    )
    id_ = tx.value(_ID, cause=cause.id, account=account)
    for outgoing, wish in ended:  # a follow that came again between two batches is kept once
        row = {"severance": id_, "other": other, "outgoing": outgoing, **wish._asdict()}
        if tx.run(_ADD_LOST, **row):
            tx.run(_COUNT, which=id_, came=int(not outgoing), went=int(outgoing))


# --- who is told, and what ----------------------------------------------------------------------

_about = accounts.alias("about_account")
_SHOWN = select(
    *(severances.c.id, severances.c.kind, severances.c.domain),
    *(severances.c.followers, severances.c.following),
    exists(select(severed.c.other).where(severed.c.severance == severances.c.id)),
    *(_about.c.username, _about.c.domain),
).select_from(severances.outerjoin(_about, _about.c.id == severances.c.about))
_ONE = Query(
    _SHOWN.where(severances.c.id == _number("id"), severances.c.account == _number("whose"))
)
_SEVERAL = Query(
    _SHOWN.where(in_list(severances.c.id, "ids"), severances.c.account == _number("whose"))
)
_PAGE = Query(
    _SHOWN.where(severances.c.account == _number("whose"), severances.c.id < _number("high"))
    .order_by(severances.c.id.desc())
    .limit(_number("most"))
)
_TOLD = Query(
    select(severances.c.id, severances.c.account)
    .where(severances.c.cause == _number("cause"), severances.c.id > _number("after"))
    .order_by(severances.c.id)
    .limit(_number("most"))
)
_LOST = Query(
    select(*people.COLUMNS, severed.c.reblogs, severed.c.notify, severed.c.languages)
    .join(severed, severed.c.other == accounts.c.id)
    .where(severed.c.severance == _number("severance"), severed.c.outgoing == bindparam("out"))
    .order_by(accounts.c.id)
)


def _severance(row: Any) -> Severance:
    id_, kind, domain, followers, following, listed, username, server = row
    whom = None if username is None else (username, server)
    return Severance(id_, kind, domain, followers, following, bool(listed), whom)


def one(tx: Tx, account: int, id_: int) -> Severance | None:
    """One of those of `account`."""
    row = tx.row(_ONE, whose=account, id=id_)
    return None if row is None else _severance(row)


def several(tx: Tx, account: int, ids: Iterable[int]) -> list[Severance]:
    """Those of `ids` that are of `account`."""
    return [_severance(row) for row in tx.rows(_SEVERAL, whose=account, list_ids=list(ids))]


def page(tx: Tx, account: int, high: int, most: int) -> list[Severance]:
    """Those of `account` before `high`, newest first."""
    return [_severance(row) for row in tx.rows(_PAGE, whose=account, high=high, most=most)]


def concerned(tx: Tx, cause: int, after: int, most: int) -> list[tuple[int, int]]:
    """Who lost something by `cause`: (severance, account), those after `after`."""
    return [(row[0], row[1]) for row in tx.rows(_TOLD, cause=cause, after=after, most=most)]


def lost(tx: Tx, severance: int, outgoing: bool) -> list[Lost]:
    """Whom somebody no longer follows, or who no longer follows them. Unbounded."""
    rows = tx.rows(_LOST, severance=severance, out=outgoing)
    return [
        Lost(people.account_of(row[:-3]), Wish(bool(row[-3]), bool(row[-2]), row[-1]))
        for row in rows
    ]


# --- who is tied to a server --------------------------------------------------------------------


def _of_server() -> ColumnElement[bool]:
    """Accounts of the server bound as `domain`, or of a part of it, bound as a pattern."""
    domain = accounts.c.domain
    inside = bindparam("inside", type_=Text)
    return or_(domain == bindparam("domain", type_=Text), domain.like(inside, escape="\\"))


def _ties() -> Query:
    found = union_all(
        *(
            select(table.c[mine].label("mine"), table.c[theirs].label("theirs"))
            .join(accounts, accounts.c.id == table.c[theirs])
            .where(_of_server())
            for table in (follows, follow_requests)
            for mine, theirs in (("follower", "followee"), ("followee", "follower"))
        )
    ).subquery()
    return Query(
        select(found.c.mine, found.c.theirs)
        .distinct()
        .order_by(found.c.mine, found.c.theirs)
        .limit(_number("most"))
    )


_TIES = _ties()
_PEOPLE = Query(
    select(accounts.c.id, accounts.c.suspended_at, accounts.c.silenced_at)
    .where(_of_server(), accounts.c.id > _number("after"))
    .order_by(accounts.c.id)
    .limit(_number("most"))
)
_FOLLOWED = Query(
    select(follows.c.followee)
    .where(follows.c.follower == _number("who"))
    .order_by(follows.c.followee)
    .limit(_number("most"))
)


def _server(domain: str) -> dict[str, str]:
    return {"domain": domain, "inside": "%." + domain.replace("_", "\\_")}


def tied(tx: Tx, domain: str, most: int) -> list[tuple[int, int]]:
    """Up to `most` pairs of whom the second is of a server, and one follows the other or asked."""
    rows = tx.rows(_TIES, **_server(domain), most=most)
    return [(row[0], row[1]) for row in rows]


def people_of(
    tx: Tx, domain: str, after: int, most: int
) -> list[tuple[int, int | None, int | None]]:
    """People of a server after `after`: (account, suspended_at, silenced_at)."""
    rows = tx.rows(_PEOPLE, **_server(domain), after=after, most=most)
    return [(row[0], row[1], row[2]) for row in rows]


def followed_by(tx: Tx, account: int, most: int) -> list[int]:
    """Up to `most` whom `account` follows."""
    return [row[0] for row in tx.rows(_FOLLOWED, who=account, most=most)]
