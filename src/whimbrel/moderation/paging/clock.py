"""The clock of a case: at each rung of its ladder somebody is called, and at last it acts itself.

It runs in the outbox, beside the cases: whoever has the database has every running clock."""

from collections.abc import Sequence

from whimbrel.accounts import links
from whimbrel.accounts.events import StaffCalled
from whimbrel.accounts.queries import users
from whimbrel.core.ids import moment, new_id, token
from whimbrel.core.tx import Tx

from ..events import CaseClock, Paged
from ..queries import cases as stored
from ..queries import complaints
from ..queries import paging as queries
from ..rules import MINUTE, Case
from . import hide, roster
from .ladder import Rung, Who, next_at, rungs

TOGETHER = 10 * MINUTE  # cases of one letter that come to the same rung within


def tick(tx: Tx, event: CaseClock) -> None:
    """Handler: do what the rungs say that are reached, and be back at the next one.

    Where several are, for nobody was there to tick, who is called is called by the last of them.

    Emits: Paged, CaseClock
    """
    tx.lock("case", event.case)
    case = stored.one(tx, event.case)
    if case.turn != event.turn or case.state != "open":
        return
    ladder = rungs(case.klass, case.received, case.due, hide.may(tx, case))
    ladder += hide.reviews(tx, case)
    done = queries.called(tx, case.id, case.klass)
    reached = [rung for rung in ladder if rung.at <= tx.ms and rung.who not in done]
    held = case.held_by(tx.ms) is not None
    calls = [rung for rung in reached if rung.who != "clock"]
    if calls and not held:
        for rung in calls[:-1]:
            _passed(tx, case, rung)
        if complaints.called(tx, case.id, case.klass, calls[-1].who, tx.ms - TOGETHER):
            _passed(tx, case, calls[-1])  # one letter calls people once
        else:
            _call(tx, case, calls[-1].who)
    if len(calls) < len(reached):
        _passed(tx, case, Rung(0, "clock"))
        if not hide.in_place(tx, case):
            _call(tx, case, "everybody", again=True)
    _be_back(tx, event, case, ladder, held)


def _be_back(tx: Tx, event: CaseClock, case: Case, ladder: Sequence[Rung], held: bool) -> None:
    later = next_at([*ladder, *hide.reviews(tx, case)], tx.ms)
    if held and case.lease is not None:  # whoever has it may let it lie
        later = case.lease if later is None else min(later, case.lease)
    if later is not None:
        tx.emit(event, due=moment(later))


def _passed(tx: Tx, case: Case, rung: Rung) -> None:
    queries.add(tx, new_id(tx.now), case.id, case.klass, rung.who)


def _call(tx: Tx, case: Case, who: Who, *, again: bool = False) -> None:
    """Call them, each by a link of their own; the topic and the webhook hear of each call."""
    for one in roster.chosen(roster.able(tx, case.klass), who):
        secret, id_ = token(), new_id(tx.now)
        user = users.by_account(tx, one.account)
        if user is None:
            continue
        queries.add(
            tx, id_, case.id, case.klass, _rung(who, again), one.account, links.hashed(secret)
        )
        sealed = links.sealed(tx, user.account, user.slot, secret)
        tx.emit(Paged(page=id_, link=sealed))
        call = StaffCalled(
            account=one.account, klass=case.klass, due=case.due, link=sealed, at=tx.ms
        )
        tx.emit(call)
    id_ = new_id(tx.now)
    queries.add(tx, id_, case.id, case.klass, _rung(who, again))
    tx.emit(Paged(page=id_, link=""))


def _rung(who: Who, again: bool) -> str:
    return "not hidden" if again else who
