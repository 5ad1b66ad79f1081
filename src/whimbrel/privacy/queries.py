"""Statements about alarms and receipts."""

from typing import NamedTuple

from sqlalchemy import BigInteger, bindparam, delete, insert, select, update

from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx

from .tables import alarms, receipts


class Kept(NamedTuple):
    """An alarm as it is kept; times in ms since 1970."""

    id: int
    why: str
    ends_at: int


class Receipt(NamedTuple):
    """What somebody erased, and nothing of what it was. Times in ms since 1970."""

    id: int
    account: int | None  # None: the account itself was erased
    kind: str  # post | direct | removed | media | account
    subject: int
    files: int  # that went with it
    kept_until: int | None = None  # for so long its files can be attached again
    done_at: int | None = None  # since then no copy here can be read; None = not yet


_LATER = alarms.c.ends_at > bindparam("now", type_=BigInteger)
_RINGS = alarms.c.silenced_at.is_(None), _LATER
_CURRENT = Query(
    select(alarms.c.id, alarms.c.why, alarms.c.ends_at)
    .where(*_RINGS)
    .order_by(alarms.c.id.desc())
    .limit(1)
)
_ADD = Query(insert(alarms))
_SILENCE = Query(update(alarms).where(*_RINGS).values(silenced_at=bindparam("now")))


def current(tx: Tx) -> Kept | None:
    """The one that rings."""
    row = tx.row(_CURRENT, now=tx.ms)
    return None if row is None else Kept(*row)


def add(tx: Tx, alarm: Kept) -> None:
    """It rings from now on."""
    tx.run(_ADD, id=alarm.id, why=alarm.why, ends_at=alarm.ends_at, silenced_at=None)


def silence(tx: Tx) -> int:
    """Silence what rings; how many did."""
    return tx.run(_SILENCE, now=tx.ms)


_WRITE = Query(insert(receipts))
_OWN = (
    select(*(receipts.c[name] for name in Receipt._fields))
    .where(receipts.c.account == bindparam("owner", type_=BigInteger))
    .order_by(receipts.c.id.desc())
)
_OF = Query(
    _OWN.where(receipts.c.id < bindparam("below", type_=BigInteger)).limit(bindparam("most"))
)
_ONE = Query(
    select(*(receipts.c[name] for name in Receipt._fields)).where(
        receipts.c.id == bindparam("receipt")
    )
)
_DONE = Query(
    update(receipts)
    .where(receipts.c.id == bindparam("receipt"), receipts.c.done_at.is_(None))
    .values(done_at=bindparam("at"), files=bindparam("gone"), kept_until=None)
)
_DROP = Query(delete(receipts).where(receipts.c.id == bindparam("receipt")))


def write(tx: Tx, receipt: Receipt) -> None:
    """Keep a receipt."""
    tx.run(_WRITE, **receipt._asdict())


def receipts_of(tx: Tx, account: int, below: int, most: int) -> list[Receipt]:
    """Those of an account, newest first."""
    return [Receipt._make(row) for row in tx.rows(_OF, owner=account, below=below, most=most)]


def receipt(tx: Tx, id_: int) -> Receipt | None:
    """One, whosever it is."""
    row = tx.row(_ONE, receipt=id_)
    return None if row is None else Receipt._make(row)


def done(tx: Tx, id_: int, files: int) -> None:
    """It is all gone, with so many files."""
    tx.run(_DONE, receipt=id_, at=tx.ms, gone=files)


def drop_receipt(tx: Tx, id_: int) -> None:
    """Keep it no longer."""
    tx.run(_DROP, receipt=id_)
