"""Accounts as the staff sees them: address, role, standing; found by many things at once."""

from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, String, and_, bindparam, func, or_, select

from whimbrel.accounts.queries import account_of
from whimbrel.accounts.queries.people import COLUMNS
from whimbrel.accounts.rules import Account, Role, role_of
from whimbrel.accounts.tables import accounts, invites, users
from whimbrel.core.engines import Query, in_list
from whimbrel.core.errors import NotFound
from whimbrel.core.keyring import Shredded, Slot
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..rules import Window


class Person(NamedTuple):
    """An account and, of one of ours, what only the staff may know."""

    account: Account
    ours: bool
    sensitized_at: int | None
    demoted_at: int | None
    email: str | None
    role: Role
    locale: str | None
    reason: str | None  # why they want in
    confirmed_at: int | None
    approved_at: int | None
    disabled_at: int | None
    invited_by: int | None

    @property
    def id(self) -> int:
        """The account."""
        return self.account.id


_SELECT = (
    select(
        *COLUMNS,
        accounts.c.sensitized_at,
        accounts.c.demoted_at,
        users.c.account,
        users.c.email,
        users.c.role,
        users.c.locale,
        users.c.reason,
        users.c.confirmed_at,
        users.c.approved_at,
        users.c.disabled_at,
        invites.c.account,
    )
    .outerjoin(users, users.c.account == accounts.c.id)
    .outerjoin(invites, invites.c.id == users.c.invite)
    # Of somebody erased a row without a user stays for an hour.
    .where(or_(accounts.c.domain.is_not(None), users.c.account.is_not(None)))
)
_ONE = Query(_SELECT.where(accounts.c.id == number("id")))
_MANY = Query(_SELECT.where(in_list(accounts.c.id, "ids")))


def _begins(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    return func.lower(column).like(bindparam(name, type_=String), escape="\\")


_stands = accounts.c.suspended_at.is_(None)
FILTERS: dict[str, ColumnElement[bool]] = {
    "local": accounts.c.domain.is_(None),
    "remote": accounts.c.domain.is_not(None),
    "active": _stands,
    "pending": and_(users.c.account.is_not(None), users.c.approved_at.is_(None)),
    "disabled": and_(users.c.disabled_at.is_not(None), _stands),
    "silenced": and_(accounts.c.silenced_at.is_not(None), _stands),
    "suspended": accounts.c.suspended_at.is_not(None),
    "sensitized": and_(accounts.c.sensitized_at.is_not(None), _stands),
    "roles": in_list(users.c.role, "roles"),
    "invited_by": invites.c.account == number("invited_by"),
    "username": _begins(accounts.c.username, "username"),
    "display_name": _begins(accounts.c.display_name, "display_name"),
    "domain": accounts.c.domain == bindparam("domain", type_=String),
    "email": users.c.email_mac == bindparam("email"),
    "among": in_list(accounts.c.id, "among"),
}


@lru_cache(maxsize=256)
def _page(names: tuple[str, ...], ascending: bool) -> Query:
    return Query(
        _SELECT.where(
            accounts.c.id > number("low"),
            accounts.c.id < number("high"),
            *(FILTERS[name] for name in names),
        )
        .order_by(accounts.c.id.asc() if ascending else accounts.c.id.desc())
        .limit(number("most"))
    )


def page(tx: Tx, window: Window, filters: dict[str, Any]) -> list[Person]:
    """A page of people, the youngest account first. Not bounded by a key: readers say `slow=True`.

    Args:
        filters: names of `FILTERS`; True, or what each compares with: `roles` a list of roles,
            `among` of accounts, `email` a keyed hash, `username` and `display_name` how they begin.
    """
    bound: dict[str, Any] = {}
    for name, value in filters.items():
        if name in ("username", "display_name"):
            bound[name] = _escaped(value.lower()) + "%"
        elif name == "roles":
            bound["list_roles"] = value
        elif name == "among":
            bound["list_among"] = value
        elif value is not True:
            bound[name] = value
    low, high, most, ascending = window
    query = _page(tuple(sorted(filters)), ascending)
    rows = tx.rows(query, low=low, high=high, most=most, **bound)
    return [_person(tx, row) for row in (rows[::-1] if ascending else rows)]


def _escaped(text: str) -> str:
    for sign in "\\%_":
        text = text.replace(sign, "\\" + sign)
    return text


def one(tx: Tx, account: int) -> Person:
    """Somebody, whether let in or not. Raises NotFound."""
    row = tx.row(_ONE, id=account)
    if row is None:
        raise NotFound
    return _person(tx, row)


def many(tx: Tx, ids: set[int]) -> dict[int, Person]:
    """These people by id; who is gone is left out."""
    rows = tx.rows(_MANY, list_ids=list(ids)) if ids else []
    return {row[0]: _person(tx, row) for row in rows}


def _person(tx: Tx, row: Any) -> Person:
    account = account_of(row[: len(COLUMNS)])
    sensitized, demoted, ours, email, role, locale, reason, *times, inviter = row[len(COLUMNS) :]
    confirmed, approved, disabled = times
    return Person(
        account,
        ours is not None,
        sensitized,
        demoted,
        _opened(tx, account, "users.email", email),
        role_of(role),
        locale,
        _opened(tx, account, "users.reason", reason),
        confirmed,
        approved,
        disabled,
        inviter,
    )


def _opened(tx: Tx, account: Account, column: str, sealed: Any) -> str | None:
    """A secret of the account; None where there is none or it is being erased."""
    if sealed is None:
        return None
    slot = Slot(account.slot, account.slot, account.id, column)
    try:
        return tx.unseal(slot, bytes(sealed)).decode()
    except Shredded:
        return None
