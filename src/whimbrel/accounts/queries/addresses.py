"""Where people came from lately, sealed; and on which days the staff looked."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import BigInteger, BindParameter, bindparam, delete, select, update

from whimbrel.core.engines import Query, in_list, insert_ignore, upsert
from whimbrel.core.tx import Tx

from ..tables import accounts, address_keys, addresses, staff_reads

_c = addresses.c
_WHO: BindParameter[int] = bindparam("who", type_=BigInteger)
_DAY: BindParameter[int] = bindparam("of_day", type_=BigInteger)


class Row(NamedTuple):
    """An address as it is stored. `key`: slot of its day; None = it is a network by now."""

    account: int
    hash: bytes
    address: bytes
    used_at: int
    author: int  # slot of the account
    key: int | None


_ROWS = (
    select(_c.account, _c.hash, _c.address, _c.used_at, accounts.c.slot, address_keys.c.slot)
    .join(accounts, accounts.c.id == _c.account)
    .outerjoin(address_keys, address_keys.c.day == _c.day)
)
_OF = Query(_ROWS.where(in_list(_c.account, "accounts")).order_by(_c.used_at.desc()).limit(2000))
_WITHIN = Query(_ROWS.where(in_list(_c.network, "networks")))
_OF_DAY = Query(_ROWS.where(_c.day == _DAY).limit(bindparam("most", type_=BigInteger)))
_AGAIN = Query(
    update(addresses)
    .where(_c.account == _WHO, _c.hash == bindparam("which"), _c.day == _DAY)
    .values(used_at=bindparam("now", type_=BigInteger))
)
_PUT = Query(upsert(addresses, ("account", "hash"), ("address", "day", "used_at")))
_REMOVE = Query(
    delete(addresses).where(_c.account == _WHO, _c.hash == bindparam("which"), _c.day == _DAY)
)
_REMOVE_OLDER = Query(delete(addresses).where(_c.used_at < bindparam("before", type_=BigInteger)))
_CLEAR = (
    Query(delete(addresses).where(_c.account == _WHO)),
    Query(delete(staff_reads).where(staff_reads.c.account == _WHO)),
)
_AUTHOR = Query(select(accounts.c.slot).where(accounts.c.id == _WHO))
_KEY = Query(select(address_keys.c.slot).where(address_keys.c.day == _DAY))
_ADD_KEY = Query(insert_ignore(address_keys))
_REMOVE_KEY = Query(delete(address_keys).where(address_keys.c.day == _DAY))
_LOOKED = Query(insert_ignore(staff_reads))
_LOOKS = Query(
    select(staff_reads.c.day)
    .where(staff_reads.c.account == _WHO, staff_reads.c.what == bindparam("what"))
    .order_by(staff_reads.c.day.desc())
    .limit(bindparam("most", type_=BigInteger))
)


def again(tx: Tx, account: int, hash_: str, day: int) -> bool:
    """Note that an address is in use now; False where it was not seen on that day yet."""
    return tx.run(_AGAIN, who=account, which=hash_, of_day=day, now=tx.ms) == 1


def put(
    tx: Tx, account: int, hash_: str, network: str, sealed: bytes, day: int | None, used_at: int
) -> None:
    """Store an address, in place of what stands under the same hash."""
    tx.run(
        _PUT,
        account=account,
        hash=hash_,
        network=network,
        address=sealed,
        day=day,
        used_at=used_at,
    )


def of(tx: Tx, accounts: Iterable[int]) -> list[Row]:
    """Where these people came from, what was used last first; 2,000 at most."""
    return [Row._make(row) for row in tx.rows(_OF, list_accounts=list(accounts))]


def within(tx: Tx, networks: Iterable[str]) -> list[Row]:
    """Whatever lies in these networks (keyed)."""
    return [Row._make(row) for row in tx.rows(_WITHIN, list_networks=list(networks))]


def of_day(tx: Tx, day: int, most: int) -> list[Row]:
    """Some of what is under the key of a day."""
    return [Row._make(row) for row in tx.rows(_OF_DAY, of_day=day, most=most)]


def remove(tx: Tx, row: Row, day: int) -> bool:
    """Remove an address, unless it was seen again on another day; whether it is gone."""
    return tx.run(_REMOVE, who=row.account, which=row.hash, of_day=day) == 1


def remove_older(tx: Tx, before: int) -> None:
    """Remove what was not used since."""
    tx.run(_REMOVE_OLDER, before=before)


def clear(tx: Tx, account: int) -> None:
    """Remove all of an account."""
    for statement in _CLEAR:
        tx.run(statement, who=account)


def author(tx: Tx, account: int) -> int | None:
    """The slot of an account."""
    found: int | None = tx.value(_AUTHOR, who=account)
    return found


def key(tx: Tx, day: int) -> int | None:
    """The slot of a day."""
    found: int | None = tx.value(_KEY, of_day=day)
    return found


def add_key(tx: Tx, day: int, slot: int) -> bool:
    """Give a day its slot; False where it has one."""
    return tx.run(_ADD_KEY, day=day, slot=slot) == 1


def remove_key(tx: Tx, day: int) -> None:
    """The slot of a day is shredded."""
    tx.run(_REMOVE_KEY, of_day=day)


def looked(tx: Tx, account: int, what: str, day: int) -> None:
    """Somebody of the staff looked; said once a day."""
    tx.run(_LOOKED, account=account, what=what, day=day)


def looks(tx: Tx, account: int, what: str, most: int) -> list[int]:
    """The days on which they did, the last one first."""
    return [row[0] for row in tx.rows(_LOOKS, who=account, what=what, most=most)]
