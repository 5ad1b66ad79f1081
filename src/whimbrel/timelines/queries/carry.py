"""Statements about what somebody takes along and brings along."""

from typing import Any, NamedTuple

import msgspec
from sqlalchemy import String, bindparam, delete, literal_column, select, update

from whimbrel.accounts.queries import people
from whimbrel.accounts.rules import Account
from whimbrel.accounts.tables import accounts, users
from whimbrel.core.engines import Query, insert
from whimbrel.core.keyring import Slot
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number
from whimbrel.posts.queries.visible import visible
from whimbrel.posts.rules import Mark
from whimbrel.posts.tables import marks, posts

from ..tables import imports

_decode = msgspec.json.Decoder(list[tuple[str, ...]]).decode


class Import(NamedTuple):
    """How far a file has come."""

    id: int
    kind: str
    total: int
    done: int
    missed: int
    going: bool = False  # it is not done, and goes on


class Open(NamedTuple):
    """One that is not done yet, with its rows."""

    shown: Import
    account: int
    slot: int
    rows: list[tuple[str, ...]]


_SHOWN = (
    *(imports.c.id, imports.c.kind, imports.c.total, imports.c.done, imports.c.missed),
    imports.c.content.is_not(None),
)
_ADD = Query(insert(imports))
_PAGE = Query(
    select(*_SHOWN)
    .where(imports.c.account == number("account"))
    .order_by(imports.c.id.desc())
    .limit(number("most"))
)
_OPEN = Query(
    select(*_SHOWN, imports.c.account, imports.c.slot, imports.c.content, accounts.c.slot)
    .join(accounts, accounts.c.id == imports.c.account)
    .join(users, users.c.account == imports.c.account)
    .where(
        imports.c.id == number("id"),
        imports.c.content.is_not(None),
        users.c.disabled_at.is_(None),
        accounts.c.suspended_at.is_(None),
    )
)
_MOVE = Query(
    update(imports)
    .where(imports.c.id == number("which"))
    .values(done=number("reached"), missed=number("lost"))
)
_END = Query(
    update(imports).where(imports.c.id == number("which")).values(content=literal_column("NULL"))
)
_REMOVE = Query(delete(imports).where(imports.c.id == number("which")))
_AUTHOR = Query(select(accounts.c.slot).where(accounts.c.id == number("account")))


def _place(id_: int, slot: int, author_slot: int) -> Slot:
    return Slot(slot, author_slot, id_, "imports.content")


def add(tx: Tx, id_: int, account: int, kind: str, rows: list[tuple[str, ...]], total: int) -> None:
    """A file, sealed."""
    slot, author_slot = tx.slot(), int(tx.value(_AUTHOR, account=account))
    sealed = tx.seal(_place(id_, slot, author_slot), msgspec.json.encode(rows))
    tx.run(
        _ADD,
        id=id_,
        account=account,
        kind=kind,
        content=sealed,
        slot=slot,
        total=total,
        done=0,
        missed=0,
    )


def page(tx: Tx, account: int, most: int) -> list[Import]:
    """The last ones of an account."""
    return [_import(row) for row in tx.rows(_PAGE, account=account, most=most)]


def _import(row: Any) -> Import:
    id_, kind, total, done, missed, going = row[:6]
    return Import(id_, kind, total, done, missed, bool(going))


def open_(tx: Tx, id_: int) -> Open | None:
    """One that is not done yet. Raises Shredded: an account that is going."""
    row = tx.row(_OPEN, id=id_)
    if row is None:
        return None
    shown, (account, slot, content, author_slot) = _import(row), row[6:]
    rows = _decode(tx.unseal(_place(id_, slot, author_slot), content))
    return Open(shown, account, slot, rows)


def move(tx: Tx, id_: int, done: int, missed: int) -> None:
    """It has come so far."""
    tx.run(_MOVE, which=id_, reached=done, lost=missed)


def remove(tx: Tx, id_: int) -> None:
    """Nothing is left of it."""
    tx.run(_REMOVE, which=id_)


def end(tx: Tx, id_: int, slot: int) -> None:
    """All of it is done: its words and their key go."""
    tx.run(_END, which=id_)
    tx.shred([slot])


# --- posts that somebody kept --------------------------------------------------------------------


class Kept(NamedTuple):
    """A bookmark. `cursor` goes on from it; `uri`: what its home calls the post, None = ours."""

    cursor: int
    post: int
    uri: str | None
    author: Account


_KEPT = Query(
    select(marks.c.id, posts.c.id, posts.c.uri, *people.COLUMNS)
    .join(posts, posts.c.id == marks.c.post)
    .join(accounts, accounts.c.id == posts.c.author)
    .where(
        marks.c.account == number("viewer"),
        marks.c.kind == literal_column(str(int(Mark.BOOKMARK))),
        marks.c.id < number("below"),
        visible(),
    )
    .order_by(marks.c.id.desc())
    .limit(number("most"))
)
_NAMED = Query(select(posts.c.id).where(posts.c.uri == bindparam("uri", type_=String)))


def kept(tx: Tx, viewer: int, below: int, most: int) -> list[Kept]:
    """What the viewer bookmarked and still may see, the last one first."""
    rows = tx.rows(_KEPT, viewer=viewer, below=below, most=most)
    return [Kept(row[0], row[1], row[2], people.account_of(row[3:])) for row in rows]


def named(tx: Tx, uri: str) -> int | None:
    """The post from elsewhere that is called so, if it is known here."""
    row = tx.row(_NAMED, uri=uri)
    return None if row is None else int(row[0])
