"""Practice calls: people are called as to a threat to life, by the same ladder and the same ways,
until one of them says that they are there. Nothing stands behind it: there is no case, so nothing
can be hidden or decided by it, and each call says that it is practice."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import timedelta

from whimbrel.accounts import emails, links
from whimbrel.accounts.events import CallHandedOver, StaffCalled
from whimbrel.accounts.queries import users
from whimbrel.core.app import App
from whimbrel.core.errors import Conflict, Gone, Invalid
from whimbrel.core.ids import moment, new_id
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .. import audit
from ..events import CheckpointDue, PracticeCalled, PracticeClock
from ..queries import decisions
from ..queries import practices as queries
from ..queries.practices import Call, Practice, Way
from ..rules import CLOCKS, DAY, STALE, Class
from . import calls as ways
from . import channels, roster
from .channels import Page
from .ladder import Who, next_at, rungs

AS: Class = "V1"  # whose ladder is climbed
LONGEST = timedelta(milliseconds=CLOCKS[AS].act_by)
SHORTEST = timedelta(minutes=4)  # a minute for each rung
WEEK = 7 * DAY
_BY_NOBODY: tuple[Way, ...] = ("ntfy", "webhook")


def begin(tx: Tx, span: timedelta = LONGEST, by: int | None = None) -> int:
    """Call the staff, for practice.

    Args:
        span: the time that the whole ladder takes where nobody answers.
    Returns:
        Its id.
    Raises:
        Invalid: too short, or too long.
        Conflict: one is under way, or there is nobody to be called.
    Emits: PracticeClock
    """
    if not SHORTEST <= span <= LONGEST:
        raise Invalid(say("It lasts from 4 to 60 minutes."))
    if running(tx) is not None:
        raise Conflict(say("A practice call is under way already."))
    if not roster.able(tx, AS):
        raise Conflict(say("There is nobody who could be called."))
    id_ = new_id(tx.now)
    queries.add(tx, id_, tx.ms + span // timedelta(milliseconds=1))
    decisions.add(tx, by, "begin", "practice", id_)
    tx.emit(PracticeClock(practice=id_))
    return id_


def running(tx: Tx) -> Practice | None:
    """The one that is under way."""
    return next((each for each in queries.last(tx, 1) if each.ended_at is None), None)


def weekly(tx: Tx, event: CheckpointDue) -> None:
    """Handler, once an hour: begin one where the operator wants that and the last is a week ago.

    Emits: PracticeClock
    """
    if not tx.instance.practice_calls or not audit.current(tx, event):
        return
    last = next(iter(queries.last(tx, 1)), None)
    if (last is None or tx.ms >= last.began + WEEK) and roster.able(tx, AS):
        begin(tx)


def tick(tx: Tx, event: PracticeClock) -> None:
    """Handler: call whom the last rung says that is reached, and be back at the next one; at the
    end it is over, answered or not.

    Emits: PracticeCalled, StaffCalled, PracticeClock
    """
    tx.lock("practice", event.practice)
    practice = queries.one(tx, event.practice)
    if practice.ended_at is not None:
        return
    if tx.ms >= practice.due:
        _end(tx, practice, None)
        return
    ladder = rungs(AS, practice.began, practice.due, hides=False)
    who = [rung.who for rung in ladder if rung.at <= tx.ms][-1]
    if who not in {each.rung for each in queries.calls(tx, practice.id)}:
        _call(tx, practice, who)
    tx.emit(event, due=moment(next_at(ladder, tx.ms) or practice.due))


def _call(tx: Tx, practice: Practice, who: Who) -> None:
    for one in roster.chosen(roster.able(tx, AS), who):
        user = users.by_account(tx, one.account)
        if user is not None:
            id_ = _add(tx, practice, who, "letter", one.account)
            link = links.sealed(tx, user.account, user.slot, _secret(tx, id_))
            call = StaffCalled(
                account=one.account, klass=AS, due=practice.due, link=link, at=tx.ms, practice=id_
            )
            tx.emit(call)
    for way in _BY_NOBODY:
        _add(tx, practice, who, way, None)


def _add(tx: Tx, practice: Practice, who: Who, way: Way, account: int | None) -> int:
    id_ = new_id(tx.now)
    hashed = links.hashed(_secret(tx, id_))
    queries.add_call(tx, id_, practice.id, who, way, account, hashed)
    tx.emit(PracticeCalled(call=id_))
    return id_


def _secret(tx: Tx, call: int) -> str:
    """Of a call's link: made again wherever it is needed, so that no event carries it."""
    return urlsafe_b64encode(tx.mac("practice call", b"%d" % call)).decode().rstrip("=")


# --- going out ------------------------------------------------------------------------------------


