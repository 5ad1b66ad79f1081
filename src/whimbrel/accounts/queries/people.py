"""Who somebody is: accounts by id, by handle, by many of either, and their counters.

Whoever has not confirmed an address yet, or was not let in yet, is nobody to others and found only
where `pending` is said. What stands between two people is in `graph.py`."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    FromClause,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    update,
)

from whimbrel.core.engines import Query, in_list
from whimbrel.core.errors import NotFound
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx

from ..rules import Account, Emoji, Field
from ..tables import accounts, users

COLUMNS = tuple(accounts.c[name] for name in Account.__struct_fields__)
_FIELDS = Account.__struct_fields__.index("fields")
_EMOJIS = Account.__struct_fields__.index("emojis")
_FLAGS = tuple(
    Account.__struct_fields__.index(name)
    for name in ("locked", "bot", "discoverable", "indexable", "hide_collections", "memorial")
)
_DOMAINS = Account.__struct_fields__.index("attribution_domains")
_read_fields = msgspec.json.Decoder(tuple[Field, ...]).decode
_read_emojis = msgspec.json.Decoder(tuple[Emoji, ...]).decode
_read_domains = msgspec.json.Decoder(tuple[str, ...]).decode


def waits(who: FromClause) -> ColumnElement[bool]:
    """Not (yet) let in. Accounts of other servers have no row in `users`.

    Args:
        who: accounts, or an alias of it.
    """
    row = users.alias()
    return exists(
        select(row.c.account).where(
            row.c.account == who.c.id,
            or_(row.c.confirmed_at.is_(None), row.c.approved_at.is_(None)),
        )
    )


PENDING: ColumnElement[bool] = waits(accounts)
# The emptied row that an erasure leaves for an hour (`users.empty`): nobody is called so.
_ERASED = and_(accounts.c.domain.is_(None), accounts.c.handle.like("erased.%"))

_BY_ID = Query(select(*COLUMNS).where(accounts.c.id == bindparam("id"), ~PENDING, ~_ERASED))
_BY_ID_PENDING = Query(select(*COLUMNS).where(accounts.c.id == bindparam("id")))
_BY_HANDLE = Query(
    select(*COLUMNS).where(accounts.c.handle == bindparam("handle"), ~PENDING, ~_ERASED)
)
_BY_HANDLE_PENDING = Query(select(*COLUMNS).where(accounts.c.handle == bindparam("handle")))
_BY_IDS = Query(select(*COLUMNS).where(in_list(accounts.c.id, "ids"), ~PENDING))
_BY_HANDLES = Query(select(*COLUMNS).where(in_list(accounts.c.handle, "handles"), ~PENDING))
_BUMP = Query(
    update(accounts).where(accounts.c.id == bindparam("id")).values(rev=accounts.c.rev + 1)
)


def account_of(row: Any) -> Account:
    """The account in a row of `COLUMNS`."""
    values = list(row)
    for at in _FLAGS:
        values[at] = bool(values[at])
    values[_FIELDS] = () if row[_FIELDS] == "[]" else _read_fields(row[_FIELDS])
    values[_EMOJIS] = () if row[_EMOJIS] == "[]" else _read_emojis(row[_EMOJIS])
    values[_DOMAINS] = () if row[_DOMAINS] == "[]" else _read_domains(row[_DOMAINS])
    return Account(**dict(zip(Account.__struct_fields__, values, strict=True)))


def fold(instance: Instance, name: str, domain: str | None = None) -> str:
    """The `handle` of somebody: lower case, without a domain for one of ours."""
    name = name.strip().lower()
    domain = (domain or "").strip().lower()
    return f"{name}@{domain}" if domain and not instance.is_own(domain) else name


def handle_of(instance: Instance, text: str) -> str:
    """The `handle` of `ada`, `@ada` or `ada@domain` (a domain of ours may be said)."""
    name, _, domain = text.strip().removeprefix("@").partition("@")
    return fold(instance, name, domain)


def by_id(tx: Tx, id_: int, *, pending: bool = False) -> Account:
    """One account.

    Args:
        pending: also those not confirmed or not let in yet, and what is left of the erased.
    Raises:
        NotFound: there is none.
    """
    row = tx.row(_BY_ID_PENDING if pending else _BY_ID, id=id_)
    if row is None:
        raise NotFound
    return account_of(row)


def by_handle(tx: Tx, handle: str, *, pending: bool = False) -> Account:
    """Whoever is called `ada`, `@ada` or `ada@domain` (our own domain may be said).

    Raises:
        NotFound: nobody known here is.
    """
    query = _BY_HANDLE_PENDING if pending else _BY_HANDLE
    row = tx.row(query, handle=handle_of(tx.instance, handle))
    if row is None:
        raise NotFound
    return account_of(row)


def by_ids(tx: Tx, ids: Iterable[int]) -> dict[int, Account]:
    """These accounts by id, in no order; unknown ones are left out."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    return {row[0]: account_of(row) for row in tx.rows(_BY_IDS, list_ids=wanted)}


def handles(
    tx: Tx, names: Iterable[tuple[str, str | None]]
) -> dict[tuple[str, str | None], Account]:
    """Accounts by (name, domain) as asked for; None or "" as domain = ours."""
    wanted = {pair: fold(tx.instance, *pair) for pair in names}
    if not wanted:
        return {}
    rows = tx.rows(_BY_HANDLES, list_handles=list(dict.fromkeys(wanted.values())))
    found = {account.handle: account for account in map(account_of, rows)}
    return {pair: found[handle] for pair, handle in wanted.items() if handle in found}


def bump(tx: Tx, id_: int) -> None:
    """A new revision: whatever was rendered of this account is made anew."""
    tx.run(_BUMP, id=id_)


# --- counters -------------------------------------------------------------------------------------


def _gained(column: ColumnElement[int], name: str) -> ColumnElement[int]:
    gained = column + bindparam(name)
    return case((gained < 0, 0), else_=gained)


_COUNT = Query(
    update(accounts)
    .where(accounts.c.id == bindparam("id"))
    .values(
        followers=_gained(accounts.c.followers, "gained_followers"),
        following=_gained(accounts.c.following, "gained_following"),
        statuses=_gained(accounts.c.statuses, "gained_statuses"),
        last_status_at=func.coalesce(bindparam("posted_at"), accounts.c.last_status_at),
    )
)


def count(
    tx: Tx,
    id_: int,
    *,
    followers: int = 0,
    following: int = 0,
    statuses: int = 0,
    last_status_at: int | None = None,
) -> None:
    """Add to the counters of an account; none falls below zero.

    Args:
        last_status_at: ms since 1970; None leaves it as it is.
    """
    tx.run(
        _COUNT,
        id=id_,
        gained_followers=followers,
        gained_following=following,
        gained_statuses=statuses,
        posted_at=last_status_at,
    )
