"""Ada, Bob and whoever else a test needs: accounts made straight in the tables, in microseconds."""

from typing import Any

from sqlalchemy import delete, update

from whimbrel.accounts.queries import search
from whimbrel.accounts.rules import BROWSER, Viewer
from whimbrel.accounts.tables import accounts, users
from whimbrel.accounts.tables.factors import authenticators
from whimbrel.core.engines import Query, insert, upsert
from whimbrel.core.ids import new_id
from whimbrel.core.keyring import Slot
from whimbrel.core.tx import Tx, reserve_slots

_ACCOUNT = ("id", "username", "handle", "slot", "at", "locked", "bot", "discoverable", "indexable")
_USER = (
    *("account", "email", "email_mac", "role", "confirmed_at", "approved_at", "active_at"),
    *("visibility", "sensitive"),
)
_ADD_ACCOUNT = Query(insert(accounts, _ACCOUNT))
_ADD_USER = Query(insert(users, _USER))
_ADD_FACTOR = Query(upsert(authenticators, ("account",), ("secret", "step", "at")))


def make(tx: Tx, name: str, *, role: Any = "user", **columns: Any) -> Viewer:
    """A confirmed, approved account of ours, as the viewer it is when signed in.

    Args:
        columns: of `accounts`, such as locked=True.
    """
    id_, slot, email = new_id(tx.now), tx.slot(), f"{name}@example.org".encode()
    row = {
        "id": id_,
        "username": name,
        "handle": name.lower(),
        "slot": slot,
        "at": tx.ms,
        "locked": False,
        "bot": False,
        "discoverable": True,
        "indexable": True,
        **columns,
    }
    tx.run(_ADD_ACCOUNT, **{column: row[column] for column in _ACCOUNT})
    more = {column: value for column, value in columns.items() if column not in _ACCOUNT}
    if more:
        tx.run(update(accounts).where(accounts.c.id == id_).values(more))
    search.keep(tx, id_, name, row.get("display_name", ""), row["discoverable"])
    tx.run(
        _ADD_USER,
        account=id_,
        email=tx.seal(Slot(slot, slot, id_, "users.email"), email),
        email_mac=tx.mac("email", email),
        role=role,
        confirmed_at=tx.ms,
        approved_at=tx.ms,
        active_at=tx.ms,
        visibility="public",
        sensitive=False,
    )
    if role != "user":
        second_factor(tx, id_)
    return Viewer(account=id_, scopes=BROWSER, role=role)


def second_factor(tx: Tx, account: int) -> None:
    """An authenticator app that works: without one nobody of the staff may act as such."""
    tx.run(_ADD_FACTOR, account=account, secret=b"sealed", step=0, at=tx.ms)


def elsewhere(tx: Tx, name: str, domain: str = "far.example") -> Viewer:
    """Somebody of another server, as they are here when they are met: they cannot sign in."""
    made = make(tx, name, domain=domain, handle=f"{name}@{domain}")
    tx.run(delete(users).where(users.c.account == made.account))
    return made


def more_slots(tx: Tx) -> None:
    """A new block of slots, for a transaction that has to do what takes many otherwise."""
    end = reserve_slots(tx)
    tx.keyring.grow(end)
    tx._env.slots.begin(end)
