"""Statements about what the staff notes about cases."""

from typing import NamedTuple

from sqlalchemy import select

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, insert
from whimbrel.core.keyring import Shredded, Slot, Tampered
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..tables import case_notes, cases

_n = case_notes.c
_ADD = Query(insert(case_notes, ("id", "case", "by", "content", "slot")))
_OF_CASE = Query(
    select(_n.id, _n.by, _n.content, _n.slot, accounts.c.slot)
    .join(cases, cases.c.id == _n.case)
    .outerjoin(accounts, accounts.c.id == cases.c.target)
    .where(_n.case == number("case"))
    .order_by(_n.id.desc())
    .limit(number("most"))
)


class Note(NamedTuple):
    """A note; `id >> 16` is when (ms). `text` is "" where it cannot be opened any more."""

    id: int
    by: int | None
    text: str


def _place(note: int, slot: int, owner: int | None) -> Slot:
    """Under the key of whom the case is about: it goes with them."""
    return Slot(slot, owner or slot, note, "case_notes.content")


def add(tx: Tx, id_: int, case: int, by: int, text: str, owner: int | None) -> None:
    """Keep one; `owner` is the slot of whom the case is about."""
    slot = tx.slot()
    sealed = tx.seal(_place(id_, slot, owner), text.encode())
    tx.run(_ADD, id=id_, case=case, by=by, content=sealed, slot=slot)


def of_case(tx: Tx, case: int, most: int) -> list[Note]:
    """The newest first."""
    found = []
    for id_, by, content, slot, owner in tx.rows(_OF_CASE, case=case, most=most):
        try:
            text = tx.unseal(_place(id_, slot, owner), bytes(content)).decode()
        except (Shredded, Tampered):
            text = ""
        found.append(Note(id_, by, text))
    return found
