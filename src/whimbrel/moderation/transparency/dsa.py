"""Statements of reasons as the DSA Transparency Database takes them (article 24(5)).

Only decisions that restrict something of somebody here go there, and none that was taken back
itself takes one back. What moderators wrote is cleaned of what may name somebody."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from whimbrel.accounts.queries import users
from whimbrel.core.ids import iso
from whimbrel.core.tx import Tx
from whimbrel.instance import texts
from whimbrel.media import queries as media

from ..queries import cases as stored
from ..queries import reports as filed
from ..queries import verdicts as decided
from ..queries.verdicts import Verdict
from ..rules import OF_POSTS, Case, Class, Told

_NAMES = re.compile(
    r"https?://\S+|(?<![^\s@])[^\s@]+@[^\s@]+\.[^\s@]+|"
    r"(?<!\w)@[\w.-]+(?:@[\w.-]+)?|(?<!\w)\+?\d[\d /-]{6,}\d"
)
_HIDDEN = "[…]"
_PUID = re.compile(r"[A-Za-z0-9_-]+")
_NEEDED = (
    *("decision_ground", "content_type", "category", "content_date", "application_date"),
    *("decision_facts", "source_type", "automated_detection", "automated_decision", "puid"),
)
_ONE_OF = ("decision_visibility", "decision_monetary", "decision_provision", "decision_account")
_NO_FACTS = "The moderators gave no description."


@cache
def words() -> dict[str, Any]:
    """The database's words, with the version they are of."""
    return tomllib.loads(files(__package__).joinpath("dsa.toml").read_text(encoding="utf-8"))


def category_of(klass: Class) -> str:
    """What the table says of a class of cases, where nobody chose."""
    found: str = words()["class"][klass]
    return found


@cache
def categories() -> dict[str, str]:
    """All that can be chosen, each with its name in plain words, as the database has it."""
    head = "STATEMENT_CATEGORY_"
    return {
        each: each.removeprefix(head).replace("_", " ").capitalize()
        for each in words()["values"]["category"]
    }


def export(tx: Tx, after: int, most: int = 1000) -> tuple[list[dict[str, Any]], int]:
    """Statements of decisions after `after` (an id).

    Returns:
        The statements, and the id to go on after; the same one where there are no more.
    """
    found = decided.after(tx, after, most)
    statements = [each for each in (_statement(tx, verdict) for verdict in found) if each]
    return statements, found[-1].id if found else after


def batches(statements: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """As the database takes them: at most a hundred a call."""
    most = words()["limits"]["statements"]
    for begin in range(0, len(statements), most):
        yield {"statements": list(statements[begin : begin + most])}


def _statement(tx: Tx, verdict: Verdict) -> dict[str, Any] | None:
    said = words()
    case = stored.one(tx, verdict.case)
    told = decided.statement(tx, verdict.statement).told
    restricts = {
        "decision_visibility": _list(said["visibility"], verdict),
        "decision_provision": _first(said["provision"], verdict),
        "decision_account": _first(said["account"], verdict),
    }
    restricts = {name: value for name, value in restricts.items() if value}
    if not restricts or told is None or case.target is None or verdict.undoes is not None:
        return None
    if users.by_account(tx, case.target) is None:  # somebody of another server: told by theirs
        return None
    sources: set[str] = {each.source for each in filed.of_cases(tx, [case.id])}
    made = {
        **restricts,
        **_ground(tx, told),
        "content_type": _content(tx, verdict),
        "category": told.category or category_of(case.klass),
        "content_date": _content_date(verdict, case),
        "application_date": iso(verdict.id >> 16)[:10],
        "decision_facts": clean(told.facts)[: said["limits"]["decision_facts"]] or _NO_FACTS,
        "source_type": _source(sources),
        "automated_detection": "Yes" if sources & {"rule", "hash"} else "No",
        "automated_decision": "AUTOMATED_DECISION_FULLY"
        if verdict.automated
        else "AUTOMATED_DECISION_NOT_AUTOMATED",
        "puid": f"{re.sub(r'[^A-Za-z0-9]', '-', tx.instance.domain)}-{verdict.id}"[:500],
    }
    if "DECISION_VISIBILITY_OTHER" in made.get("decision_visibility", ()):
        made["decision_visibility_other"] = "Pictures are covered until somebody asks for them."
    return made


def _list(table: dict[str, str], verdict: Verdict) -> list[str]:
    return sorted({table[act] for act in verdict.acts if act in table})


def _first(table: dict[str, str], verdict: Verdict) -> str:
    return next((table[act] for act in verdict.acts if act in table), "")


def _ground(tx: Tx, told: Told) -> dict[str, str]:
    limits = words()["limits"]
    explained = clean(told.facts)[: limits["explanation"]] or _NO_FACTS
    if told.ground == "law":
        return {
            "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
            "illegal_content_legal_ground": "Taken to be against the law.",
            "illegal_content_explanation": explained,
        }
    held = {str(rule.id): rule.text for rule in texts.rules(tx)}
    named = "; ".join(held[each] for each in told.policy if each in held)
    return {
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": (named or "The rules of this server.")[: limits["ground"]],
        "incompatible_content_explanation": explained,
    }


def _content(tx: Tx, verdict: Verdict) -> list[str]:
    """What kinds of things it is about; of an account, or of what is erased, text."""
    posts = [deed.target for deed in verdict.done if deed.act in OF_POSTS]
    rows = media.of_posts(tx, posts) if posts else {}
    kinds = {words()["kind"].get(row.kind) for theirs in rows.values() for row in theirs}
    return sorted({*filter(None, kinds), "CONTENT_TYPE_TEXT"})


def _content_date(verdict: Verdict, case: Case) -> str:
    """The day of the newest post it is about; an id begins with its time."""
    posts = [deed.target for deed in verdict.done if deed.act in OF_POSTS]
    return iso(max(posts) >> 16 if posts else case.received)[:10]


def _source(sources: set[str]) -> str:
    """The strongest one: what one of them is told as decides what is owed to it."""
    table = words()["source"]
    found = {table.get(each, "SOURCE_VOLUNTARY") for each in sources} or {"SOURCE_VOLUNTARY"}
    order: list[str] = words()["values"]["source_type"]
    return next(each for each in order if each in found)


def clean(text: str) -> str:
    """Without addresses, handles and numbers that may be somebody's."""
    return _NAMES.sub(_HIDDEN, text)


def faults(statement: dict[str, Any]) -> list[str]:
    """What the database would refuse of a statement; a sentence each."""
    said = words()
    limits, values = said["limits"], said["values"]
    wrong = [f"{name} is missing." for name in _NEEDED if not statement.get(name)]
    if not any(statement.get(name) for name in _ONE_OF):
        wrong.append("Nothing is restricted.")
    for name, known in values.items():
        given = statement.get(name, [])
        listed = given if isinstance(given, list) else [given]
        wrong += [f"{name} knows no {value}." for value in listed if value not in known]
    for name, value in statement.items():
        most = limits.get(name) or limits.get(name.rpartition("_")[2])
        if isinstance(value, str) and most and len(value) > most:
            wrong.append(f"{name} is longer than {most}.")
    if not _PUID.fullmatch(str(statement.get("puid", ""))):
        wrong.append("puid has other signs than letters, digits, - and _.")
    if _NAMES.search(str(statement.get("decision_facts", ""))):
        wrong.append("decision_facts may name somebody.")
    return wrong
