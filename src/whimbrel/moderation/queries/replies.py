"""Statements about answers to letters. Their words are sealed under the letter's own key."""

from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import delete, select, update

from whimbrel.core.engines import Query, insert
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..tables import cases, complaints, replies
from .complaints import place

Kind = Literal["answer", "extension"]


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What is written back. `data` says the same to programs, as JSON."""

    to: str
    subject: str
    text: str
    data: str


class Kept(NamedTuple):
    """An answer as it is stored; `id >> 16` is when it was written (ms)."""

    id: int
    complaint: int
    kind: Kind
    written_by: int | None
    read_by: int | None
    read_at: int | None
    sent_at: int | None
    reply: Reply


class Days(NamedTuple):
    """What happened at the desk in some days."""

    received: int
    decided: int
    in_time: int  # of those decided
    letters: int


_r, _c = replies.c, cases.c
_encode = msgspec.json.Encoder().encode
_reply = msgspec.json.Decoder(Reply).decode
_ADD = Query(insert(replies, ("id", "complaint", "kind", "content", "written_by")))
_DROP = Query(delete(replies).where(_r.complaint == number("complaint"), _r.read_at.is_(None)))
_SELECT = select(
    *(_r.id, _r.complaint, _r.kind, _r.written_by, _r.read_by, _r.read_at, _r.sent_at),
    *(_r.content, complaints.c.slot),
).join(complaints, complaints.c.id == _r.complaint)
_OF = Query(_SELECT.where(_r.complaint == number("complaint")).order_by(_r.id))
_ONE = Query(_SELECT.where(_r.id == number("id")))
_APPROVE = Query(
    update(replies)
    .where(_r.id == number("which"), _r.read_at.is_(None))
    .values(read_by=number("who"), read_at=number("now"))
)
_SENT = Query(
    update(replies)
    .where(_r.id == number("which"), _r.sent_at.is_(None))
    .values(sent_at=number("now"))
)
_DAYS = Query(select(_c.received, _c.closed_at, _c.due).where(_c.received >= number("since")))
_LETTERS = Query(select(complaints.c.id).where(complaints.c.received >= number("since")))


def add(tx: Tx, id_: int, complaint: int, slot: int, kind: Kind, reply: Reply, by: int) -> None:
    """Keep one that somebody wrote; it takes the place of one that nobody has read yet."""
    tx.run(_DROP, complaint=complaint)
    content = tx.seal(place(complaint, slot, f"replies.content.{id_}"), _encode(reply))
    tx.run(_ADD, id=id_, complaint=complaint, kind=kind, content=content, written_by=by)


def _kept(tx: Tx, row: Any) -> Kept:
    id_, complaint, kind, written_by, read_by, read_at, sent_at, content, slot = row
    reply = _reply(tx.unseal(place(complaint, slot, f"replies.content.{id_}"), bytes(content)))
    return Kept(id_, complaint, kind, written_by, read_by, read_at, sent_at, reply)


def of(tx: Tx, complaint: int) -> list[Kept]:
    """All that was written back, oldest first."""
    return [_kept(tx, row) for row in tx.rows(_OF, complaint=complaint)]


def one(tx: Tx, id_: int) -> Kept:
    """One of them. Raises NotFound."""
    row = tx.row(_ONE, id=id_)
    if row is None:
        raise NotFound
    return _kept(tx, row)


def approve(tx: Tx, id_: int, by: int) -> bool:
    """Somebody has read it; False where somebody had."""
    return tx.run(_APPROVE, which=id_, who=by, now=tx.ms) > 0


def sent(tx: Tx, id_: int) -> bool:
    """It went; False where it had."""
    return tx.run(_SENT, which=id_, now=tx.ms) > 0


def days(tx: Tx, since: int) -> Days:
    """What came in since then (ms), and what became of it."""
    rows = tx.rows(_DAYS, since=since)
    decided = [row for row in rows if row[1] is not None]
    letters = len(tx.rows(_LETTERS, since=since))
    return Days(len(rows), len(decided), sum(row[1] <= row[2] for row in decided), letters)
