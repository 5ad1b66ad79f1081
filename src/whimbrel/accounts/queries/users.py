"""The private side of those who sign in here: address, password, standing, role."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, exists, func, or_, select, update

from whimbrel.core.cascade import shred_below
from whimbrel.core.engines import Query, insert, insert_ignore
from whimbrel.core.keyring import Slot
from whimbrel.core.tx import Tx

from ..rules import Permission, permitted, role_of
from ..tables import accounts, retired, users
from . import days, search

DAY = 86_400_000  # ms


class User(NamedTuple):
    """One of ours, with what only the server may know."""

    account: int
    username: str
    slot: int
    email: bytes  # sealed
    email_mac: bytes
    password: str | None
    role: str
    locale: str
    confirmed_at: int | None
    approved_at: int | None
    disabled_at: int | None
    suspended_at: int | None

    @property
    def place(self) -> Slot:
        """Where the sealed address belongs."""
        return Slot(self.slot, self.slot, self.account, "users.email")


class NewUser(NamedTuple):
    """A row of `accounts` and its row of `users`, about to be stored. `email` is sealed."""

    id: int
    username: str
    slot: int
    email: bytes
    email_mac: bytes
    password: str | None
    role: str
    locale: str
    reason: bytes | None
    invite: int | None
    confirmed_at: int | None
    approved_at: int | None


_COLUMNS = (
    users.c.account,
    accounts.c.username,
    accounts.c.slot,
    users.c.email,
    users.c.email_mac,
    users.c.password,
    users.c.role,
    users.c.locale,
    users.c.confirmed_at,
    users.c.approved_at,
    users.c.disabled_at,
    accounts.c.suspended_at,
)
_USERS = select(*_COLUMNS).join(accounts, accounts.c.id == users.c.account)
_BY_ACCOUNT = Query(_USERS.where(users.c.account == bindparam("who")))
_BY_MAC = Query(_USERS.where(users.c.email_mac == bindparam("mac")))
_BY_NAME = Query(_USERS.where(accounts.c.handle == bindparam("name")))
_STAFF = Query(
    select(users.c.account, users.c.role).where(
        users.c.role != "user", users.c.disabled_at.is_(None), users.c.confirmed_at.is_not(None)
    )
)
_PAGE = Query(
    _USERS.where(accounts.c.handle > bindparam("after"))
    .order_by(accounts.c.handle)
    .limit(bindparam("most"))
)


def by_account(tx: Tx, account: int) -> User | None:
    """The user of this account."""
    row = tx.row(_BY_ACCOUNT, who=account)
    return row and User._make(row)


def by_mac(tx: Tx, mac: bytes) -> User | None:
    """The user whose address gives this keyed hash."""
    row = tx.row(_BY_MAC, mac=mac)
    return row and User._make(row)


def by_name(tx: Tx, name: str) -> User | None:
    """The user of this name, however it is written."""
    row = tx.row(_BY_NAME, name=name.lower())
    return row and User._make(row)


def staff(tx: Tx, needs: Permission) -> list[int]:
    """The accounts of those of the staff who can act, and whose role has this."""
    return [account for account, role in tx.rows(_STAFF) if permitted(role_of(role), needs)]


def page(tx: Tx, after: str, most: int) -> list[User]:
    """Users in the order of their names, those after `after` ("" = from the first)."""
    return [User._make(row) for row in tx.rows(_PAGE, after=after, most=most)]


_ANY = Query(select(users.c.account).limit(1))
_NAME_TAKEN = Query(
    select(
        or_(
            exists().where(accounts.c.handle == bindparam("name")),
            exists().where(retired.c.hash == bindparam("gone")),
        )
    )
)
_RETIRE = Query(insert_ignore(retired))


def none_yet(tx: Tx) -> bool:
    """Whether nobody has ever signed up here."""
    return tx.row(_ANY) is None


def name_taken(tx: Tx, name: str) -> bool:
    """Whether somebody has this name, or had it until he left."""
    return bool(tx.value(_NAME_TAKEN, name=name.lower(), gone=_name_mac(tx, name)))


def retire(tx: Tx, name: str) -> None:
    """Let nobody have this name again."""
    tx.run(_RETIRE, hash=_name_mac(tx, name), at=tx.ms)


def _name_mac(tx: Tx, name: str) -> bytes:
    return tx.mac("retired name", name.lower().encode())


_ADD_ACCOUNT = Query(insert(accounts, ("id", "username", "handle", "slot", "at")))
_ADD_USER = Query(
    insert(
        users,
        ("account", *NewUser._fields[3:], "active_at"),
    )
)


def add(tx: Tx, new: Iterable[NewUser]) -> None:
    """Store new people of ours."""
    rows = list(new)
    tx.many(
        _ADD_ACCOUNT,
        [
            {
                "id": row.id,
                "username": row.username,
                "handle": row.username.lower(),
                "slot": row.slot,
                "at": tx.ms,
            }
            for row in rows
        ],
    )
    search.keep_new(tx, {row.id: row.username for row in rows})
    days.count(tx, len(rows))
    day = tx.ms - tx.ms % DAY
    tx.many(
        _ADD_USER,
        [
            {"account": row.id, **dict(list(row._asdict().items())[3:]), "active_at": day}
            for row in rows
        ],
    )


_CHANGES: dict[tuple[str, ...], Query] = {}


def change(tx: Tx, account: int, **columns: Any) -> None:
    """Set columns of a user."""
    names = tuple(sorted(columns))
    if names not in _CHANGES:
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
        _CHANGES[names] = Query(
            update(users).where(users.c.account == bindparam("who")).values(values)
        )
    tx.run(_CHANGES[names], who=account, **{f"new_{name}": columns[name] for name in names})


_DELETE_USER = Query(delete(users).where(users.c.account == bindparam("who")))
_DELETE_ACCOUNT = Query(delete(accounts).where(accounts.c.id == bindparam("who")))
_EMPTY = Query(
    update(accounts)
    .where(accounts.c.id == bindparam("who"))
    .values(
        username=bindparam("name"),
        handle=bindparam("name"),
        display_name="",
        note="",
        fields="[]",
        emojis="[]",
        avatar=None,
        header=None,
        discoverable=False,
        indexable=False,
        attribution_domains="[]",
        memorial=False,
        hides=0,
        followers=0,
        following=0,
        suspended_at=bindparam("now"),
        rev=accounts.c.rev + 1,
    )
)
_COUNT = Query(select(func.count()).select_from(users))


def empty(tx: Tx, account: int) -> None:
    """Remove the user and leave of the account nothing but the row, under a name nobody has."""
    tx.run(_DELETE_USER, who=account)
    search.forget(tx, account)
    tx.run(_EMPTY, who=account, name=f"erased.{account}", now=tx.ms)


def remove(tx: Tx, account: int) -> None:
    """Remove the row, and with it whatever hangs on it, and the keys of that."""
    shred_below(tx, accounts, [account])
    tx.run(_DELETE_ACCOUNT, who=account)


def count(tx: Tx) -> int:
    """How many users there are."""
    return int(tx.value(_COUNT))
