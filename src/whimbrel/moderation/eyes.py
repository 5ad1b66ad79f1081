"""Four eyes: what one of the staff wants to do and a second one has to agree to.

What cannot be taken back, or concerns many, is kept until somebody else confirms or refuses it.
Where there is nobody else it is done after twelve hours: time for a second thought, and for whoever
watches the log."""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from whimbrel.accounts import queries as people
from whimbrel.accounts.barred import domain_of
from whimbrel.accounts.queries import users
from whimbrel.accounts.rules import Permission, Viewer, role_of
from whimbrel.core.errors import Conflict, Forbidden, NotFound, WhimbrelError
from whimbrel.core.ids import millis, new_id
from whimbrel.core.tx import Tx
from whimbrel.core.words import Said, say

from . import adopt, appeals, bulk, decide, second, servers, verdicts
from .automation import book
from .decide import ActionForm
from .events import ProposalDue
from .queries import cases as stored
from .queries import decisions
from .queries import eyes as queries
from .queries.eyes import Proposal
from .rules import Outcome as Ending
from .rules import require
from .servers import BlockForm
from .verdicts import Ruling

KNOWN = 1000  # followers, from where on a suspension takes two
FOLLOWS = 20  # that a server may cost without a second person
TOGETHER = 100  # cases decided at once without one
MOST = 100  # of the page
# What whoever agrees must hold themselves.
SECONDS: dict[str, Permission] = {
    "purge": Permission.SUSPEND,
    "followers": Permission.SUSPEND,
}
REASONS: dict[str, Said] = {
    "purge": say("An account is erased."),
    "followers": say("Many people follow this account."),
    "follows": say("Many follows end with this server."),
    "role": say("Somebody joins the staff, or gets another role."),
    "many": say("It concerns many cases."),
    "rule": say("A rule acts by itself from now on."),
}


class Wish(msgspec.Struct, frozen=True, tag=True):
    """Something that may take two people."""


class Decide(Wish, frozen=True, tag=True):
    """A decision of a case."""

    case: int
    ruling: Ruling


class Answer(Wish, frozen=True, tag=True):
    """An appeal is answered."""

    case: int
    outcome: Ending
    facts: str
    ruling: Ruling


class Measure(Wish, frozen=True, tag=True):
    """A measure that an app asks for."""

    account: int
    form: ActionForm


class Erase(Wish, frozen=True, tag=True):
    """Somebody who is suspended goes for good."""

    account: int


class Appoint(Wish, frozen=True, tag=True):
    """Somebody gets a role."""

    account: int
    role: str


class Block(Wish, frozen=True, tag=True):
    """A server is kept away; `block`: the row that is changed; `source`: of the lists, where it is
    they that say so."""

    form: BlockForm
    block: int | None = None
    source: adopt.Source | None = None


class Enforce(Wish, frozen=True, tag=True):
    """A rule acts by itself from now on."""

    rule: int


class Together(Wish, frozen=True, tag=True):
    """One decision of many cases."""

    cases: tuple[int, ...]
    ruling: Ruling


_wish = msgspec.json.Decoder(
    Decide | Answer | Measure | Erase | Appoint | Block | Enforce | Together
).decode


class Outcome(NamedTuple):
    """What was done, or what waits instead."""

    value: Any = None
    proposal: Proposal | None = None


def through(tx: Tx, viewer: Viewer, wish: Wish) -> Outcome:
    """Do it, or keep it for a second person.

    Raises: as what is done
    Emits: ProposalDue, where there is no second person; and as what is done
    """
    reason, target = _reason(tx, viewer, wish)
    if not reason:
        return Outcome(_do(tx, viewer, wish))
    return Outcome(proposal=_propose(tx, viewer, wish, reason, target))


def refuse_waiting(outcome: Outcome) -> Any:
    """What was done, for an edge that has no page to show what waits.

    Raises:
        Forbidden: it waits for a second person.
    """
    if outcome.proposal is not None:
        raise Forbidden(say("A second person has to agree. It waits for them at the desk."))
    return outcome.value


