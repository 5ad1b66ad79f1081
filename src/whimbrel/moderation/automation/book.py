"""The operator's rules: written down, tried over what was posted before, judged by what they hit,
and only then let act, by two people."""

from collections.abc import Sequence
from typing import Any, NamedTuple, get_args

import msgspec

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.errors import Conflict, Invalid, NotFound
from whimbrel.core.ids import new_id
from whimbrel.core.text import tidy
from whimbrel.core.tx import Tx
from whimbrel.core.words import Said, say
from whimbrel.posts import serialize as statuses

from ..queries import automation as queries
from ..queries import decisions
from ..queries import reports as filed
from ..queries.automation import Judged, Mode, Rule
from ..rules import DAY, HOUR, require
from .engine import DOES, compiled, facts_of

NEEDS = Permission.MANAGE_AUTOMATION
MOST_RULES = 200
NAME_CHARS, WHY_CHARS = 100, 1000
TRIED = 5000  # posts that a rule is tried on before it is kept
DAYS = 7
SHOWN = 20  # of those it holds of
SAMPLE = 50  # hits that somebody looks at before a rule acts
IN_SHADOW = DAY
CATEGORIES = ("spam", "violation")
MODES: dict[Mode, Said] = {
    "draft": say("Draft: nothing is tried"),
    "shadow": say("Shadow: it counts what it would hit"),
    "queue": say("Queue: what it hits is reported"),
    "act": say("Acts: it does something at once, and reports it"),
}


class Offered(NamedTuple):
    """A rule to begin with."""

    source: str
    name: Said
    why: Said


# Rates that are odd, as drafts: far above what people who write a lot come to.
OFFERED: dict[str, Offered] = {
    "pace": Offered(
        "pace > 150 and not bot",
        say("Writes without a pause"),
        say("Nobody types two or three posts a minute for an hour: it is a program, or stolen."),
    ),
    "young": Offered(
        "age < 24 and pace > 40 and followers < 10",
        say("New, and writes without a pause"),
        say("Who has just come reads more than they write; advertisers do not."),
    ),
    "link": Offered(
        "age < 72 and pace > 10 and link_pace > 100",
        say("New, and one of very many who lead to the same place"),
        say("The same advertisement from a hundred accounts, not what everybody reads just now."),
    ),
    "network": Offered(
        "age < 24 and network_pace > 300",
        say("New, from a network that writes without a pause"),
        say("Accounts by the dozen out of one network; a school or an office stays below."),
    ),
}


class RuleForm(msgspec.Struct, kw_only=True):
    """What the page sends."""

    name: str = ""
    source: str = ""
    why: str = ""
    category: str = "violation"
    act: str = "sensitive"


class Trial(NamedTuple):
    """What a rule would have hit."""

    seen: int  # posts it was tried on
    hit: int
    posts: tuple[int, ...]  # the newest of those


def listed(tx: Tx, viewer: Viewer) -> list[Rule]:
    """All of them. Raises Forbidden."""
    require(viewer, NEEDS)
    return queries.all_(tx)


def show(tx: Tx, viewer: Viewer, rule: int) -> tuple[Rule, Judged]:
    """One, and how right it was. Raises Forbidden, NotFound."""
    require(viewer, NEEDS)
    return queries.one(tx, rule), queries.judged(tx, rule)


def save(tx: Tx, viewer: Viewer, form: RuleForm, rule: int | None = None) -> Rule:
    """Keep a new one, as a draft, or change one: what says something else begins anew as a draft.

    Raises:
        Forbidden, NotFound.
        Invalid: by field: no name, no expression, no reason; too long; there are too many.
    """
    require(viewer, NEEDS)
    given = _checked(form)
    if rule is None:
        if len(queries.all_(tx)) >= MOST_RULES:
            raise Invalid(say("There are at most %(most)s rules.", most=MOST_RULES))
        made = Rule(id=new_id(tx.now), mode="draft", since=tx.ms, by=viewer.id, **given)
        queries.add(tx, made)
        decisions.add(tx, viewer.id, "write", "rule", made.id, detail=made.source)
        return made
    tx.lock("rule", rule)
    old = queries.one(tx, rule)
    new = msgspec.structs.replace(old, **given)
    if (new.source, new.act, new.category) != (old.source, old.act, old.category):
        queries.forget_hits(tx, rule)
        new = msgspec.structs.replace(
            new, mode="draft", since=tx.ms, by=viewer.id, hits=0, in_hour=0, calm=0, fell=False
        )
    queries.change(tx, new)
    decisions.add(tx, viewer.id, "write", "rule", rule, detail=new.source)
    return new


