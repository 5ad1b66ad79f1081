"""Appeals: whom a decision concerns says why it is wrong, and somebody else looks again.

An appeal is a case of its own. Nothing that is told of how it ended says who decided, before or
now: neither the statement nor what others see of the post (CVE-2022-48364)."""

from collections.abc import Sequence

import msgspec

from whimbrel.accounts import queries as people
from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.errors import Conflict, Invalid, NotFound
from whimbrel.core.ids import new_id
from whimbrel.core.text import tidy
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from . import cases, verdicts
from .queries import cases as stored
from .queries import verdicts as queries
from .queries.verdicts import Appeal, Verdict
from .rules import APPEAL_TIME, Case, Outcome, due_of, require, times_of
from .verdicts import Ruling

TEXT_CHARS = 2000


def may_appeal(tx: Tx, verdict: Verdict) -> bool:
    """Whether a decision can be appealed against just now."""
    fresh = tx.ms - (verdict.id >> 16) <= APPEAL_TIME
    serious = verdict.undoes is None and verdict.acts != ("none",)
    if not (fresh and serious) or queries.undone_by(tx, verdict.id) is not None:
        return False
    return queries.appeal_of(tx, verdict.id) is None


def appeal(tx: Tx, verdict: int, account: int, text: str) -> Appeal:
    """Appeal against a decision.

    Args:
        account: whom it concerns; how they showed that is for the edge.
    Raises:
        NotFound: it concerns somebody else.
        Conflict: there is an appeal already, it was taken back, or it is too late.
        Invalid: no text, or too long a one.
    """
    tx.lock("appeal", verdict)
    found = queries.one(tx, verdict)
    case = stored.one(tx, found.case)
    if case.target != account:
        raise NotFound
    words = tidy(text)
    if not words:
        said = say("Say why it is wrong.")
        raise Invalid(said, {"text": [("ERR_BLANK", said)]})
    if len(words) > TEXT_CHARS:
        said = say("An appeal has at most %(most)s characters.", most=TEXT_CHARS)
        raise Invalid(said, {"text": [("ERR_TOO_LONG", said)]})
    if not may_appeal(tx, found):
        raise Conflict(say("This decision cannot be appealed against any more."))
    made = Case(
        id=new_id(tx.now),
        klass="A1",
        state="open",
        target=account,
        received=tx.ms,
        due=due_of("A1", tx.ms, times=times_of(tx.instance.moderation_times)),
        appeal=verdict,
    )
    cases.opened(tx, made, stored.posts_of(tx, [case.id])[case.id])
    kept = Appeal(new_id(tx.now), verdict, account, made.id, words, None, None, None)
    queries.add_appeal(tx, kept, people.by_id(tx, account).slot)
    cases.noted(tx, None, "appeal", case)
    return kept


def answer(
    tx: Tx, viewer: Viewer, case: int, outcome: Outcome, facts: str, ruling: Ruling | None = None
) -> Verdict:
    """Decide an appeal.

    Args:
        case: that of the appeal.
        outcome: uphold leaves the decision as it is, overturn takes it back and restores what it
            held, change does that and puts `ruling` in its place.
    Raises:
        Forbidden: the viewer made the decision, or their role may not.
        NotFound: no such appeal.
        Conflict: it is answered, or somebody else has it.
        Invalid: no reasons; nothing in its place.
    """
    require(viewer, Permission.MANAGE_APPEALS)
    found = cases.taken_up(tx, viewer, case)
    if found.appeal is None:
        raise NotFound
    cases.refuse_decider(tx, viewer, found)
    verdicts.refuse_unready(viewer, found, tx.ms)
    against = queries.one(tx, found.appeal)
    told = queries.appeal_of(tx, against.id)
    if told is None:
        raise NotFound
    if not tidy(facts):
        said = say("Say why.")
        raise Invalid(said, {"facts": [("ERR_BLANK", said)]})
    if outcome == "uphold":
        made = verdicts.rule(tx, viewer, found, Ruling(facts=facts), upheld=True)
    else:
        verdicts.refuse_undone(tx, against)
        instead = ruling if outcome == "change" and ruling is not None else Ruling()
        if outcome == "change" and instead.acts == ("none",):
            raise Invalid(say("Choose what is done instead."))
        instead = msgspec.structs.replace(instead, facts=facts)
        made = verdicts.rule(tx, viewer, found, instead, undoes=against)
    if not queries.answer(tx, told.id, outcome, made.id):
        raise Conflict(say("This appeal is answered."))
    verdicts.shut(tx, found)
    return made


def decider_of(tx: Tx, cases_: Sequence[Case]) -> dict[int, int | None]:
    """By case, who made the decision that is appealed against: who may not answer it."""
    return {case.id: queries.one(tx, case.appeal).by for case in cases_ if case.appeal is not None}
