"""Deciding a case: what is done, its statement and its row of the log are one transaction.

There is no decision without a statement, and none is ever changed: a later one that names it takes
it back, and then what was visible before is visible again."""

from collections.abc import Sequence
from hashlib import sha256

import msgspec

from whimbrel.accounts import links, strikes
from whimbrel.accounts.events import LetterWanted
from whimbrel.accounts.queries import users
from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Conflict, Invalid, NotFound
from whimbrel.core.ids import new_id, token
from whimbrel.core.text import tidy
from whimbrel.core.tx import Tx
from whimbrel.core.words import language, say
from whimbrel.instance.texts import missing_rules
from whimbrel.posts.rules import LABELS, Label

from . import acts as measures
from . import around, cases, silence, statements
from .queries import cases as stored
from .queries import decisions, people
from .queries import queue as waiting
from .queries import reports as filed
from .queries import verdicts as queries
from .queries.people import Person
from .queries.verdicts import Verdict
from .rules import (
    ACTS,
    AROUND,
    LOGGED,
    OF_OURS,
    OF_POSTS,
    OF_SERVER,
    STRIKE,
    Act,
    Case,
    Deed,
    Ground,
    Told,
    needs,
    p80_of,
    require,
    require_rank,
)
from .transparency import dsa

FACTS_CHARS = 5000
MOST_POSTS = 50
_GRAVITY = tuple(dict.fromkeys(STRIKE.values()))


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody decides.

    `posts`: of those the case is about; None = all. `text`: what Mastodon's apps show as the
    moderator's words. `report`: the one that an app answers with it; only that is closed then.
    """

    acts: tuple[Act, ...] = ("none",)
    ground: Ground = "rules"
    policy: tuple[str, ...] = ()
    facts: str = ""
    posts: tuple[int, ...] | None = None
    closes: bool = True
    letter: bool = True
    report: int | None = None
    label: Label | None = None  # what is said of the posts
    category: str = ""  # in the DSA database; "" = what its table says of the class
    reasoned: bool = False  # what happened has to be said; Mastodon's apps need not


def decide(tx: Tx, viewer: Viewer, case: int, ruling: Ruling) -> Verdict:
    """Decide a case.

    Raises:
        Forbidden: the viewer's role may not, or is not above that of the account.
        NotFound.
        Invalid: nothing is chosen; posts without any; too long a text; no reasons.
        Conflict: somebody else has the case, or it is decided.
    Emits: what the measures and `strikes` do
    """
    found = cases.taken_up(tx, viewer, case)
    cases.refuse_decider(tx, viewer, found)
    refuse_unready(viewer, found, tx.ms)
    if found.appeal is not None:
        raise Invalid(say("An appeal is upheld, overturned or changed."))
    made = rule(tx, viewer, found, ruling)
    if ruling.closes:
        close(tx, viewer, found, acted=_serious(ruling.acts))
    return made


def refuse_unready(viewer: Viewer, case: Case, now: int) -> None:
    """Raises Conflict: somebody else has it, or it is not open."""
    if case.state not in ("open", "paused") or case.held_by(now) not in (None, viewer.id):
        raise Conflict(say("Somebody else has this case, or it is decided."))


def rule(
    tx: Tx,
    viewer: Viewer | None,
    case: Case,
    ruling: Ruling,
    *,
    undoes: Verdict | None = None,
    upheld: bool = False,
) -> Verdict:
    """Do it, tell it, note it. Whether the case may be decided was asked before.

    Args:
        viewer: None = the clock, which needs no rank, for it only hides posts.
        undoes: the earlier decision that this one takes back.
        upheld: it answers an appeal and changes nothing.
    Raises: as `decide`.
    """
    by = None if viewer is None else viewer.id
    ruling, person, posts = _checked(tx, viewer, case, ruling)
    undone = [] if undoes is None or person is None else _undo(tx, viewer, undoes, person)
    done: list[Deed] = []
    for act in ruling.acts:
        if person is not None:
            done += measures.perform(tx, act, person, posts, viewer=viewer, label=ruling.label)
    code = statements.tongue_of(tx, case.target)
    told = statements.compose(
        tx,
        code,
        ruling.acts,
        posts=len(posts),
        ground=ruling.ground,
        policy=ruling.policy,
        facts=ruling.facts,
        at=tx.ms,
        automated=viewer is None,
        undone=None if undoes is None else undone,
        upheld=upheld,
    )
    told = msgspec.structs.replace(told, category=ruling.category)
    concerned = _serious(ruling.acts) or undoes is not None or upheld
    concerned = concerned and not silence.holds(tx, by, case)
    said = _tell(tx, by, person if concerned else None, code, told, ruling, posts)
    _note(tx, by, case, ruling, done, undone)
    leaf = cases.noted(
        tx,
        by,
        "decide",
        case,
        detail=" ".join(ruling.acts),
        more={
            "statement": sha256(told.text.encode()).hexdigest(),
            "undoes": None if undoes is None else str(undoes.id),
            "category": ruling.category,
        },
    )
    made = Verdict(
        id=new_id(tx.now),
        case=case.id,
        statement=said,
        by=by,
        acts=ruling.acts,
        done=tuple(done),
        automated=viewer is None,
        undoes=None if undoes is None else undoes.id,
        leaf=leaf,
    )
    queries.add(tx, made)
    return made


def preview(tx: Tx, viewer: Viewer, case: int, ruling: Ruling) -> str:
    """What the person concerned would read, in their language. Nothing is done.

    Raises: as `decide`.
    """
    found = cases.taken_up(tx, viewer, case)
    ruling, _, posts = _checked(tx, viewer, found, ruling)
    told = statements.compose(
        tx,
        statements.tongue_of(tx, found.target),
        ruling.acts,
        posts=len(posts),
        ground=ruling.ground,
        policy=ruling.policy,
        facts=ruling.facts,
        at=tx.ms,
    )
    return told.text


def _serious(acts: Sequence[Act]) -> bool:
    return any(act != "none" for act in acts)


def _checked(
    tx: Tx, viewer: Viewer | None, case: Case, ruling: Ruling
) -> tuple[Ruling, Person | None, list[int]]:
    chosen = tuple(act for act in ACTS if act in ruling.acts)
    if not chosen or (len(chosen) > 1 and "none" in chosen):
        raise Invalid(say("Choose what is done."), {"acts": [("ERR_BLANK", say("choose one"))]})
    facts = tidy(ruling.facts)
    if len(facts) > FACTS_CHARS:
        raise Invalid(say("Such a text has at most %(most)s characters.", most=FACTS_CHARS))
    if ruling.reasoned and _serious(chosen) and not facts:
        raise Invalid(say("Say what happened."), {"facts": [("ERR_BLANK", say("Say why."))]})
    if ruling.category and ruling.category not in dsa.categories():
        said = say("Choose one of these.")
        raise Invalid(said, {"category": [("ERR_INCLUSION", said)]})
    if missing_rules(tx, ruling.policy):
        raise Invalid(say("Validation failed: Rules are not ones of this server"))
    person = None
    if case.target is not None:
        try:
            person = people.one(tx, case.target)
        except NotFound:  # erased a moment ago
            person = None
    if _serious(chosen):
        if person is None:
            raise Invalid(say("The account is no more: there is nothing to be done about it."))
        tx.lock("standing", person.id)
        if viewer is not None:
            require_rank(viewer, person.role)
            for act in chosen:
                require(viewer, needs(act))
        if not person.ours and any(act in OF_OURS for act in chosen):
            raise Invalid(say("That can be done to an account of this server alone."))
        if any(act in OF_SERVER for act in chosen):
            around.domain_of(person)
        if "label" in chosen and ruling.label not in LABELS:
            said = say("Choose what is said of the posts.")
            raise Invalid(said, {"label": [("ERR_BLANK", say("choose one"))]})
    about = stored.posts_of(tx, [case.id])[case.id]
    posts = [post for post in about if ruling.posts is None or post in ruling.posts]
    if any(act in OF_POSTS for act in chosen) and not posts:
        raise Invalid(say("Choose posts."), {"posts": [("ERR_BLANK", say("choose one"))]})
    category = ruling.category or dsa.category_of(case.klass)
    checked = msgspec.structs.replace(ruling, acts=chosen, facts=facts, category=category)
    return checked, person, posts[:MOST_POSTS]


def _tell(
    tx: Tx,
    by: int | None,
    person: Person | None,
    code: str,
    told: Told,
    ruling: Ruling,
    posts: Sequence[int],
) -> int:
    """Keep the statement and tell whom it concerns; its id."""
    secret, id_ = token(), new_id(tx.now)
    owner = None if person is None else person.account.slot
    account = None if person is None else person.id
    queries.add_statement(tx, id_, account, owner, code, told, links.hashed(secret))
    if person is None or not person.ours:
        return id_
    where = f"{tx.instance.origin}/statements/{secret}"
    leads = language(code).plain(say("The decision, its proof and the appeal are here:"))
    letter = f"{told.text}\n\n{leads}\n\n{where}"
    if _serious(ruling.acts):
        strikes.strike(
            tx,
            person.account,
            _strike_of(ruling.acts),
            by=by,
            text=ruling.facts,
            posts=posts,
            report=ruling.report,
            letter=ruling.letter,
            statement=letter,
        )
    else:
        user = users.by_account(tx, person.id)
        if user is not None:
            sealed = links.sealed(tx, person.id, user.slot, letter)
            tx.emit(LetterWanted(account=person.id, kind="statement", link=sealed))
    return id_


def _strike_of(acts: Sequence[Act]) -> str:
    """Mastodon has one word for a decision: the gravest."""
    return max((STRIKE[act] for act in acts if act in STRIKE), key=_GRAVITY.index, default="none")


def _note(
    tx: Tx, by: int | None, case: Case, ruling: Ruling, done: Sequence[Deed], undone: Sequence[Act]
) -> None:
    """A row of the log for each measure, by what it was done to."""
    target = case.target
    if target is None:
        return
    for act in undone:
        if act in LOGGED and act not in OF_POSTS:
            decisions.add(tx, by, LOGGED[act][1], "account", target)
    if "warn" in ruling.acts:
        decisions.add(tx, by, "none", "account", target, report=ruling.report)
    for deed in done:
        if deed.act in AROUND:
            continue  # `gates` and `servers` note theirs
        of_post = deed.act in OF_POSTS
        kind, name = ("post" if of_post else "account"), LOGGED[deed.act][0]
        about = target if of_post else None
        decisions.add(tx, by, name, kind, deed.target, report=ruling.report, about=about)


# --- the clock ------------------------------------------------------------------------------------


def hide_by_clock(tx: Tx, case: Case) -> Verdict:
    """Nobody acted in time: hide the posts of a case, which there are. It stays open, for a person
    to look at it."""
    ground: Ground = "law" if case.klass == "L0" else "rules"
    return rule(tx, None, case, Ruling(acts=("hide",), ground=ground, closes=False))


def stopped(tx: Tx, case: Case, unseen: int) -> None:
    """Note that nothing was hidden, for so much is that nobody has looked at."""
    cases.noted(tx, None, "not hidden", case, detail=str(unseen))


# --- taking back ----------------------------------------------------------------------------------


def take_back(tx: Tx, viewer: Viewer, verdict: int, facts: str = "") -> Verdict:
    """Take a decision back, by a later one that names it.

    Raises:
        Forbidden, NotFound.
        Conflict: it was taken back already, or takes one back itself.
    """
    found = queries.one(tx, verdict)
    case = cases.taken_up(tx, viewer, found.case)
    for act in found.acts:
        require(viewer, needs(act))
    refuse_undone(tx, found)
    return rule(tx, viewer, case, Ruling(facts=facts), undoes=found)


def refuse_undone(tx: Tx, verdict: Verdict) -> None:
    """Raises Conflict: it is no standing decision any more, or never was one."""
    if verdict.undoes is not None or queries.undone_by(tx, verdict.id) is not None:
        raise Conflict(say("This decision was taken back already."))


def _undo(tx: Tx, viewer: Viewer | None, verdict: Verdict, person: Person) -> list[Act]:
    """What another standing decision holds as well stays; and what was so before the first."""
    all_ = queries.about(tx, person.id)
    undone = {each.undoes for each in all_} | {verdict.id}
    standing = [each for each in all_ if each.id not in undone]
    done: list[Act] = []
    for deed in verdict.done:
        same = [each for each in all_ for held in each.done if _alike(held, deed)]
        before = any(held.before for held in same[0].done if _alike(held, deed))
        held = any(_alike(other, deed) for each in standing for other in each.done)
        if not held and not before:
            measures.undo(tx, deed, person, viewer)
            if deed.act not in done:
                done.append(deed.act)
    return done


def _alike(one: Deed, other: Deed) -> bool:
    return (one.act, one.target) == (other.act, other.target)


def standing_with(tx: Tx, account: int, act: Act) -> list[Verdict]:
    """The decisions in force that hold this about an account."""
    all_ = queries.about(tx, account)
    undone = {each.undoes for each in all_}
    wanted = Deed(act, account)
    return [
        each
        for each in all_
        if each.id not in undone and any(_alike(deed, wanted) for deed in each.done)
    ]


# --- closing --------------------------------------------------------------------------------------


def close(tx: Tx, viewer: Viewer, case: Case, *, acted: bool) -> None:
    """It is decided: its reports are closed with it, and how long it took is counted in."""
    for report in filed.of_cases(tx, [case.id]):
        if report.resolved_at is None:
            closed = msgspec.structs.replace(
                report, resolved_at=tx.ms, resolved_by=viewer.id, acted=acted
            )
            filed.change(tx, closed)
            decisions.add(tx, viewer.id, "resolve", "report", report.id, about=case.target)
    shut(tx, case)


def shut(tx: Tx, case: Case) -> None:
    """Close the case alone; nothing where it is closed."""
    if stored.close(tx, case.id):
        tx.publish(cases.CHANNEL, b"")
        waiting.set_pace(tx, case.klass, p80_of(waiting.spans(tx, case.klass), case.klass))
