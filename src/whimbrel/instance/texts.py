"""Rules and the long texts: what the operator writes, and what holds today.

Who may write is decided where it is asked: only commands on the server do, so far."""

from collections.abc import Sequence

import msgspec

from whimbrel.accounts.rules import is_language
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.ids import iso, new_id
from whimbrel.core.text import tidy
from whimbrel.core.text.markdown import markdown_html
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .queries import texts as queries
from .rules import (
    HINT_CHARS,
    MARKDOWN_CHARS,
    RULE_CHARS,
    TRANSLATIONS_CHARS,
    Kind,
    Rule,
    Text,
    Wording,
    checked,
    is_day,
)


def rules(tx: Tx) -> list[Rule]:
    """The rules that hold, in their order."""
    return queries.kept(tx)


def missing_rules(tx: Tx, ids: Sequence[str]) -> list[str]:
    """Which of `ids` are no rules that hold."""
    known = {str(rule.id) for rule in queries.kept(tx)} if ids else set()
    return [id_ for id_ in ids if id_ not in known]


def add_rule(tx: Tx, text: str, hint: str = "") -> int:
    """A new rule, the last of them; its id.

    Raises:
        Invalid: empty or too long, or there are too many.
    """
    if len(queries.kept(tx)) >= queries.MOST_RULES:
        raise Invalid(
            say("There are %(most)s rules already. Nobody reads more.", most=queries.MOST_RULES)
        )
    id_ = new_id(tx.now)
    queries.add(tx, id_, _wording(text, hint), {})
    return id_


def change_rule(
    tx: Tx,
    number: int,
    *,
    text: str | None = None,
    hint: str | None = None,
    position: int | None = None,
) -> None:
    """Word a rule anew, or move it; None leaves it as it is.

    Args:
        number: 1 is the first.
        position: where it shall stand, 1 = first.
    Raises:
        NotFound: there is no such rule.
        Invalid: empty or too long.
    """
    rule = _numbered(tx, number)
    wording = _wording(rule.text if text is None else text, rule.hint if hint is None else hint)
    queries.change(tx, msgspec.structs.replace(rule, text=wording.text, hint=wording.hint))
    if position is not None:
        others = [each for each in queries.kept(tx) if each.id != rule.id]
        moved = next(each for each in queries.kept(tx) if each.id == rule.id)
        others.insert(max(0, position - 1), moved)
        for at, each in enumerate(others, 1):
            queries.change(tx, msgspec.structs.replace(each, position=at))


def translate_rule(tx: Tx, number: int, language: str, text: str | None, hint: str = "") -> None:
    """Say a rule in another language; without `text` the translation goes.

    Raises:
        NotFound: there is no such rule.
        Invalid: no language, or too long.
    """
    rule = _numbered(tx, number)
    if not is_language(language):
        raise Invalid(
            say("%(language)s is no language code such as en or pt-BR.", language=repr(language))
        )
    said = {code: wording for code, wording in rule.translations.items() if code != language}
    if text is not None:
        said[language] = _wording(text, hint)
    if len(msgspec.json.encode(said).decode()) > TRANSLATIONS_CHARS:
        raise Invalid(say("These are too many translations."))
    queries.change(tx, msgspec.structs.replace(rule, translations=said))


def remove_rule(tx: Tx, number: int) -> None:
    """A rule holds no more. Reports that name it still can. Raises NotFound."""
    queries.remove(tx, _numbered(tx, number).id)


def _numbered(tx: Tx, number: int) -> Rule:
    held = queries.kept(tx)
    if not 1 <= number <= len(held):
        raise NotFound(f"There is no rule number {number}.")
    return held[number - 1]


def _wording(text: str, hint: str) -> Wording:
    return Wording(
        checked("A rule", " ".join(tidy(text).split()), RULE_CHARS),
        checked("A hint", tidy(hint), HINT_CHARS, blank=True),
    )


def write(tx: Tx, kind: Kind, markdown: str, day: str = "") -> Text:
    """Put a long text in place of the one before.

    Args:
        markdown: see `core.text.markdown`.
        day: of terms: from when they hold (2026-12-31); "" = today.
    Raises:
        Invalid: empty, too long, or no date.
    """
    if kind == "terms":
        day = day or today(tx)
        if not is_day(day):
            raise Invalid(say("%(day)s is no date such as 2026-12-31.", day=repr(day)))
    source = checked("The text", tidy(markdown), MARKDOWN_CHARS)
    html = checked("The text", markdown_html(source), 4 * MARKDOWN_CHARS)
    written = Text(kind=kind, day=day if kind == "terms" else "", html=html, at=tx.ms)
    queries.write(tx, written, source)
    return written


def forget(tx: Tx, kind: Kind, day: str = "") -> None:
    """Take a long text away. Raises NotFound."""
    if not queries.forget(tx, kind, day):
        raise NotFound("There is no such text.")


def source(tx: Tx, kind: Kind, day: str = "") -> str:
    """The Markdown of a long text. Raises NotFound."""
    found = queries.source(tx, kind, day)
    if found is None:
        raise NotFound("There is no such text.")
    return found


def days(tx: Tx, kind: Kind) -> list[str]:
    """The days from which there are texts of that kind."""
    return queries.days(tx, kind)


def one(tx: Tx, kind: Kind) -> Text | None:
    """A long text as everybody reads it now; of terms those in force, or the first to come."""
    if kind != "terms":
        return queries.one(tx, kind)
    return queries.in_force(tx, today(tx)) or queries.next_terms(tx, "")


def terms_of(tx: Tx, day: str) -> Text:
    """The terms that hold from that day on. Raises NotFound."""
    found = queries.one(tx, "terms", day) if is_day(day) else None
    if found is None:
        raise NotFound
    return found


def successor(tx: Tx, terms: Text) -> Text | None:
    """The terms that come after these."""
    return queries.next_terms(tx, terms.day)


def today(tx: Tx) -> str:
    """The date, UTC."""
    return iso(tx.ms)[:10]
