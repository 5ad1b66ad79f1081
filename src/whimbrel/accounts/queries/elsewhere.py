"""People of other servers, as they are written down here."""

from typing import Any

import msgspec
from sqlalchemy import String, bindparam, select, update

from whimbrel.core.engines import Query, insert_ignore
from whimbrel.core.tx import Tx

from ..rules import Account
from ..tables import accounts
from . import profile, search
from .people import COLUMNS, account_of

_ADDED = (
    *("id", "username", "domain", "handle", "uri", "display_name", "note", "fields"),
    *("locked", "bot", "discoverable", "indexable", "attribution_domains", "memorial", "hides"),
    *("slot", "at", "suspended_at", "silenced_at"),
)
_ADD = Query(insert_ignore(accounts, _ADDED))
_BY_URI = Query(select(*COLUMNS).where(accounts.c.uri == bindparam("uri", type_=String)))
_NAMED = Query(
    select(accounts.c.id).where(
        accounts.c.handle == bindparam("handle", type_=String), accounts.c.domain.is_not(None)
    )
)
_RENAME = Query(
    update(accounts)
    .where(accounts.c.id == bindparam("account"))
    .values(
        username=bindparam("new_username"),
        domain=bindparam("new_domain"),
        handle=bindparam("new_handle"),
        rev=accounts.c.rev + 1,
    )
)


def by_uri(tx: Tx, uri: str) -> Account | None:
    """Whoever has this id elsewhere, if we met them."""
    row = tx.row(_BY_URI, uri=uri)
    return None if row is None else account_of(row)


def named(tx: Tx, handle: str) -> int | None:
    """Who of another server is called so."""
    found: int | None = tx.value(_NAMED, handle=handle)
    return found


def add(tx: Tx, account: Account) -> bool:
    """Write somebody down; False where their id or their handle is somebody's already."""
    values: dict[str, Any] = {name: getattr(account, name) for name in _ADDED}
    for name in ("fields", "attribution_domains"):
        values[name] = msgspec.json.encode(values[name]).decode()
    if not tx.run(_ADD, **values):
        return False
    search.keep(tx, account.id, account.username, account.display_name, account.discoverable)
    return True


def rename(tx: Tx, account: int, username: str, domain: str, handle: str) -> None:
    """Somebody is called otherwise."""
    tx.run(_RENAME, account=account, new_username=username, new_domain=domain, new_handle=handle)


def change(tx: Tx, account: Account) -> None:
    """What they say of themselves is another thing now."""
    profile.write(tx, account)