def _propose(tx: Tx, viewer: Viewer, wish: Wish, reason: str, target: int | None) -> Proposal:
    """Keep it. Nobody finds out only twelve hours later that they may not: it is tried, and taken
    back."""
    tx.savepoint("tried")
    try:
        _do(tx, viewer, wish)
    finally:
        tx.roll_back_to("tried")
    owner = people.by_ids(tx, [target]).get(target) if target is not None else None
    alone = second.alone(tx, viewer, needed(reason))
    due = tx.now + second.ALONE
    made = Proposal(
        id=new_id(tx.now),
        state="waits",
        reason=reason,
        by=viewer.id,
        target=target,
        case=wish.case if isinstance(wish, Decide | Answer) else None,
        content=msgspec.json.encode(wish),
        due=millis(due) if alone else None,
        slot=tx.slot(),
    )
    queries.add(tx, made, None if owner is None else owner.slot)
    decisions.add(tx, viewer.id, "propose", "proposal", made.id, detail=reason, about=target)
    if alone:
        tx.emit(ProposalDue(proposal=made.id), due=due)
    return made


# --- what takes two -------------------------------------------------------------------------------


def _reason(tx: Tx, viewer: Viewer, wish: Wish) -> tuple[str, int | None]:
    """Why it takes two ("" = it does not), and whom it is about."""
    if isinstance(wish, Decide):
        return _of_ruling(tx, wish.ruling, stored.one(tx, wish.case).target)
    if isinstance(wish, Answer):
        ruling = wish.ruling if wish.outcome == "change" else Ruling()
        return _of_ruling(tx, ruling, stored.one(tx, wish.case).target)
    if isinstance(wish, Measure):
        grave = wish.form.type == "suspend" and _known(tx, wish.account)
        return "followers" if grave else "", wish.account
    if isinstance(wish, Erase):
        return "purge", wish.account
    if isinstance(wish, Appoint):
        return "" if wish.role == "user" else "role", wish.account
    if isinstance(wish, Block):
        return ("follows" if _cuts(tx, viewer, wish) else ""), None
    if isinstance(wish, Enforce):
        return "rule", None
    if isinstance(wish, Together):
        return _of_many(tx, wish), None
    raise TypeError(wish)


def _of_ruling(tx: Tx, ruling: Ruling, target: int | None) -> tuple[str, int | None]:
    if target is None:
        return "", None
    if "purge" in ruling.acts:
        return "purge", target
    if "suspend" in ruling.acts and _known(tx, target):
        return "followers", target
    account = people.by_ids(tx, [target]).get(target)
    domain = None if account is None else account.domain
    if "server_block" in ruling.acts and domain and queries.cut(tx, domain, FOLLOWS + 1) > FOLLOWS:
        return "follows", target
    return "", target


def _of_many(tx: Tx, wish: Together) -> str:
    if len(set(wish.cases)) > TOGETHER:
        return "many"
    if not {"purge", "suspend", "server_block"} & set(wish.ruling.acts):
        return ""
    found = stored.many(tx, wish.cases)
    reasons = (_of_ruling(tx, wish.ruling, each.target)[0] for each in found.values())
    return next(filter(None, reasons), "")


def _known(tx: Tx, account: int) -> bool:
    found = people.by_ids(tx, [account]).get(account)
    return found is not None and found.followers > KNOWN


def _cuts(tx: Tx, viewer: Viewer, wish: Block) -> bool:
    if wish.form.severity != "suspend":
        return False
    domain = wish.form.domain
    if wish.block is not None:
        old = servers.show_block(tx, viewer, wish.block)
        if old["severity"] == "suspend":
            return False
        domain = old["domain"]
    return queries.cut(tx, domain_of(domain) or "", FOLLOWS + 1) > FOLLOWS


def needed(reason: str) -> Permission:
    """What the second person's role must have."""
    return SECONDS.get(reason, Permission.MANAGE_REPORTS)


# --- the second person ----------------------------------------------------------------------------


def waiting(tx: Tx, viewer: Viewer) -> list[Proposal]:
    """What waits, the oldest first. Raises Forbidden."""
    require(viewer, Permission.MANAGE_REPORTS)
    return queries.waiting(tx, MOST)


def wish_of(proposal: Proposal) -> Wish | None:
    """What is wanted; None where whom it is about is erased."""
    found: Wish | None = _wish(proposal.content) if proposal.content else None
    return found


