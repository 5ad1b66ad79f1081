"""Servers somebody blocks, and who of them is tied to that person."""

from typing import NamedTuple

from sqlalchemy import BigInteger, BindParameter, bindparam, delete, func, select, union

from whimbrel.core.engines import Query, insert
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx

from ..tables import accounts, domain_blocks, follow_requests, follows


class Row(NamedTuple):
    """A blocked server. `cursor` pages."""

    cursor: int
    domain: str


def _number(name: str) -> BindParameter[int]:
    return bindparam(name, type_=BigInteger, required=True)


def _page(*, ascending: bool) -> Query:
    id_ = domain_blocks.c.id
    return Query(
        select(id_, domain_blocks.c.domain)
        .where(
            domain_blocks.c.account == _number("whose"), id_ > _number("low"), id_ < _number("high")
        )
        .order_by(id_.asc() if ascending else id_.desc())
        .limit(_number("most"))
    )


_PAGES = {ascending: _page(ascending=ascending) for ascending in (False, True)}
_COUNT = Query(select(func.count()).where(domain_blocks.c.account == _number("whose")))
_ADD = Query(insert(domain_blocks).on_conflict_do_nothing(index_elements=["account", "domain"]))
_REMOVE = Query(
    delete(domain_blocks).where(
        domain_blocks.c.account == _number("whose"), domain_blocks.c.domain == bindparam("which")
    )
)


def _ties() -> Query:
    who = _number("who")
    ends = [
        (table.c[mine], table.c[theirs])
        for table in (follows, follow_requests)
        for mine, theirs in (("follower", "followee"), ("followee", "follower"))
    ]
    found = union(
        *(
            select(theirs.label("other"))
            .join(accounts, accounts.c.id == theirs)
            .where(mine == who, accounts.c.domain == bindparam("domain"))
            for mine, theirs in ends
        )
    ).subquery()
    return Query(select(found.c.other).order_by(found.c.other).limit(_number("most")))


_TIED = _ties()


def page(tx: Tx, whose: int, *, low: int, high: int, ascending: bool, most: int) -> list[Row]:
    """A page of the servers `whose` blocks, newest first; see `core.http.window`."""
    rows = tx.rows(_PAGES[ascending], whose=whose, low=low, high=high, most=most)
    found = [Row(*row) for row in rows]
    return found[::-1] if ascending else found


def count(tx: Tx, account: int) -> int:
    """How many servers somebody blocks."""
    return int(tx.value(_COUNT, whose=account))


def add(tx: Tx, account: int, domain: str) -> bool:
    """Whether it was not there yet."""
    return tx.run(_ADD, id=new_id(tx.now), account=account, domain=domain, at=tx.ms) == 1


def remove(tx: Tx, account: int, domain: str) -> None:
    """A server is blocked no more."""
    tx.run(_REMOVE, whose=account, which=domain)


def tied(tx: Tx, account: int, domain: str, most: int) -> list[int]:
    """Up to `most` people of `domain` who follow `account`, are followed, or where one asked."""
    return [row[0] for row in tx.rows(_TIED, who=account, domain=domain, most=most)]