async def send(app: App, event: PracticeCalled) -> None:
    """Effect: one call by one way; and note when it was handed over. A way that is not set up here
    is no part of it.

    Raises:
        Unavailable, Unreachable: it was not taken; the outbox tries again.
    """
    found = await app.db.read(_found, event)
    if found is None:
        return
    call, page, to = found
    settings = app.settings
    if to is not None and await ways.letter(app, page, to):
        await app.db.write(queries.sent, call.id)
    elif call.way == "ntfy" and settings.page_ntfy:
        await channels.ntfy(app, settings.page_ntfy, page)
        await app.db.write(queries.sent, call.id)
    elif call.way == "webhook" and settings.page_webhook:
        await channels.webhook(app, settings.page_webhook, settings.page_webhook_secret, page)
        await app.db.write(queries.sent, call.id)
    elif to is None:
        await app.db.write(queries.drop, call.id)


def _found(tx: Tx, event: PracticeCalled) -> tuple[Call, Page, ways.To | None] | None:
    call = queries.call(tx, event.call)
    if call is None or call.sent_at is not None:
        return None
    practice = queries.one(tx, call.practice)
    if practice.ended_at is not None:
        return None
    link = f"{tx.instance.origin}/calls/{_secret(tx, call.id)}"
    page = Page(call.id, AS, practice.due, link, practice=True)
    if call.way != "letter":
        return call, page, None
    user = None if call.account is None else users.by_account(tx, call.account)
    address = None if user is None else emails.of(tx, user)
    if user is None or not address:
        return None
    return call, page, ways.To(address, user.locale)


def pushed(tx: Tx, event: CallHandedOver) -> None:
    """Handler: a browser was called as well."""
    queries.pushed(tx, event.practice, event.at)


# --- the answer -----------------------------------------------------------------------------------


def look(tx: Tx, secret: str) -> Practice | None:
    """The practice that a link belongs to, without answering; None = it is no link of one."""
    call = queries.by_secret(tx, links.hashed(secret))
    return None if call is None else queries.one(tx, call.practice)


def answer(tx: Tx, secret: str) -> Practice:
    """Say that one is there: that ends it. Who comes later changes nothing.

    Raises:
        Gone: never given.
    """
    call = queries.by_secret(tx, links.hashed(secret))
    if call is None:
        raise Gone(say("This link has been used already or is too old."))
    tx.lock("practice", call.practice)
    practice = queries.one(tx, call.practice)
    if practice.ended_at is None:
        queries.answered(tx, call.id)
        _end(tx, practice, call.account, tx.ms)
    return queries.one(tx, call.practice)


def _end(tx: Tx, practice: Practice, by: int | None, at: int | None = None) -> None:
    if not queries.end(tx, practice.id, at, by):
        return
    told = "nobody" if at is None else f"after {(at - practice.began) // 1000} s"
    decisions.add(tx, by, "end", "practice", practice.id, detail=told)


# --- what came of it ------------------------------------------------------------------------------


def faults(tx: Tx) -> Sequence[str]:
    """What is wrong with how the staff is called, as the last practice shows; a sentence each."""
    last = next((each for each in queries.last(tx, 2) if each.ended_at is not None), None)
    mend = "Mend: whimbrel on-call drill"
    if last is None:
        return [f"Nobody ever tried whether the staff can be called. {mend}"]
    age = (tx.ms - last.began) // DAY
    found, calls = [], queries.calls(tx, last.id)
    if not calls:
        found.append(
            f"The last practice, {age} days ago, called nobody: the server was down. {mend}"
        )
    elif last.took is None:
        found.append(f"Nobody answered the last practice call, {age} days ago. {mend}")
    elif age > STALE:
        found.append(f"The last practice call is {age} days old. {mend}")
    ways = {call.way for call in calls} - {call.way for call in calls if call.sent_at is not None}
    found += [f"The last practice call did not go out by {way}." for way in sorted(ways)]
    return found


def told(tx: Tx, id_: int) -> tuple[Practice, list[str]]:
    """What came of it so far, for people to read in a terminal: how long each rung took to begin,
    each way to be handed over, and somebody to answer."""
    practice, calls = queries.one(tx, id_), queries.calls(tx, id_)
    named = roster.names(tx, [each.account for each in calls])
    lines = []
    for call in calls:
        who = f"{_after(practice, call.at)}  {call.rung}: {named.get(call.account, call.way)}"
        if call.sent_at is not None:
            lines.append(f"{who}, {call.way} handed over after {_seconds(call, call.sent_at)}")
        elif practice.ended_at is not None:
            lines.append(f"{who}, {call.way} NOT handed over")
        if call.pushed_at is not None:
            lines.append(f"{who}, browser told after {_seconds(call, call.pushed_at)}")
    if practice.answered_at is not None:
        by = next((each for each in calls if each.answered_at is not None), None)
        name = "Somebody" if by is None else named.get(by.account, f"Somebody, by {by.way},")
        lines.append(f"{_after(practice, practice.answered_at)}  {name} answered.")
    elif practice.ended_at is not None:
        lines.append(f"{_after(practice, practice.ended_at)}  Nobody answered.")
    return practice, lines


def _after(practice: Practice, at: int) -> str:
    minutes, seconds = divmod((at - practice.began) // 1000, 60)
    return f"{minutes:3}:{seconds:02}"


def _seconds(call: Call, at: int) -> str:
    return f"{(at - call.at) / 1000:.1f} s"
