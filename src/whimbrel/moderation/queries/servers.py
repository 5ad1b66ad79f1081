"""Servers that are kept at a distance, and those that are let in where only some are."""

from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean, LargeBinary, String, bindparam, delete, func, select, update

from whimbrel.accounts.tables import accounts, follows
from whimbrel.core.engines import Query, insert_ignore
from whimbrel.core.keyring import Slot
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..rules import ServerBlock, Window
from ..tables import allowed_servers, blocked_servers

_b = blocked_servers.c
_BLOCK = (
    _b.id,
    _b.domain,
    _b.severity,
    _b.reject_media,
    _b.reject_reports,
    _b.private_comment,
    _b.slot,
    _b.public_comment,
    _b.obfuscate,
)
_ALLOW = (allowed_servers.c.id, allowed_servers.c.domain)
_ONE_BLOCK = Query(select(*_BLOCK).where(_b.id == number("id")))
_BLOCK_OF = Query(select(*_BLOCK).where(_b.domain == bindparam("domain", type_=String)))
_ADD_BLOCK = Query(insert_ignore(blocked_servers))
_SET_BLOCK = Query(
    update(blocked_servers)
    .where(_b.id == number("which"))
    .values(
        severity=bindparam("new_severity", type_=String),
        reject_media=bindparam("new_reject_media", type_=Boolean),
        reject_reports=bindparam("new_reject_reports", type_=Boolean),
        private_comment=bindparam("new_private_comment", type_=LargeBinary),
        slot=number("new_slot"),
        public_comment=bindparam("new_public_comment", type_=String),
        obfuscate=bindparam("new_obfuscate", type_=Boolean),
    )
)
_SLOT = Query(select(_b.slot).where(_b.id == number("id")))
_REMOVE_BLOCK = Query(delete(blocked_servers).where(_b.id == number("id")))


@lru_cache(maxsize=4)
def _paged(blocks: bool, ascending: bool) -> Query:
    id_ = _b.id if blocks else allowed_servers.c.id
    return Query(
        select(*(_BLOCK if blocks else _ALLOW))
        .where(id_ > number("low"), id_ < number("high"))
        .order_by(id_.asc() if ascending else id_.desc())
        .limit(number("most"))
    )


def _page(tx: Tx, window: Window, blocks: bool) -> list[Any]:
    low, high, most, ascending = window
    rows = tx.rows(_paged(blocks, ascending), low=low, high=high, most=most)
    return rows[::-1] if ascending else rows


def _place(block: int, slot: int) -> Slot:
    return Slot(slot, slot, block, "blocked_servers.private_comment")


def _block(tx: Tx, row: Any) -> ServerBlock:
    id_, domain, severity, media, reports, private, slot, public, obfuscate = row
    said = None if private is None else tx.unseal(_place(id_, slot), bytes(private)).decode()
    return ServerBlock(
        id=id_,
        domain=domain,
        severity=severity,
        reject_media=bool(media),
        reject_reports=bool(reports),
        private_comment=said,
        public_comment=public,
        obfuscate=bool(obfuscate),
    )


def blocks(tx: Tx, window: Window) -> list[ServerBlock]:
    """A page of those kept at a distance."""
    return [_block(tx, row) for row in _page(tx, window, True)]


def block(tx: Tx, id_: int) -> ServerBlock | None:
    """One of them."""
    row = tx.row(_ONE_BLOCK, id=id_)
    return row and _block(tx, row)


def block_of(tx: Tx, domain: str) -> ServerBlock | None:
    """The one of exactly this domain."""
    row = tx.row(_BLOCK_OF, domain=domain)
    return row and _block(tx, row)


def _values(tx: Tx, made: ServerBlock) -> dict[str, Any]:
    slot, said = tx.slot(), made.private_comment
    return {
        "severity": made.severity,
        "reject_media": made.reject_media,
        "reject_reports": made.reject_reports,
        "private_comment": tx.seal(_place(made.id, slot), said.encode()) if said else None,
        "slot": slot,
        "public_comment": made.public_comment,
        "obfuscate": made.obfuscate,
    }


def add_block(tx: Tx, made: ServerBlock) -> bool:
    """Keep one at a distance; False where it is so already."""
    return tx.run(_ADD_BLOCK, id=made.id, domain=made.domain, **_values(tx, made)) == 1


def change_block(tx: Tx, made: ServerBlock) -> None:
    """Write one as it is now; the private words from before cannot be read any more."""
    old = tx.value(_SLOT, id=made.id)
    new = {f"new_{name}": value for name, value in _values(tx, made).items()}
    tx.run(_SET_BLOCK, which=made.id, **new)
    tx.shred([old])


def remove_block(tx: Tx, id_: int) -> None:
    """Let one come near."""
    tx.shred([tx.value(_SLOT, id=id_)])
    tx.run(_REMOVE_BLOCK, id=id_)


_PEOPLE = Query(
    select(accounts.c.domain, func.count())
    .where(accounts.c.domain.is_not(None))
    .group_by(accounts.c.domain)
)
_TIES = {
    side: Query(
        select(accounts.c.domain, func.count())
        .select_from(follows.join(accounts, accounts.c.id == follows.c[side]))
        .where(accounts.c.domain.is_not(None))
        .group_by(accounts.c.domain)
    )
    for side in ("followee", "follower")
}


def ties(tx: Tx) -> dict[str, list[int]]:
    """By domain: people known, follows of them, follows by them. Counts rows; not bounded."""
    found: dict[str, list[int]] = {}
    for at, query in enumerate((_PEOPLE, _TIES["followee"], _TIES["follower"])):
        for domain, many in tx.rows(query):
            found.setdefault(domain, [0, 0, 0])[at] = int(many)
    return found


_ONE_ALLOW = Query(select(*_ALLOW).where(allowed_servers.c.id == number("id")))
_ALLOW_OF = Query(
    select(*_ALLOW).where(allowed_servers.c.domain == bindparam("domain", type_=String))
)
_ADD_ALLOW = Query(insert_ignore(allowed_servers))
_REMOVE_ALLOW = Query(delete(allowed_servers).where(allowed_servers.c.id == number("id")))


def allows(tx: Tx, window: Window) -> list[tuple[int, str]]:
    """A page of those let in: (id, domain)."""
    return [(row[0], row[1]) for row in _page(tx, window, False)]


def allow(tx: Tx, id_: int) -> tuple[int, str] | None:
    """One of them."""
    row: tuple[int, str] | None = tx.row(_ONE_ALLOW, id=id_)
    return row


def allow_of(tx: Tx, domain: str) -> tuple[int, str] | None:
    """The one of this domain."""
    row: tuple[int, str] | None = tx.row(_ALLOW_OF, domain=domain)
    return row


def add_allow(tx: Tx, id_: int, domain: str) -> bool:
    """Let one in; False where it is so already."""
    return tx.run(_ADD_ALLOW, id=id_, domain=domain) == 1


def remove_allow(tx: Tx, id_: int) -> None:
    """Let it in no more."""
    tx.run(_REMOVE_ALLOW, id=id_)
