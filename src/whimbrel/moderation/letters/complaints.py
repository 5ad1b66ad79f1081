"""Complaints: a letter taken in becomes reports, and these become cases with a clock each.

It is kept as it came before anything of it is read. By when it wants an answer is proposed; a
person says which moment it is, and as long as nobody did, it counts as a day. No word of a letter
alone does anything: until a person has looked at it, the clock hides nothing for it."""

import asyncio
from collections.abc import Sequence
from itertools import groupby

import msgspec

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import Conflict, Invalid, NotFound
from whimbrel.core.ids import millis, moment, new_id
from whimbrel.core.text import tidy
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .. import cases
from ..events import ComplaintPictured, ComplaintReceived, ComplaintUnread
from ..queries import cases as stored
from ..queries import complaint_items as items
from ..queries import complaints as queries
from ..queries import decisions
from ..queries import reports as filed
from ..queries.complaint_items import Kind
from ..queries.complaints import Candidate, Complaint, Head, Order
from ..rules import DAY, LETTER, MINUTE, Class, Report, due_of, require, times_of
from . import addresses, finding
from .finding import Item
from .opening import opened
from .reading import Letter, read

UNREAD = 10 * MINUTE  # within these a person says by when it is due
MOST_ITEMS = 3000
SLICE = 50  # reports that are filed at a time
MOST_POSTS = 50  # of one case, as of one decision
ANSWER_CHARS = 1000
FURTHEST = 366 * DAY
_KLASS: dict[str, Class] = {"host": "H1", "authority": "L0"}


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """A letter, and what whoever hands it in says of it.

    `data` is the letter in any form. `order`: it is the order of an authority, which is decided
    within the hour; `silent_until` (ms): it forbids to tell whom it is about until then.
    """

    data: bytes
    order: Order | None = None
    country: str = ""
    silent_until: int | None = None


def refuse_unfit(form: Intake) -> None:
    """Asked before it is taken in, outside of a transaction: a letter can be long.

    Raises:
        Invalid: too large, empty; an order without its authority or of no country.
    """
    opened(form.data)
    if form.order is None:
        return
    if not form.order.authority.strip():
        said = say("Say which authority ordered it.")
        raise Invalid(said, {"authority": [("ERR_BLANK", said)]})
    if form.country and not (len(form.country) == 2 and form.country.isalpha()):
        said = say("A country has two letters.")
        raise Invalid(said, {"country": [("ERR_INVALID", said)]})
    if any(len(text) > ANSWER_CHARS for text in msgspec.structs.astuple(form.order)):
        raise Invalid(say("Such a text has at most %(most)s characters.", most=ANSWER_CHARS))


def take_in(tx: Tx, by: int | None, form: Intake) -> int:
    """Keep a letter as it came; one that is here already is not taken in twice.

    Args:
        by: who hands it in; None = nobody by name: a command, or it came by itself. What comes by
            itself is no order, whatever it says.
    Returns:
        Its id.
    Emits: ComplaintReceived; ComplaintUnread in ten minutes
    """
    digest = tx.mac("letter", form.data)
    known = queries.by_digest(tx, digest)
    if known is not None:
        return known
    ordered = form.order is not None
    made = Complaint(
        id=new_id(tx.now),
        source="authority" if ordered else "host",
        state="reading",
        received=tx.ms,
        due=_within_the_hour(tx, tx.ms) if ordered else tx.ms + LETTER,
        confirmed_at=tx.ms if ordered else None,
        confirmed_by=by if ordered else None,
        host="",
        country=form.country.upper() or None if ordered else None,
        silent_until=form.silent_until if ordered else None,
        answered_at=None,
        slot=tx.slot(),
        head=Head(order=form.order or Order()),
    )
    queries.add(tx, made, digest, form.data)
    _noted(tx, by, "receive", made, more={"due": made.due, "letter": digest.hex()})
    tx.emit(ComplaintReceived(complaint=made.id))
    if not ordered:
        tx.emit(ComplaintUnread(complaint=made.id), due=moment(tx.ms + UNREAD))
    return made.id


def hand_in(tx: Tx, viewer: Viewer, form: Intake) -> int:
    """The same by somebody of the staff. Raises Forbidden. Emits: as `take_in`"""
    orders = form.order is not None
    require(viewer, Permission.MANAGE_ORDERS if orders else Permission.MANAGE_REPORTS)
    return take_in(tx, viewer.id, form)


def _within_the_hour(tx: Tx, received: int) -> int:
    return due_of("L0", received, times=times_of(tx.instance.moderation_times))


def _noted(
    tx: Tx,
    by: int | None,
    action: str,
    complaint: Complaint,
    *,
    detail: str = "",
    more: dict[str, int | str] | None = None,
) -> None:
    decisions.add(tx, by, action, "complaint", complaint.id, detail=detail, more=more)


# --- read -----------------------------------------------------------------------------------------