def confirm(tx: Tx, viewer: Viewer, proposal: int) -> Any:
    """Agree: it is done now, in the name of who wanted it.

    Raises:
        Forbidden: the viewer wanted it themselves, or their role may not; or whoever wanted it may
            not any more.
        NotFound.
        Conflict: it is answered, or cannot be done any more.
        And as what is done.
    """
    found = _taken_up(tx, viewer, proposal)
    require(viewer, needed(found.reason))
    if found.by == viewer.id:
        raise Forbidden(say("Somebody else has to agree."))
    wish = wish_of(found)
    if wish is None:
        raise Conflict(say("It cannot be done any more."))
    decisions.add(tx, viewer.id, "confirm", "proposal", found.id, about=found.target)
    done = _do(tx, _wanted_by(tx, found), wish)
    queries.answer(tx, found, "done", viewer.id)
    return done


def refuse(tx: Tx, viewer: Viewer, proposal: int) -> None:
    """Do not agree, or take back what one wanted oneself. Raises Forbidden, NotFound, Conflict."""
    found = _taken_up(tx, viewer, proposal)
    decisions.add(tx, viewer.id, "refuse", "proposal", found.id, about=found.target)
    queries.answer(tx, found, "refused", viewer.id)


def lapse(tx: Tx, event: ProposalDue) -> None:
    """Handler: twelve hours are over, and there was no second person. It is done, or cannot be.

    Emits: as what is done
    """
    tx.lock("proposal", event.proposal)
    found = queries.one(tx, event.proposal)
    wish = wish_of(found)
    if found.state != "waits":
        return
    tx.savepoint("alone")
    state = "done"
    try:
        if wish is None:
            raise NotFound
        _do(tx, _wanted_by(tx, found), wish)
    except WhimbrelError:
        tx.roll_back_to("alone")
        state = "failed"
    else:
        tx.release("alone")
    decisions.add(tx, None, f"alone {state}", "proposal", found.id, about=found.target)
    queries.answer(tx, found, state, None)


def _taken_up(tx: Tx, viewer: Viewer, proposal: int) -> Proposal:
    require(viewer, Permission.MANAGE_REPORTS)
    tx.lock("proposal", proposal)
    found = queries.one(tx, proposal)
    if found.state != "waits":
        raise Conflict(say("Somebody answered this already."))
    return found


def _wanted_by(tx: Tx, proposal: Proposal) -> Viewer:
    """Whoever wanted it, with the role they have now. Raises Forbidden: they have left."""
    user = None if proposal.by is None else users.by_account(tx, proposal.by)
    if user is None or user.disabled_at is not None:
        raise Forbidden
    return Viewer(account=user.account, role=role_of(user.role))


def _do(tx: Tx, viewer: Viewer, wish: Wish) -> Any:
    return _DO[type(wish)](tx, viewer, wish)


def _decide(tx: Tx, viewer: Viewer, wish: Decide) -> Any:
    return verdicts.decide(tx, viewer, wish.case, wish.ruling)


def _answer(tx: Tx, viewer: Viewer, wish: Answer) -> Any:
    return appeals.answer(tx, viewer, wish.case, wish.outcome, wish.facts, wish.ruling)


def _measure(tx: Tx, viewer: Viewer, wish: Measure) -> Any:
    return decide.act(tx, viewer, wish.account, wish.form)


def _erase(tx: Tx, viewer: Viewer, wish: Erase) -> Any:
    return decide.erase(tx, viewer, wish.account)


def _appoint(tx: Tx, viewer: Viewer, wish: Appoint) -> Any:
    return decide.change_role(tx, viewer, wish.account, wish.role)


def _block(tx: Tx, viewer: Viewer, wish: Block) -> Any:
    if wish.source is not None:
        return adopt.adopt(tx, viewer, wish.form, wish.block, wish.source)
    if wish.block is None:
        return servers.add_block(tx, viewer, wish.form)
    return servers.change_block(tx, viewer, wish.block, wish.form)


def _enforce(tx: Tx, viewer: Viewer, wish: Enforce) -> Any:
    return book.set_mode(tx, viewer, wish.rule, "act")


def _together(tx: Tx, viewer: Viewer, wish: Together) -> Any:
    return bulk.decide(tx, viewer, wish.cases, wish.ruling)


_DO: dict[type[Wish], Callable[[Tx, Viewer, Any], Any]] = {
    Decide: _decide,
    Answer: _answer,
    Measure: _measure,
    Erase: _erase,
    Appoint: _appoint,
    Block: _block,
    Enforce: _enforce,
    Together: _together,
}
