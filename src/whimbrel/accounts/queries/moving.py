"""Aliases, moves, and who has something to do with somebody who moved."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

import msgspec
from sqlalchemy import BigInteger, BindParameter, Table, bindparam, select, update

from whimbrel.core.engines import Query, upsert
from whimbrel.core.tx import Tx

from ..tables import accounts, blocks, follows, moves, mutes, notes

Tie = Literal["follows", "blocks", "mutes", "notes"]
_TABLES: dict[Tie, Table] = {"follows": follows, "blocks": blocks, "mutes": mutes, "notes": notes}


class Moved(NamedTuple):
    """What somebody says of their other accounts."""

    aliases: tuple[str, ...] = ()
    target: int | None = None
    at: int | None = None  # ms


def _number(name: str) -> BindParameter[int]:
    return bindparam(name, type_=BigInteger)


_READ = Query(
    select(moves.c.aliases, moves.c.target, moves.c.at).where(moves.c.account == _number("account"))
)
_LEFT = Query(
    select(moves.c.target)
    .join(accounts, accounts.c.id == moves.c.account)
    .where(
        moves.c.account == _number("account"),
        moves.c.target.is_not(None),
        accounts.c.domain.is_(None),
    )
)
_BACK = Query(update(moves).where(moves.c.account == _number("whose")).values(target=None))
_ALIASES = Query(upsert(moves, ["account"], ["aliases"], ["account", "aliases"]))
_MOVE = Query(upsert(moves, ["account"], ["target", "at"], ["account", "target", "at"]))
_MUTE = Query(
    select(mutes.c.notifications, mutes.c.until).where(
        mutes.c.account == _number("account"), mutes.c.target == _number("target")
    )
)
_NOTE = Query(
    select(notes.c.content, notes.c.slot, accounts.c.slot)
    .join(accounts, accounts.c.id == notes.c.account)
    .where(notes.c.account == _number("account"), notes.c.target == _number("target"))
)


def read(tx: Tx, account: int) -> Moved:
    """Of one of ours; of somebody elsewhere, where they went."""
    row = tx.row(_READ, account=account)
    if row is None:
        return Moved()
    return Moved(msgspec.json.decode(row[0], type=tuple[str, ...]), row[1], row[2])


def left(tx: Tx, account: int) -> bool:
    """Whether this is one of ours who went to another account."""
    return tx.row(_LEFT, account=account) is not None


def back(tx: Tx, account: int) -> None:
    """They use this one again; when they went is kept."""
    tx.run(_BACK, whose=account)


def set_aliases(tx: Tx, account: int, aliases: Sequence[str]) -> None:
    """They have these and no others."""
    tx.run(_ALIASES, account=account, aliases=msgspec.json.encode(aliases).decode())


def move(tx: Tx, account: int, target: int) -> None:
    """They went there, now."""
    tx.run(_MOVE, account=account, target=target, at=tx.ms)


@lru_cache(maxsize=4)
def _tied(kind: Tie) -> Query:
    table = _TABLES[kind]
    by, to = ("follower", "followee") if kind == "follows" else ("account", "target")
    return Query(
        select(table.c[by])
        .join(accounts, accounts.c.id == table.c[by])
        .where(
            table.c[to] == _number("whom"),
            table.c[by] > _number("after"),
            accounts.c.domain.is_(None),
        )
        .order_by(table.c[by])
        .limit(_number("most"))
    )


def tied(tx: Tx, kind: Tie, whom: int, after: int, most: int) -> list[int]:
    """The next of ours who follow, block, mute or noted something about somebody."""
    return [row[0] for row in tx.rows(_tied(kind), whom=whom, after=after, most=most)]


def mute(tx: Tx, account: int, target: int) -> tuple[bool, int | None] | None:
    """Whether notifications are muted too, and until when (ms); None = not muted."""
    row = tx.row(_MUTE, account=account, target=target)
    return None if row is None else (bool(row[0]), row[1])


def note(tx: Tx, account: int, target: int) -> tuple[bytes, int, int] | None:
    """A note as it is sealed, its slot and its author's."""
    row = tx.row(_NOTE, account=account, target=target)
    return None if row is None else (bytes(row[0]), row[1], row[2])