async def read_it(app: App, event: ComplaintReceived) -> None:
    """Effect: read a letter, find what it names, file reports about that."""
    found = await app.db.read(_unread, event.complaint)
    if found is not None:
        received, data = found
        letter = await asyncio.to_thread(read, data, app.instance, moment(received))
        await app.db.write(_keep, event.complaint, letter, await finding.find(app, letter))
    while await app.db.write(_file_some, event.complaint):
        pass


def _unread(tx: Tx, id_: int) -> tuple[int, bytes] | None:
    complaint = queries.one(tx, id_)
    if complaint.state != "reading":
        return None
    return complaint.received, queries.letter(tx, complaint)


def _keep(tx: Tx, id_: int, letter: Letter, named: Sequence[Item]) -> None:
    tx.lock("complaint", id_)
    complaint = queries.one(tx, id_)
    if complaint.state != "reading":
        return
    head, rows = letter.opened, _rows(letter, named)
    unread = [*head.unread]
    if len(rows) > MOST_ITEMS:
        unread.append(f"{len(rows) - MOST_ITEMS} more")
    told = msgspec.structs.replace(
        complaint.head,
        form=head.form,
        sender=head.sender[:300],
        name=head.name[:300],
        subject=head.subject[:300],
        reference=head.reference[:300],
        candidates=tuple(Candidate(millis(each.due), each.words) for each in letter.deadlines),
        unread=tuple(unread),
    )
    host = head.sender.rpartition("@")[2].lower()[:253]
    queries.read(tx, msgspec.structs.replace(complaint, host=host, head=told), head.text)
    items.add(tx, complaint, [(n, *row) for n, row in enumerate(rows[:MOST_ITEMS], 1)])
    _noted(tx, None, "read", complaint, detail=str(len(rows)))
    if head.pictures:
        tx.emit(ComplaintPictured(complaint=id_))


def _rows(letter: Letter, named: Sequence[Item]) -> list[tuple[Kind, str, int | None, int | None]]:
    rows: list[tuple[Kind, str, int | None, int | None]] = [
        ("quote" if each.quoted else "link", each.written, each.account, each.post)
        for each in named
    ]
    rows += [("picture", str(n), None, None) for n, _ in enumerate(letter.opened.pictures, 1)]
    rows += [("part", name, None, None) for name in letter.opened.unread]
    return rows


def _file_some(tx: Tx, id_: int) -> bool:
    """Reports about some of what has none yet; whether there was any."""
    tx.lock("complaint", id_)
    complaint = queries.one(tx, id_)
    waiting = items.unfiled(tx, complaint, SLICE)
    for account, group in groupby(waiting, key=lambda item: item.account or 0):
        theirs = list(group)
        for begin in range(0, len(theirs), MOST_POSTS):
            _file(tx, complaint, account, theirs[begin : begin + MOST_POSTS])
    return bool(waiting)


def _file(tx: Tx, complaint: Complaint, account: int, some: Sequence[items.Item]) -> None:
    """A report about each of these things, all in one case: they are the same person's."""
    klass = _KLASS[complaint.source]
    times = times_of(tx.instance.moderation_times)
    due = due_of(klass, complaint.received, times=times, letter=complaint.due)
    for whole, alike in groupby(some, key=lambda item: item.post is None):
        these = list(alike)
        posts = [] if whole else [item.post for item in these if item.post is not None]
        case = cases.place(tx, account, klass, posts, at_most=due)
        for item in these:
            made = Report(
                id=new_id(tx.now),
                account=None,
                target=account,
                category="legal" if klass == "L0" else "other",
                comment="",
                posts=() if item.post is None else (item.post,),
                rules=(),
                forward=False,
                case=case,
                source="authority" if klass == "L0" else "host",
            )
            filed.add(tx, made, None)
            items.filed(tx, complaint.id, item.number, made.id)


# --- by when --------------------------------------------------------------------------------------


def assume(tx: Tx, event: ComplaintUnread) -> None:
    """Handler: nobody said by when a letter is due, so it counts as a day. It did so all along;
    from now on the log says that nobody looked."""
    complaint = queries.one(tx, event.complaint)
    if complaint.confirmed_at is None and complaint.state != "closed":
        _noted(tx, None, "assume", complaint, detail=str(complaint.due))


def confirm(tx: Tx, viewer: Viewer, id_: int, due: int) -> Complaint:
    """A person says by when a letter is to be answered. Its cases are due before that, with some
    time left for the answer, and never later than they were.

    Args:
        due: ms.
    Raises:
        Forbidden, NotFound.
        Invalid: a moment before it came, or too far away.
        Conflict: it is done with.
    """
    old = _taken_up(tx, viewer, id_)
    if not old.received < due <= old.received + FURTHEST:
        said = say("Choose a moment after the letter came.")
        raise Invalid(said, {"due": [("ERR_INVALID", said)]})
    if old.source == "authority":
        due = min(due, _within_the_hour(tx, old.received))
    new = msgspec.structs.replace(old, due=due, confirmed_at=tx.ms, confirmed_by=viewer.id)
    queries.change(tx, new)
    _hasten(tx, new)
    _noted(tx, viewer.id, "confirm", new, detail=str(due), more={"due": due})
    return new


