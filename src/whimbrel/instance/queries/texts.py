"""Rules and the long texts."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, func, select, update

from whimbrel.core.engines import Query, in_list, insert, upsert
from whimbrel.core.tx import Tx

from ..rules import Kind, Rule, Text, Wording
from ..tables import rules, texts

MOST_RULES = 100

_RULE = (rules.c.id, rules.c.position, rules.c.text, rules.c.hint, rules.c.translations)
_KEPT = Query(
    select(*_RULE)
    .where(rules.c.removed_at.is_(None))
    .order_by(rules.c.position, rules.c.id)
    .limit(MOST_RULES)
)
_NAMED = Query(
    select(*_RULE).where(in_list(rules.c.id, "ids")).order_by(rules.c.position, rules.c.id)
)
_LAST = Query(select(func.max(rules.c.position)))
_ADD = Query(insert(rules, ("id", "position", "text", "hint", "translations", "at")))
_CHANGE = Query(
    update(rules)
    .where(rules.c.id == bindparam("rule"), rules.c.removed_at.is_(None))
    .values(
        position=bindparam("new_position"),
        text=bindparam("new_text"),
        hint=bindparam("new_hint"),
        translations=bindparam("new_translations"),
    )
)
_REMOVE = Query(
    update(rules)
    .where(rules.c.id == bindparam("rule"), rules.c.removed_at.is_(None))
    .values(removed_at=bindparam("now"))
)
_TEXT = (texts.c.kind, texts.c.day, texts.c.html, texts.c.at)
_WRITE = Query(upsert(texts, ("kind", "day"), ("markdown", "html", "at")))
_FORGET = Query(
    delete(texts).where(texts.c.kind == bindparam("of"), texts.c.day == bindparam("on"))
)
_ONE = Query(select(*_TEXT).where(texts.c.kind == bindparam("of"), texts.c.day == bindparam("on")))
_SOURCE = Query(
    select(texts.c.markdown).where(texts.c.kind == bindparam("of"), texts.c.day == bindparam("on"))
)
_TERMS = select(*_TEXT).where(texts.c.kind == "terms")
_IN_FORCE = Query(
    _TERMS.where(texts.c.day <= bindparam("today")).order_by(texts.c.day.desc()).limit(1)
)
_NEXT = Query(_TERMS.where(texts.c.day > bindparam("after")).order_by(texts.c.day).limit(1))
_DAYS = Query(select(texts.c.day).where(texts.c.kind == bindparam("of")).order_by(texts.c.day))

_read = msgspec.json.Decoder(dict[str, Wording]).decode


def _rule(row: Any) -> Rule:
    id_, position, text, hint, translations = row
    return Rule(id=id_, position=position, text=text, hint=hint, translations=_read(translations))


def kept(tx: Tx) -> list[Rule]:
    """The rules that hold, in their order."""
    return [_rule(row) for row in tx.rows(_KEPT)]


def named(tx: Tx, ids: list[int]) -> list[Rule]:
    """These rules, also those that hold no more: what old reports name."""
    return [_rule(row) for row in tx.rows(_NAMED, list_ids=ids)]


def add(tx: Tx, id_: int, wording: Wording, translations: Mapping[str, Wording]) -> None:
    """Store a rule as the last of them."""
    tx.run(
        _ADD,
        id=id_,
        position=(tx.value(_LAST) or 0) + 1,
        text=wording.text,
        hint=wording.hint,
        translations=msgspec.json.encode(translations).decode(),
        at=tx.ms,
    )


def change(tx: Tx, rule: Rule) -> bool:
    """Store a rule as it is now; False where there is none."""
    return bool(
        tx.run(
            _CHANGE,
            rule=rule.id,
            new_position=rule.position,
            new_text=rule.text,
            new_hint=rule.hint,
            new_translations=msgspec.json.encode(rule.translations).decode(),
        )
    )


def remove(tx: Tx, rule: int) -> bool:
    """It holds no more; False where it did not."""
    return bool(tx.run(_REMOVE, rule=rule, now=tx.ms))


def write(tx: Tx, text: Text, markdown: str) -> None:
    """Store a long text in place of the one before."""
    tx.run(_WRITE, kind=text.kind, day=text.day, markdown=markdown, html=text.html, at=text.at)


def forget(tx: Tx, kind: Kind, day: str = "") -> bool:
    """Remove one; False where there is none."""
    return bool(tx.run(_FORGET, of=kind, on=day))


def one(tx: Tx, kind: Kind, day: str = "") -> Text | None:
    """A long text."""
    return _text(tx.row(_ONE, of=kind, on=day))


def source(tx: Tx, kind: Kind, day: str = "") -> str | None:
    """The Markdown it was made of."""
    found: str | None = tx.value(_SOURCE, of=kind, on=day)
    return found


def in_force(tx: Tx, today: str) -> Text | None:
    """The newest terms that hold."""
    return _text(tx.row(_IN_FORCE, today=today))


def next_terms(tx: Tx, after: str) -> Text | None:
    """The first terms that hold from a later day than `after`."""
    return _text(tx.row(_NEXT, after=after))


def days(tx: Tx, kind: Kind) -> list[str]:
    """The days of that kind of text."""
    return [row[0] for row in tx.rows(_DAYS, of=kind)]


def _text(row: Any) -> Text | None:
    return None if row is None else Text(kind=row[0], day=row[1], html=row[2], at=row[3])
