"""Silence that an order demands: whom it is about is told later, of each decision of then. That it
was kept, on whose word and until when, is in the log."""

from whimbrel.accounts import links
from whimbrel.accounts import queries as people
from whimbrel.accounts.events import LetterWanted
from whimbrel.accounts.queries import users
from whimbrel.core.ids import moment, token
from whimbrel.core.tx import Tx
from whimbrel.core.words import language, say

from . import cases
from .events import SilenceEnds
from .queries import cases as stored
from .queries import complaints
from .queries import verdicts as queries
from .rules import Case


def holds(tx: Tx, by: int | None, case: Case) -> bool:
    """Whether whom this case is about must not be told of a decision now.

    Emits: SilenceEnds, when they can be
    """
    end = complaints.silent_until(tx, case.id)
    if end is None:
        return False
    cases.noted(tx, by, "silence", case, detail=str(end))
    tx.emit(SilenceEnds(case=case.id), due=moment(end))
    return True


def tell(tx: Tx, event: SilenceEnds) -> None:
    """Handler: the silence is over. Each statement that nobody was told of becomes theirs.

    Emits: LetterWanted for each; SilenceEnds where another order asks for more
    """
    case = stored.one(tx, event.case)
    end = complaints.silent_until(tx, event.case)
    user = None if case.target is None else users.by_account(tx, case.target)
    if end is not None:
        tx.emit(event, due=moment(end))
    if end is not None or user is None:
        return
    owner = people.by_id(tx, user.account, pending=True).slot
    for verdict in queries.of_cases(tx, [case.id]):
        said = queries.statement(tx, verdict.statement)
        nothing = verdict.acts == ("none",) and verdict.undoes is None
        if said.account is not None or said.told is None or nothing:
            continue
        secret = token()
        queries.hand_over(tx, said, user.account, owner, links.hashed(secret))
        words = language(said.language)
        leads = words.plain(say("The decision, its proof and the appeal are here:"))
        letter = f"{said.told.text}\n\n{leads}\n\n{tx.instance.origin}/statements/{secret}"
        sealed = links.sealed(tx, user.account, user.slot, letter)
        tx.emit(LetterWanted(account=user.account, kind="statement", link=sealed))