def _hasten(tx: Tx, complaint: Complaint) -> None:
    klass = _KLASS[complaint.source]
    times = times_of(tx.instance.moderation_times)
    due = due_of(klass, complaint.received, times=times, letter=complaint.due)
    for case in queries.cases_of(tx, complaint.id):
        cases.hasten(tx, case, due)


def make_order(
    tx: Tx, viewer: Viewer, id_: int, order: Order, country: str, silent_until: int | None
) -> Complaint:
    """It turns out to be the order of an authority: its cases are decided within the hour.

    Raises: as `confirm`; Invalid: as `refuse_unfit`.
    """
    require(viewer, Permission.MANAGE_ORDERS)
    refuse_unfit(Intake(data=b"-", order=order, country=country))
    old = _taken_up(tx, viewer, id_)
    new = msgspec.structs.replace(
        old,
        source="authority",
        due=min(old.due, _within_the_hour(tx, old.received)),
        confirmed_at=tx.ms,
        confirmed_by=viewer.id,
        country=country.upper() or None,
        silent_until=silent_until,
        head=msgspec.structs.replace(old.head, order=order),
    )
    queries.change(tx, new)
    for case in stored.many(tx, queries.cases_of(tx, id_)).values():
        if case.state in ("open", "paused") and case.klass != "L0" and case.appeal is None:
            cases.escalate(tx, viewer, case.id, "L0")
    _hasten(tx, new)
    _noted(tx, viewer.id, "order", new, more={"due": new.due})
    return new


def source(tx: Tx, viewer: Viewer, id_: int) -> bytes:
    """A letter as it came. Raises Forbidden, NotFound."""
    require(viewer, Permission.MANAGE_REPORTS)
    return queries.letter(tx, queries.one(tx, id_))


# --- what somebody has to look at -----------------------------------------------------------------


def link(tx: Tx, viewer: Viewer, id_: int, number: int, address: str) -> None:
    """Say what is meant by something that was not found: it gets its report.

    Raises:
        Forbidden, NotFound.
        Invalid: there is nothing of ours at this address.
        Conflict: the letter is done with, or an answer stands for this thing.
    """
    complaint = _taken_up(tx, viewer, id_)
    _open_item(tx, complaint, number)
    named = addresses.find(address, tx.instance, tx.ms)
    found = [each for each in finding.addressed(tx, named) if each.account is not None]
    if not found or found[0].account is None:
        said = say("There is nothing of ours at this address.")
        raise Invalid(said, {"address": [("ERR_INVALID", said)]})
    items.found(tx, id_, number, found[0].account, found[0].post)
    item = items.one(tx, complaint, number)
    if item is not None:
        _file(tx, complaint, found[0].account, [item])
    _noted(tx, viewer.id, "link", complaint, detail=str(number))


def settle(tx: Tx, viewer: Viewer, id_: int, numbers: Sequence[int], words: str) -> None:
    """Say of things that were not found why nothing is done about them.

    Raises:
        Forbidden, NotFound.
        Invalid: no words, or too many; none is chosen.
        Conflict: the letter is done with, or an answer stands.
    """
    complaint = _taken_up(tx, viewer, id_)
    words = tidy(words)
    if not words or len(words) > ANSWER_CHARS or not numbers:
        said = say("Say in at most %(most)s characters what you found.", most=ANSWER_CHARS)
        raise Invalid(said, {"words": [("ERR_BLANK", said)]})
    for number in numbers:
        _open_item(tx, complaint, number)
        items.answer(tx, complaint, number, words, viewer.id)
    _noted(tx, viewer.id, "settle", complaint, detail=str(len(numbers)))


def _open_item(tx: Tx, complaint: Complaint, number: int) -> None:
    item = items.one(tx, complaint, number)
    if item is None:
        raise NotFound
    if item.report is not None or item.answered_at is not None:
        raise Conflict(say("Something stands about this already."))


def finish(tx: Tx, viewer: Viewer, id_: int) -> None:
    """Done with, without an answer: it was none of a host's, or needs none. Its cases stay, to be
    decided like others.

    Raises:
        Forbidden, NotFound.
        Conflict: it is done with.
    """
    complaint = _taken_up(tx, viewer, id_)
    queries.change(tx, msgspec.structs.replace(complaint, state="closed"))
    _noted(tx, viewer.id, "finish", complaint)


def _taken_up(tx: Tx, viewer: Viewer, id_: int) -> Complaint:
    require(viewer, Permission.MANAGE_REPORTS)
    tx.lock("complaint", id_)
    complaint = queries.one(tx, id_)
    if complaint.state == "closed":
        raise Conflict(say("This letter is done with."))
    return complaint
