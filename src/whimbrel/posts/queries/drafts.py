"""What people began to write. It is sealed like a post's content."""

from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, delete, func, select, update

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, insert
from whimbrel.core.errors import NotFound
from whimbrel.core.keyring import Slot
from whimbrel.core.tx import Tx

from ..rules import Unfinished
from ..tables import drafts
from .visible import number

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Unfinished).decode


class Kept(NamedTuple):
    """A draft, as it was left at `at` (ms)."""

    id: int
    author: int
    unfinished: Unfinished
    slot: int
    at: int


_ROWS = select(
    *(drafts.c.id, drafts.c.author, drafts.c.content, drafts.c.slot, drafts.c.at),
    accounts.c.slot,
).join(accounts, accounts.c.id == drafts.c.author)
_ADD = Query(insert(drafts))
_OWN = Query(_ROWS.where(drafts.c.id == number("id"), drafts.c.author == number("author")))
_PAGE = Query(
    _ROWS.where(drafts.c.author == number("author"), drafts.c.id < number("high"))
    .order_by(drafts.c.id.desc())
    .limit(number("most"))
)
_COUNT = Query(select(func.count()).select_from(drafts).where(drafts.c.author == number("author")))
_CHANGE = Query(
    update(drafts)
    .where(drafts.c.id == bindparam("which"))
    .values(
        content=bindparam("new_content"), slot=bindparam("new_slot"), at=bindparam("changed_at")
    )
)
_REMOVE = Query(delete(drafts).where(drafts.c.id == bindparam("which")))


def _place(id_: int, slot: int, author_slot: int) -> Slot:
    return Slot(slot, author_slot, id_, "drafts.content")


def _row(tx: Tx, row: Any) -> Kept:
    id_, author, sealed, slot, at, author_slot = row
    unfinished = _decode(tx.unseal(_place(id_, slot, author_slot), bytes(sealed)))
    return Kept(id_, author, unfinished, slot, at)


def _sealed(tx: Tx, kept: Kept, author_slot: int) -> bytes:
    return tx.seal(_place(kept.id, kept.slot, author_slot), _encode(kept.unfinished))


def add(tx: Tx, kept: Kept, author_slot: int) -> None:
    """Store one."""
    tx.run(
        _ADD,
        id=kept.id,
        author=kept.author,
        content=_sealed(tx, kept, author_slot),
        slot=kept.slot,
        at=kept.at,
    )


def change(tx: Tx, kept: Kept, author_slot: int, before: Kept) -> None:
    """Put it in the place of what it was before, whose words are no more."""
    tx.run(
        _CHANGE,
        which=kept.id,
        new_content=_sealed(tx, kept, author_slot),
        new_slot=kept.slot,
        changed_at=kept.at,
    )
    tx.shred([before.slot])


def own(tx: Tx, author: int, id_: int) -> Kept:
    """One of somebody's. Raises NotFound."""
    row = tx.row(_OWN, id=id_, author=author)
    if row is None:
        raise NotFound
    return _row(tx, row)


def page(tx: Tx, author: int, high: int, most: int) -> list[Kept]:
    """Somebody's below the id `high`, the latest begun first."""
    return [_row(tx, row) for row in tx.rows(_PAGE, author=author, high=high, most=most)]


def count(tx: Tx, author: int) -> int:
    """How many somebody keeps."""
    return int(tx.value(_COUNT, author=author))


def remove(tx: Tx, kept: Kept) -> None:
    """It is no more, and neither are its words."""
    tx.run(_REMOVE, which=kept.id)
    tx.shred([kept.slot])
