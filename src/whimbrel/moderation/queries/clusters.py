"""Statements about what cases have in common."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import and_, func, select

from whimbrel.core.engines import Query, in_list, insert_ignore
from whimbrel.core.tx import Tx
from whimbrel.media.queries import by_ids, on_post
from whimbrel.posts.queries import number

from ..rules import Case
from ..tables import case_traits, cases
from .cases import COLUMNS, case_of

_t, _c = case_traits.c, cases.c
_ADD = Query(insert_ignore(case_traits))
_open = and_(_c.id == _t.case, _c.state == "open")
_many = func.count(func.distinct(_t.case))
_BIGGEST = Query(
    select(_t.trait, func.min(_t.kind), _many, func.min(_c.due), func.min(_t.case))
    .join(cases, _open)
    .where(_t.kind != "band")
    .group_by(_t.trait)
    .having(_many > 1)
    .order_by(_many.desc(), func.min(_c.due), _t.trait)
    .limit(number("most"))
)
_alike = case_traits.alias()
_AROUND = Query(
    select(_t.trait, func.min(_t.kind), _many, func.min(_c.due), func.min(_t.case))
    .join(_alike, _alike.c.trait == _t.trait)
    .join(cases, _open)
    .where(_alike.c.case == number("case"), _t.kind != "band")
    .group_by(_t.trait)
    .having(_many > 1)
    .order_by(_many.desc(), _t.trait)
    .limit(number("most"))
)
_MEMBERS = Query(
    select(*COLUMNS)
    .where(
        _c.id.in_(select(_t.case).where(_t.trait == number("trait"))),
        _c.state == "open",
    )
    .order_by(_c.due, _c.id)
    .limit(number("most"))
)
_KIND = Query(select(_t.kind).where(_t.trait == number("trait")).limit(1))
_FIRST = Query(
    select(_t.case, func.min(_t.post)).where(in_list(_t.case, "cases")).group_by(_t.case)
)


class Cluster(NamedTuple):
    """Open cases that have something in common."""

    trait: int
    kind: str  # media link text; each text has bands besides, by which it is found
    size: int
    due: int  # of the first of them, ms
    first: int  # one of them


def add(tx: Tx, case: int, post: int, traits: Iterable[tuple[str, int]]) -> None:
    """A case is about a post that has these."""
    for kind, trait in traits:
        tx.run(_ADD, case=case, post=post, trait=trait, kind=kind)


def pictures(tx: Tx, post: int) -> list[str]:
    """What tells the files of a post from others: how they look and how large they are."""
    rows = by_ids(tx, on_post(tx, post))
    found = []
    for row in rows.values():
        whole = row.file("original")
        if row.blurhash and whole is not None:
            found.append(f"{row.blurhash} {whole.size}")
    return found


_NEAR = Query(
    select(_t.trait)
    .join(_alike, and_(_alike.c.case == _t.case, _alike.c.post == _t.post))
    .where(in_list(_alike.c.trait, "bands"), _alike.c.kind == "band", _t.kind == "text")
    .limit(1)
)


def near(tx: Tx, bands: Collection[int]) -> int | None:
    """What words are known by that share a band with these."""
    found: int | None = tx.value(_NEAR, list_bands=list(bands))
    return found


def biggest(tx: Tx, most: int) -> list[Cluster]:
    """The largest of all. Counts rows: readers say `slow=True`."""
    return [Cluster(*row) for row in tx.rows(_BIGGEST, most=most)]


def around(tx: Tx, case: int, most: int) -> list[Cluster]:
    """Those that one case is in."""
    return [Cluster(*row) for row in tx.rows(_AROUND, case=case, most=most)]


def members(tx: Tx, trait: int, most: int) -> list[Case]:
    """The open cases that have this, what is due first."""
    return [case_of(row) for row in tx.rows(_MEMBERS, trait=trait, most=most)]


def kind_of(tx: Tx, trait: int) -> str | None:
    """What kind it is; None = no case has it."""
    found: str | None = tx.value(_KIND, trait=trait)
    return found


def posts_of(tx: Tx, cases_: Collection[int]) -> dict[int, int]:
    """By case, a post that it is about."""
    rows = tx.rows(_FIRST, list_cases=list(cases_)) if cases_ else []
    return {row[0]: row[1] for row in rows}
