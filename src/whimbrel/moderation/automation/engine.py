"""Rules at work: each open post is held against them when it is written or changed.

A rule in the shadow counts what it holds of. One in the queue has it reported; one that acts does
one reversible thing beside, in the name of nobody, and a person looks at it. None acts on the
staff, none reads what is not open to everybody, and one that hits far more than it did in the
shadow falls back there by itself."""

from functools import lru_cache

import msgspec

from whimbrel.accounts import queries as people
from whimbrel.accounts.events import LetterWanted
from whimbrel.accounts.queries import users
from whimbrel.accounts.rules import Permission
from whimbrel.core import logs
from whimbrel.core.errors import NotFound
from whimbrel.core.ids import new_id
from whimbrel.core.keyring import Shredded
from whimbrel.core.tx import Tx
from whimbrel.posts import queries as posts
from whimbrel.posts.events import PostEdited, PostPublished
from whimbrel.posts.rules import OPEN, Label, Post

from .. import cases, verdicts
from ..events import RuleHit
from ..queries import automation as queries
from ..queries import cases as stored
from ..queries import decisions
from ..queries import people as known
from ..queries import reports as filed
from ..queries.automation import Rule
from ..rules import HOUR, Act, Report, class_of
from ..verdicts import Ruling
from .expression import Expression, read
from .facts import Facts

RUNAWAY = 10  # times its pace in the shadow
# What a rule may do by itself. "label" says that a post is advertising, which is what rules find.
DOES: tuple[Act, ...] = ("sensitive", "label", "hide", "limit")

log = logs.get(__name__)
_read = lru_cache(maxsize=1000)(read)


def compiled(source: str) -> Expression:
    """An expression that is kept, and so was read before."""
    return _read(source)


def watch(tx: Tx, event: PostPublished | PostEdited) -> None:
    """Witness: hold a post against every rule. Where there are none it costs one look.

    Emits: RuleHit
    """
    live = queries.live(tx)
    if not live:
        return
    facts = facts_of(tx, event.post)
    if facts is None:
        return
    rules = [(rule, compiled(source)) for rule, source in live]
    if facts["links"] and any("link_pace" in each.names for _, each in rules):
        queries.use_links(tx, event.post, facts["links"], facts.hour[0])
    for rule, expression in rules:
        if expression.holds(facts):
            tx.emit(RuleHit(rule=rule, post=event.post))


def facts_of(tx: Tx, post: int) -> Facts | None:
    """What is known of a post; None where rules may not look: not open, a boost, or no more."""
    try:
        found = posts.any_post(tx, post)
        if found.visibility not in OPEN or found.boost_of is not None:
            return None
        return Facts(tx, found, people.by_id(tx, found.author))
    except (NotFound, Shredded):
        return None


def hit(tx: Tx, event: RuleHit) -> None:
    """Handler: count it, and do what the rule is there for. Emits: LetterWanted; as what is done"""
    tx.lock("rule", event.rule)
    facts = facts_of(tx, event.post)
    rule = _one(tx, event.rule)
    if facts is None or rule is None or not queries.hit(tx, rule.id, event.post):
        return
    rule = _counted(tx, rule)
    if rule.mode == "shadow" or _ran_away(tx, rule):
        return
    case = _report(tx, rule, facts.post)
    if rule.mode == "act" and not _is_staff(tx, facts.post):
        _act(tx, rule, case, facts.post)


def _one(tx: Tx, id_: int) -> Rule | None:
    """A rule that is still tried."""
    try:
        found = queries.one(tx, id_)
    except NotFound:
        return None
    return None if found.mode == "draft" else found


def _counted(tx: Tx, rule: Rule) -> Rule:
    hour = tx.ms // HOUR
    before = rule.in_hour if rule.hour == hour else 0
    new = msgspec.structs.replace(rule, hits=rule.hits + 1, hour=hour, in_hour=before + 1)
    queries.change(tx, new)
    return new


def _ran_away(tx: Tx, rule: Rule) -> bool:
    """Put it back into the shadow, where it hits far more than it did there; the staff is told."""
    if rule.in_hour <= RUNAWAY * max(1, rule.calm):
        return False
    log.error("a rule ran away", rule=rule.name, hits=rule.in_hour, calm=rule.calm)
    fallen = msgspec.structs.replace(rule, mode="shadow", since=tx.ms, hits=0, fell=True)
    queries.change(tx, fallen)
    decisions.add(tx, None, "fall back", "rule", rule.id, detail=f"{rule.in_hour} {rule.calm}")
    for somebody in users.staff(tx, Permission.MANAGE_REPORTS):
        tx.emit(LetterWanted(account=somebody, kind="rule_fell"))
    return True


def _is_staff(tx: Tx, post: Post) -> bool:
    return known.one(tx, post.author).role != "user"


def _report(tx: Tx, rule: Rule, post: Post) -> int:
    """Have it looked at by a person; the case."""
    klass = class_of("rule", rule.category)
    case = cases.place(tx, post.author, klass, [post.id])
    made = Report(
        id=new_id(tx.now),
        account=None,
        target=post.author,
        category=rule.category,
        comment=rule.name,
        posts=(post.id,),
        rules=(),
        forward=False,
        case=case,
        source="rule",
    )
    filed.add(tx, made, None)
    return case


def _act(tx: Tx, rule: Rule, case: int, post: Post) -> None:
    act: Act = rule.act  # type: ignore[assignment]  # `book` lets nothing else in
    label: Label | None = "advertising" if act == "label" else None
    ruling = Ruling(acts=(act,), posts=(post.id,), closes=False, label=label)
    verdicts.rule(tx, None, stored.one(tx, case), ruling)