def _checked(form: RuleForm) -> dict[str, Any]:
    given = {
        "name": tidy(form.name),
        "source": form.source.strip(),
        "why": tidy(form.why),
        "category": form.category,
        "act": form.act,
    }
    wrong: dict[str, Said | str] = {}
    for field, most in (("name", NAME_CHARS), ("why", WHY_CHARS)):
        if not 0 < len(given[field]) <= most:
            wrong[field] = say("Between one and %(most)s characters.", most=most)
    if form.act not in DOES:
        wrong["act"] = say("Choose what it does.")
    if form.category not in CATEGORIES:
        wrong["category"] = say("Choose what is wrong.")
    try:
        compiled(given["source"])
    except Invalid as error:
        wrong["source"] = error.args[0]
    if wrong:
        raise Invalid(
            say("The rule is not complete."),
            {field: [("ERR_INVALID", words)] for field, words in wrong.items()},
        )
    return given


def remove(tx: Tx, viewer: Viewer, rule: int) -> None:
    """Gone, with what it hit; what was reported stays. Raises Forbidden, NotFound."""
    require(viewer, NEEDS)
    found = queries.one(tx, rule)
    queries.drop(tx, found.id)
    decisions.add(tx, viewer.id, "remove", "rule", rule, detail=found.name)


# --- trying, judging ------------------------------------------------------------------------------


def trial(tx: Tx, viewer: Viewer, source: str, days: int = DAYS) -> Trial:
    """What an expression would have hit in the last days, of at most `TRIED` posts.

    Raises: Forbidden; Invalid: it cannot be read.
    """
    require(viewer, NEEDS)
    expression = compiled(source.strip())
    after, below = (tx.ms - days * DAY) << 16, 1 << 62
    hit: list[int] = []
    seen = 0
    for post in queries.recent(tx, after, below, TRIED):
        facts = facts_of(tx, post)
        if facts is None:
            continue
        seen += 1
        if expression.holds(facts):
            hit.append(post)
    return Trial(seen, len(hit), tuple(hit[:SHOWN]))


def sample(tx: Tx, viewer: Viewer, rule: int) -> list[dict[str, Any]]:
    """The newest posts that it hit, and what was said of each. Raises Forbidden."""
    require(viewer, NEEDS)
    found = queries.hits(tx, rule, SAMPLE)
    cards = filed.reported_cards(tx, [each.post for each in found])
    said = statuses.statuses(tx, Viewer(), cards)
    return [
        {"id": str(each.id), "right": each.right, "status": msgspec.json.decode(said[each.post])}
        for each in found
        if each.post in said
    ]


def shown(tx: Tx, posts: Sequence[int]) -> list[dict[str, Any]]:
    """Posts as the page of a trial shows them."""
    said = statuses.statuses(tx, Viewer(), filed.reported_cards(tx, posts))
    return [msgspec.json.decode(said[post]) for post in posts if post in said]


def judge(tx: Tx, viewer: Viewer, rule: int, hit: int, right: bool) -> None:
    """Say whether it was right about a post. Raises Forbidden, NotFound."""
    require(viewer, NEEDS)
    if viewer.id is None or not queries.judge(tx, rule, hit, right, viewer.id):
        raise NotFound


# --- what it may do -------------------------------------------------------------------------------


def set_mode(tx: Tx, viewer: Viewer, rule: int, mode: str) -> Rule:
    """Move a rule on, or back. Into acting it takes two people: see `eyes.Enforce`.

    Raises:
        Forbidden, NotFound.
        Invalid: no such mode.
        Conflict: it was not long enough in the shadow, or nobody looked at what it hits.
    """
    require(viewer, NEEDS)
    tx.lock("rule", rule)
    found = queries.one(tx, rule)
    if mode not in get_args(Mode):
        raise Invalid(say("Choose what it does."))
    if mode == "act":
        refuse_untried(tx, found)
    if mode == found.mode:
        return found
    calm = found.calm
    if mode in ("queue", "act") and found.mode in ("shadow", "queue"):
        hours = max(1, (tx.ms - found.since) // HOUR)
        calm = max(1, -(-found.hits // hours))
    new = msgspec.structs.replace(
        found, mode=mode, since=tx.ms, hits=0, in_hour=0, calm=calm, fell=False
    )
    queries.change(tx, new)
    decisions.add(tx, viewer.id, f"mode {mode}", "rule", rule, detail=found.mode)
    return new


def refuse_untried(tx: Tx, rule: Rule) -> None:
    """Raises Conflict: it cannot act yet."""
    if rule.mode not in ("shadow", "queue") or tx.ms - rule.since < IN_SHADOW:
        raise Conflict(say("A rule is in the shadow or the queue for a day before it acts."))
    seen, hits = queries.judged(tx, rule.id).seen, len(queries.hits(tx, rule.id, SAMPLE))
    if not hits or seen < hits:
        raise Conflict(say("Look first at what it hit: at %(most)s, or at all.", most=SAMPLE))
