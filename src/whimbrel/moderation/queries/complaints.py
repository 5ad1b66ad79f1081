"""Statements about letters that were taken in. What they say is sealed under their own keys."""

from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import LargeBinary, String, bindparam, func, select, update

from whimbrel.core.engines import Query, insert
from whimbrel.core.errors import NotFound
from whimbrel.core.keyring import Slot
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..tables import complaint_items, complaint_letters, complaints, pages, reports

Source = Literal["host", "authority"]
State = Literal["reading", "open", "closed"]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What an order says of itself (Regulation (EU) 2021/784, annex I)."""

    authority: str = ""
    reference: str = ""
    issued: str = ""  # when, as they write it
    ground: str = ""


class Candidate(msgspec.Struct, frozen=True):
    """A moment that the letter may mean, and its words that say so."""

    due: int  # ms
    words: str


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """From whom a letter is, and what it wants."""

    form: str = "text"
    sender: str = ""
    name: str = ""
    subject: str = ""
    reference: str = ""
    candidates: tuple[Candidate, ...] = ()
    unread: tuple[str, ...] = ()
    order: Order = Order()


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """A letter as it is kept."""

    id: int
    source: Source
    state: State
    received: int  # ms, like all of these
    due: int
    confirmed_at: int | None
    confirmed_by: int | None
    host: str
    country: str | None
    silent_until: int | None
    answered_at: int | None
    slot: int
    head: Head


_c, _l, _i = complaints.c, complaint_letters.c, complaint_items.c
_COLUMNS = (
    *(_c.id, _c.source, _c.state, _c.received, _c.due, _c.confirmed_at, _c.confirmed_by),
    *(_c.host, _c.country, _c.silent_until, _c.answered_at, _c.slot, _c.content),
)
_FIELDS = tuple(column.name for column in _COLUMNS[:-1])
_SELECT = select(*_COLUMNS)
_encode = msgspec.json.Encoder().encode
_head = msgspec.json.Decoder(Head).decode

_ADD = Query(
    insert(
        complaints,
        (
            *("id", "source", "state", "received", "due", "country", "silent_until"),
            *("confirmed_at", "confirmed_by", "digest", "content", "slot"),
        ),
    )
)
_ADD_LETTER = Query(insert(complaint_letters, ("complaint", "content")))
_BY_DIGEST = Query(select(_c.id).where(_c.digest == bindparam("digest", type_=LargeBinary)))
_ONE = Query(_SELECT.where(_c.id == number("id")))
_LIVE = Query(_SELECT.where(_c.state != "closed").order_by(_c.due, _c.id).limit(100))
_CLOSED = Query(
    _SELECT.where(_c.state == "closed", _c.id < number("below"))
    .order_by(_c.id.desc())
    .limit(number("most"))
)
_LETTER = Query(select(_l.content, _l.words).where(_l.complaint == number("id")))
_READ = Query(
    update(complaints)
    .where(_c.id == number("which"))
    .values(
        state="open",
        host=bindparam("new_host", type_=String),
        content=bindparam("new_content", type_=LargeBinary),
    )
)
_WORDS = Query(
    update(complaint_letters)
    .where(_l.complaint == number("which"))
    .values(words=bindparam("new_words", type_=LargeBinary))
)
_CHANGE = Query(
    update(complaints)
    .where(_c.id == number("which"))
    .values(
        source=bindparam("new_source", type_=String),
        state=bindparam("new_state", type_=String),
        due=number("new_due"),
        confirmed_at=number("new_confirmed_at"),
        confirmed_by=number("new_confirmed_by"),
        host=bindparam("new_host", type_=String),
        country=bindparam("new_country", type_=String),
        silent_until=number("new_silent_until"),
        answered_at=number("new_answered_at"),
        content=bindparam("new_content", type_=LargeBinary),
    )
)


def place(complaint: int, slot: int, column: str) -> Slot:
    """Under which key, and where, something of a letter is sealed."""
    return Slot(slot, slot, complaint, column)


def by_digest(tx: Tx, digest: bytes) -> int | None:
    """The letter of these bytes, where it was taken in before."""
    found: int | None = tx.value(_BY_DIGEST, digest=digest)
    return found


def add(tx: Tx, complaint: Complaint, digest: bytes, letter: bytes) -> None:
    """Take one in, as it came."""
    id_, slot = complaint.id, complaint.slot
    tx.run(
        _ADD,
        id=id_,
        source=complaint.source,
        state=complaint.state,
        received=complaint.received,
        due=complaint.due,
        country=complaint.country,
        silent_until=complaint.silent_until,
        confirmed_at=complaint.confirmed_at,
        confirmed_by=complaint.confirmed_by,
        digest=digest,
        content=tx.seal(place(id_, slot, "complaints.content"), _encode(complaint.head)),
        slot=slot,
    )
    sealed = tx.seal(place(id_, slot, "complaint_letters.content"), letter)
    tx.run(_ADD_LETTER, complaint=id_, content=sealed)


def _complaint(tx: Tx, row: Any) -> Complaint:
    *values, content = row
    said = dict(zip(_FIELDS, values, strict=True))
    sealed = place(said["id"], said["slot"], "complaints.content")
    return Complaint(**said, head=_head(tx.unseal(sealed, bytes(content))))


def one(tx: Tx, id_: int) -> Complaint:
    """A letter. Raises NotFound."""
    row = tx.row(_ONE, id=id_)
    if row is None:
        raise NotFound
    return _complaint(tx, row)


def live(tx: Tx) -> list[Complaint]:
    """Those that still wait for an answer, the one with the earliest deadline first."""
    return [_complaint(tx, row) for row in tx.rows(_LIVE)]


def closed(tx: Tx, below: int, most: int) -> list[Complaint]:
    """Those that are done with, the newest first."""
    return [_complaint(tx, row) for row in tx.rows(_CLOSED, below=below, most=most)]


def letter(tx: Tx, complaint: Complaint) -> bytes:
    """As it came."""
    content, _ = tx.row(_LETTER, id=complaint.id)
    sealed = place(complaint.id, complaint.slot, "complaint_letters.content")
    return tx.unseal(sealed, bytes(content))


def words(tx: Tx, complaint: Complaint) -> str:
    """What it says, as text; "" as long as it was not read."""
    _, words_ = tx.row(_LETTER, id=complaint.id)
    if words_ is None:
        return ""
    sealed = place(complaint.id, complaint.slot, "complaint_letters.words")
    return tx.unseal(sealed, bytes(words_)).decode()


def read(tx: Tx, complaint: Complaint, text: str) -> None:
    """It was read: keep what it says."""
    id_, slot = complaint.id, complaint.slot
    content = tx.seal(place(id_, slot, "complaints.content"), _encode(complaint.head))
    tx.run(_READ, which=id_, new_host=complaint.host, new_content=content)
    sealed = tx.seal(place(id_, slot, "complaint_letters.words"), text.encode())
    tx.run(_WORDS, which=id_, new_words=sealed)


def change(tx: Tx, complaint: Complaint) -> None:
    """Write what may change of it."""
    sealed = place(complaint.id, complaint.slot, "complaints.content")
    tx.run(
        _CHANGE,
        which=complaint.id,
        new_source=complaint.source,
        new_state=complaint.state,
        new_due=complaint.due,
        new_confirmed_at=complaint.confirmed_at,
        new_confirmed_by=complaint.confirmed_by,
        new_host=complaint.host,
        new_country=complaint.country,
        new_silent_until=complaint.silent_until,
        new_answered_at=complaint.answered_at,
        new_content=tx.seal(sealed, _encode(complaint.head)),
    )


# --- cases of letters -----------------------------------------------------------------------------

_of_case = (
    select(_i.complaint)
    .join(reports, reports.c.id == _i.report)
    .where(reports.c.case == number("case"))
)
_CONFIRMED = Query(select(_c.id).where(_c.id.in_(_of_case), _c.confirmed_at.is_not(None)).limit(1))
_CASES = Query(
    select(reports.c.case)
    .distinct()
    .select_from(complaint_items)
    .join(reports, reports.c.id == _i.report)
    .where(_i.complaint == number("id"), reports.c.case.is_not(None))
)
_SIBLING_CALLED = Query(
    select(pages.c.id)
    .where(
        pages.c.case.in_(
            select(reports.c.case)
            .join(complaint_items, reports.c.id == _i.report)
            .where(_i.complaint.in_(_of_case), reports.c.case != number("case"))
        ),
        pages.c["class"] == bindparam("klass", type_=String),
        pages.c.rung == bindparam("rung", type_=String),
        pages.c.at > number("since"),
    )
    .limit(1)
)
_SILENT = Query(
    select(func.max(_c.silent_until)).where(
        _c.id.in_(_of_case), _c.source == "authority", _c.silent_until > number("now")
    )
)


def confirmed(tx: Tx, case: int) -> bool:
    """Whether a person has looked at a letter that this case is from."""
    return tx.row(_CONFIRMED, case=case) is not None


def cases_of(tx: Tx, complaint: int) -> list[int]:
    """The cases that came of it."""
    return [row[0] for row in tx.rows(_CASES, id=complaint)]


def called(tx: Tx, case: int, klass: str, rung: str, since: int) -> bool:
    """Whether this rung was reached, after `since`, by another case of the same letter."""
    return tx.row(_SIBLING_CALLED, case=case, klass=klass, rung=rung, since=since) is not None


def silent_until(tx: Tx, case: int) -> int | None:
    """Until when (ms) an order forbids to tell whom this case is about; None = none does."""
    found: int | None = tx.value(_SILENT, case=case, now=tx.ms)
    return found


# --- standing -------------------------------------------------------------------------------------

_LATEST = Query(
    select(_c.host, _c.state, _c.received, _c.answered_at)
    .where(_c.source == "host", _c.host != "")
    .order_by(_c.id.desc())
    .limit(1000)
)


class Past(NamedTuple):
    """A letter of a host's, as far as it says how we stand with them."""

    host: str
    open: bool
    received: int
    answered_at: int | None


def latest(tx: Tx) -> list[Past]:
    """The last letters of hosts, the newest first."""
    return [Past(row[0], row[1] != "closed", row[2], row[3]) for row in tx.rows(_LATEST)]
