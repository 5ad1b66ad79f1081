"""Statements about lists of servers that others keep."""

from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import String, bindparam, delete, func, select, update

from whimbrel.core.engines import Query, insert, insert_ignore
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..rules import ServerBlock
from ..tables import block_lists, list_changes, list_excludes, list_uses, listed_servers

Kind = Literal["add", "change", "lift"]
_l, _c, _u = block_lists.c, list_changes.c, list_uses.c
_before = msgspec.json.Decoder(ServerBlock).decode


class BlockList(NamedTuple):
    """A list as stored, without what it says. Times in ms."""

    id: int
    name: str
    url: str
    rank: int
    many: int = 0
    fetched_at: int | None = None
    error: str = ""
    turn: int = 0


class Change(NamedTuple):
    """What was done about a server. `list`: because of which it was as it was `before`."""

    id: int
    use: int
    kind: Kind
    domain: str
    block: int
    before: ServerBlock | None
    list: int | None


class Use(NamedTuple):
    """Something of the lists was done. `last`: its last change, in ms."""

    id: int
    many: int
    last: int


_COLUMNS = tuple(_l[name] for name in BlockList._fields)
_ADD = Query(insert(block_lists, BlockList._fields))
_ALL = Query(select(*_COLUMNS).order_by(_l.rank, _l.id))
_ONE = Query(select(*_COLUMNS).where(_l.id == number("id")))
_SAID = Query(select(_l.id, _l.content).order_by(_l.rank, _l.id))
_CONTENT = Query(select(_l.content).where(_l.id == number("id")))
_SET = {
    name: Query(
        update(block_lists)
        .where(_l.id == number("which"))
        .values({name: bindparam("new", type_=_l[name].type)})
    )
    for name in ("rank", "content", "many", "fetched_at", "error", "turn")
}
_DROP = Query(delete(block_lists).where(_l.id == number("id")))


def add(tx: Tx, made: BlockList) -> None:
    """A new one."""
    tx.run(_ADD, **made._asdict())


def every(tx: Tx) -> list[BlockList]:
    """All of them, the one that wins first."""
    return [BlockList(*row) for row in tx.rows(_ALL)]


def find(tx: Tx, id_: int) -> BlockList | None:
    """One of them, if it is there."""
    row = tx.row(_ONE, id=id_)
    return row and BlockList(*row)


def one(tx: Tx, id_: int) -> BlockList:
    """One of them. Raises NotFound."""
    found = find(tx, id_)
    if found is None:
        raise NotFound
    return found


def change(tx: Tx, id_: int, **new: Any) -> None:
    """Write columns of one."""
    for name, value in new.items():
        tx.run(_SET[name], which=id_, new=value)


def drop(tx: Tx, id_: int) -> None:
    """It is gone; what was taken over from it is the operator's own."""
    tx.run(_DROP, id=id_)


def content(tx: Tx, id_: int) -> bytes:
    """What it said last; b"" = nothing yet."""
    return bytes(tx.value(_CONTENT, id=id_) or b"")


def contents(tx: Tx) -> list[tuple[int, bytes]]:
    """(list, what it said last), the one that wins first."""
    return [(row[0], bytes(row[1])) for row in tx.rows(_SAID) if row[1] is not None]


# --- what is in force because of them -------------------------------------------------------------

_s = listed_servers.c
_NOTE = Query(insert(listed_servers))
_FORGET = Query(delete(listed_servers).where(_s.block == number("block")))
_SOURCE = Query(select(_s.list).where(_s.block == number("block")))
_SOURCES = Query(select(_s.block, _s.list))


def note(tx: Tx, block: int, source: int) -> None:
    """It is kept away because of this list."""
    tx.run(_NOTE, block=block, list=source)


def forget(tx: Tx, block: int) -> None:
    """It is the operator's own from now on."""
    tx.run(_FORGET, block=block)


def source(tx: Tx, block: int) -> int | None:
    """Because of which list; None = it is the operator's own."""
    found: int | None = tx.value(_SOURCE, block=block)
    return found


def sources(tx: Tx) -> dict[int, int]:
    """By block: because of which list."""
    return {row[0]: row[1] for row in tx.rows(_SOURCES)}


# --- what was done, and can be undone -------------------------------------------------------------

_CHANGE = tuple(_c[name] for name in Change._fields)
_BEGIN = Query(insert(list_uses, ("id", "by")))
_UNDONE = Query(select(_u.undone_at).where(_u.id == number("id")))
_UNDO = Query(
    update(list_uses)
    .where(_u.id == number("which"), _u.undone_at.is_(None))
    .values(undone_at=number("now"))
)
_KEEP = Query(insert(list_changes))
_OF = Query(select(*_CHANGE).where(_c.use == number("use")).order_by(_c.id.desc()))
_USES = Query(
    select(_u.id, func.count(), func.max(_c.id))
    .select_from(list_uses.join(list_changes, _c.use == _u.id))
    .where(_u.undone_at.is_(None))
    .group_by(_u.id)
    .having(func.max(_c.id) > number("after"))
    .order_by(_u.id.desc())
)
_WEEK = 7 * 24 * 3600 * 1000 << 16  # of ids: what waits longer for a second person is not done
_OLD = Query(delete(list_uses).where(_u.id < number("before")))


def begin(tx: Tx, use: int, by: int | None) -> None:
    """Something of the lists is done now; what is from long ago is forgotten."""
    tx.run(_OLD, before=use - _WEEK)
    tx.run(_BEGIN, id=use, by=by)


def can_go_on(tx: Tx, use: int) -> bool:
    """Whether it is there, and was not undone."""
    row = tx.row(_UNDONE, id=use)
    return row is not None and row[0] is None


def keep(tx: Tx, done: Change) -> None:
    """Keep how it was before."""
    before = None if done.before is None else msgspec.json.encode(done.before)
    tx.run(_KEEP, **done._asdict() | {"before": before})


def changes(tx: Tx, use: int) -> list[Change]:
    """What was done then, the last one first."""
    return [
        Change(id_, use, kind, domain, block, None if was is None else _before(bytes(was)), source)
        for id_, use, kind, domain, block, was, source in tx.rows(_OF, use=use)
    ]


def uses(tx: Tx, after: int) -> list[Use]:
    """What was not undone and has a change newer than `after` (ms), the newest first."""
    rows = tx.rows(_USES, after=after << 16)
    return [Use(id_, int(many), last >> 16) for id_, many, last in rows]


def undo(tx: Tx, use: int) -> bool:
    """It is undone; False where it was so already."""
    return tx.run(_UNDO, which=use, now=tx.ms) == 1


# --- what they do not decide about ----------------------------------------------------------------

_e = list_excludes.c
_EXCLUDE = Query(insert_ignore(list_excludes))
_INCLUDE = Query(delete(list_excludes).where(_e.domain == bindparam("domain", type_=String)))
_EXCLUDED = Query(select(_e.domain).order_by(_e.domain))


def exclude(tx: Tx, domain: str, by: int | None) -> bool:
    """Leave a server out; False where it is so already."""
    return tx.run(_EXCLUDE, domain=domain, by=by) == 1


def include(tx: Tx, domain: str) -> bool:
    """Leave it out no more; False where it was not."""
    return tx.run(_INCLUDE, domain=domain) == 1


def excluded(tx: Tx) -> list[str]:
    """Those left out, by name."""
    return [row[0] for row in tx.rows(_EXCLUDED)]
