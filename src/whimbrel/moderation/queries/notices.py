"""Statements about what people without an account wrote beside their reports."""

import msgspec
from sqlalchemy import LargeBinary, bindparam, select

from whimbrel.core.engines import Query, in_list, insert
from whimbrel.core.errors import NotFound
from whimbrel.core.keyring import Slot
from whimbrel.core.tx import Tx

from ..rules import Sender
from ..tables import notices

_n = notices.c
_ADD = Query(insert(notices))
_BY_SECRET = Query(select(_n.report).where(_n.secret == bindparam("secret", type_=LargeBinary)))
_OF = Query(select(_n.report, _n.content, _n.slot).where(in_list(_n.report, "reports")))
_encode = msgspec.json.Encoder().encode
_sender = msgspec.json.Decoder(Sender).decode


def _place(report: int, slot: int) -> Slot:
    return Slot(slot, slot, report, "notices.content")


def add(tx: Tx, report: int, sender: Sender, secret: bytes) -> None:
    """Keep who sent it, and the hash of what their link holds."""
    slot = tx.slot()
    content = tx.seal(_place(report, slot), _encode(sender))
    tx.run(_ADD, report=report, content=content, slot=slot, secret=secret)


def by_secret(tx: Tx, secret: bytes) -> int:
    """The report that a link leads to. Raises NotFound."""
    found: int | None = tx.value(_BY_SECRET, secret=secret)
    if found is None:
        raise NotFound
    return found


def senders(tx: Tx, reports: list[int]) -> dict[int, Sender]:
    """Who sent these, of those that came without an account."""
    rows = tx.rows(_OF, list_reports=reports) if reports else []
    return {row[0]: _sender(tx.unseal(_place(row[0], row[2]), bytes(row[1]))) for row in rows}
