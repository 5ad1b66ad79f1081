"""Our people as other servers may read them, and the lists of who follows whom."""

from functools import lru_cache
from typing import Literal

import msgspec
from sqlalchemy import String, bindparam, select

from whimbrel.accounts.queries import people
from whimbrel.accounts.queries.lists import SHOWN
from whimbrel.accounts.rules import Account
from whimbrel.accounts.tables import accounts, follows, moves
from whimbrel.core.engines import Query
from whimbrel.core.tx import Tx
from whimbrel.discovery.tables import featured_tags
from whimbrel.posts.queries import number

from ..rules import Others, Public
from ..tables import actor_keys
from .posts import actor_id

_WITH_KEYS = (
    select(*people.COLUMNS, actor_keys.c.rsa, actor_keys.c.ed25519)
    .outerjoin(actor_keys, actor_keys.c.id == accounts.c.id)
    .where(accounts.c.domain.is_(None), ~people.PENDING)
)
_BY_ID = Query(_WITH_KEYS.where(accounts.c.id == number("id")))
_BY_NAME = Query(_WITH_KEYS.where(accounts.c.handle == bindparam("name", type_=String)))


def by_id(tx: Tx, id_: int) -> tuple[Account, Public | None] | None:
    """Somebody of ours and their keys, where they have some yet."""
    return _read(tx.row(_BY_ID, id=id_))


def by_name(tx: Tx, name: str) -> tuple[Account, Public | None] | None:
    """The same by name, in whatever case."""
    if not name.isprintable():
        return None
    return _read(tx.row(_BY_NAME, name=name.lower()))


def _read(row: tuple[object, ...] | None) -> tuple[Account, Public | None] | None:
    if row is None:
        return None
    *account, rsa, ed25519 = row
    keys = None if rsa is None else Public(str(rsa), str(ed25519))
    return people.account_of(account), keys


_URI = Query(select(accounts.c.id, accounts.c.uri).where(accounts.c.id == number("id")))
_target = accounts.alias("target")
_OTHERS = Query(
    select(moves.c.aliases, _target.c.id, _target.c.uri)
    .outerjoin(_target, _target.c.id == moves.c.target)
    .where(moves.c.account == number("account"))
)


def uri_of(tx: Tx, account: int) -> str | None:
    """What somebody is called everywhere; None for nobody."""
    row = tx.row(_URI, id=account)
    return None if row is None else row[1] or actor_id(tx.instance, row[0])


def others(tx: Tx, account: int) -> Others:
    """Which other accounts are the same person's, and where they went."""
    row = tx.row(_OTHERS, account=account)
    if row is None:
        return Others()
    aliases, target, uri = row
    moved = None if target is None else uri or actor_id(tx.instance, target)
    return Others(msgspec.json.decode(aliases, type=tuple[str, ...]), moved)


_TAGS = Query(
    select(featured_tags.c.tag)
    .join(accounts, accounts.c.id == featured_tags.c.account)
    .where(
        accounts.c.id == number("whose"),
        accounts.c.domain.is_(None),
        accounts.c.suspended_at.is_(None),
    )
    .order_by(featured_tags.c.id)
)


def tags_of(tx: Tx, whose: int) -> list[int]:
    """The tags on the profile of somebody of ours who is not suspended."""
    return [row[0] for row in tx.rows(_TAGS, whose=whose)]


@lru_cache(maxsize=4)
def _tied(kind: Literal["followers", "following"]) -> Query:
    whose, who = follows.c.followee, follows.c.follower
    if kind == "following":
        whose, who = who, whose
    return Query(
        select(follows.c.id, accounts.c.id, accounts.c.uri)
        .join(accounts, accounts.c.id == who)
        .where(whose == number("whose"), follows.c.id < number("before"), SHOWN)
        .order_by(follows.c.id.desc())
        .limit(number("most"))
    )


def tied(
    tx: Tx, kind: Literal["followers", "following"], whose: int, before: int, most: int
) -> list[tuple[int, str]]:
    """Cursor and id of who follows somebody, or is followed, newest first."""
    rows = tx.rows(_tied(kind), whose=whose, before=before, most=most)
    return [(row[0], row[2] or actor_id(tx.instance, row[1])) for row in rows]
