"""Statements about the log's tree: leaves, what they commit to, checkpoints."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import func, select

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, insert, upsert
from whimbrel.core.keyring import Shredded, Slot, Tampered
from whimbrel.core.tables import counters
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..tables import checkpoints, decisions, log_entries

_d = decisions.c
_SIZE = Query(select(func.max(_d.leaf)))
_OWNER = Query(select(accounts.c.slot).where(accounts.c.id == number("id")))
_ADD = Query(insert(log_entries, ("leaf", "about", "content")))
_LEAVES = Query(
    select(_d.leaf, _d.commitment)
    .where(_d.leaf >= number("low"), _d.leaf < number("high"))
    .order_by(_d.leaf)
)
_ROWS = Query(
    select(
        *(_d.leaf, _d.commitment, _d.at, _d.by, _d.action, _d.kind, _d.target, _d.report),
        *(_d.detail, log_entries.c.content, log_entries.c.about, accounts.c.slot),
    )
    .outerjoin(log_entries, log_entries.c.leaf == _d.leaf)
    .outerjoin(accounts, accounts.c.id == log_entries.c.about)
    .where(_d.leaf >= number("low"))
    .order_by(_d.leaf)
    .limit(1000)
)
_ONE = Query(
    select(log_entries.c.content, log_entries.c.about, accounts.c.slot, _d.commitment)
    .select_from(log_entries)
    .join(decisions, _d.leaf == log_entries.c.leaf)
    .outerjoin(accounts, accounts.c.id == log_entries.c.about)
    .where(log_entries.c.leaf == number("leaf"))
)
_CHECKPOINT = Query(insert(checkpoints, ("size", "at", "note")))
_LAST = Query(
    select(checkpoints.c.size, checkpoints.c.at, checkpoints.c.note)
    .order_by(checkpoints.c.size.desc())
    .limit(1)
)
_ALL = Query(select(checkpoints.c.size, checkpoints.c.note).order_by(checkpoints.c.size))


class Entry(NamedTuple):
    """A row of the log beside what its leaf commits to; `content` is None where it is erased."""

    leaf: int
    commitment: bytes
    row: tuple[Any, ...]  # at by action kind target report detail
    content: bytes | None


def size(tx: Tx) -> int:
    """How many leaves there are."""
    last = tx.value(_SIZE)
    return 0 if last is None else int(last) + 1


def keep(tx: Tx, leaf: int, about: int | None, content: bytes) -> None:
    """Keep what a leaf commits to, under the key of whom it is about: it goes with them. What is
    about nobody, or somebody who has left, holds nothing but numbers and is kept as it is."""
    slot = None if about is None else tx.value(_OWNER, id=about)
    if slot is not None:
        try:
            content = tx.seal(_place(leaf, slot), content)
        except Shredded:
            slot = None
    tx.run(_ADD, leaf=leaf, about=None if slot is None else about, content=content)


def _place(leaf: int, slot: int) -> Slot:
    return Slot(slot, slot, leaf, "log_entries.content")


def _opened(tx: Tx, leaf: int, content: Any, about: int | None, slot: int | None) -> bytes | None:
    if content is None or about is None:
        return content and bytes(content)
    try:
        return tx.unseal(_place(leaf, slot or 0), bytes(content))
    except Shredded:
        return None
    except Tampered:
        return b""  # no text and no salt of any leaf


def content(tx: Tx, leaf: int) -> bytes | None:
    """What a leaf commits to, with its salt; None where it is erased."""
    row = tx.row(_ONE, leaf=leaf)
    return None if row is None else _opened(tx, leaf, row[0], row[1], row[2])


def leaves(tx: Tx, low: int, high: int) -> list[bytes]:
    """The commitments from `low` to before `high`; fewer where some are missing."""
    return [bytes(row[1]) for row in tx.rows(_LEAVES, low=low, high=high)]


def entries(tx: Tx) -> Iterator[Entry]:
    """All rows of the log that have a leaf, in order."""
    low = 0
    while rows := tx.rows(_ROWS, low=low):
        for row in rows:
            said = _opened(tx, row[0], row[9], row[10], row[11])
            yield Entry(row[0], bytes(row[1] or b""), tuple(row[2:9]), said)
        low = rows[-1][0] + 1


def add_checkpoint(tx: Tx, size_: int, note: str) -> None:
    """Keep one."""
    tx.run(_CHECKPOINT, size=size_, at=tx.ms, note=note)


def last_checkpoint(tx: Tx) -> tuple[int, int, str] | None:
    """(size, at, note) of the newest."""
    row = tx.row(_LAST)
    return None if row is None else (row[0], row[1], row[2])


def all_checkpoints(tx: Tx) -> list[tuple[int, str]]:
    """(size, note) of each."""
    return [(row[0], row[1]) for row in tx.rows(_ALL)]


_TURN = Query(select(counters.c.value).where(counters.c.name == "log turn"))
_SET_TURN = Query(upsert(counters, ("name",), ("value",)))


def turn(tx: Tx) -> int:
    """Which clock of checkpoints runs."""
    return int(tx.value(_TURN) or 0)


def next_turn(tx: Tx) -> int:
    """Let another one run."""
    number_ = turn(tx) + 1
    tx.run(_SET_TURN, name="log turn", value=number_)
    return number_
