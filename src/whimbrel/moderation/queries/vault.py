"""Statements about evidence that is kept, and about who had it opened."""

from typing import Any, NamedTuple

from sqlalchemy import String, bindparam, func, select, update

from whimbrel.core.engines import Query, insert, insert_ignore
from whimbrel.core.errors import NotFound
from whimbrel.core.keyring import Slot
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..tables import cases, holds, openings


class Hold(NamedTuple):
    """A copy in the vault; `key` is None once it is destroyed."""

    id: int
    case: int
    post: int
    author: int
    until: int  # ms
    destroyed_at: int | None
    key: bytes | None
    laid: bool = False  # in the vault's folder


class Opening(NamedTuple):
    """Somebody wants to open, or opened, what is kept of a case; `id >> 16` is when (ms)."""

    id: int
    case: int
    asked_by: int | None
    purpose: str
    state: str  # asked agreed refused
    agreed_by: int | None
    agreed_at: int | None


_h, _o = holds.c, openings.c
_ADD = Query(
    insert_ignore(holds, ("id", "case", "post", "author", "until", "key", "slot", "sealed"))
)
_SELECT = select(
    *(_h.id, _h.case, _h.post, _h.author, _h.until, _h.destroyed_at, _h.key, _h.slot),
    _h.sealed.is_(None),
)
_OF_CASE = Query(_SELECT.where(_h.case == number("case")).order_by(_h.id))
_OF_POST = Query(
    select(func.max(_h.until)).where(_h.post == number("post"), _h.destroyed_at.is_(None))
)
_OF_AUTHOR = Query(
    select(_h.case, func.max(_h.until))
    .where(_h.author == number("author"), _h.destroyed_at.is_(None))
    .group_by(_h.case)
)
_CASES_OF_POST = Query(select(_h.case).where(_h.post == number("post"), _h.destroyed_at.is_(None)))
_DESTROY = Query(
    update(holds)
    .where(_h.id == number("which"), _h.destroyed_at.is_(None))
    .values(destroyed_at=number("now"), key=None, sealed=None)
    .returning(_h.slot)
)
_LISTED = Query(
    select(_h.case, cases.c["class"], func.count(), func.min(_h.until))
    .join(cases, cases.c.id == _h.case)
    .where(_h.destroyed_at.is_(None))
    .group_by(_h.case, cases.c["class"])
    .order_by(func.min(_h.until))
    .limit(100)
)
_SEALED = Query(select(_h.sealed).where(_h.id == number("id")))
_LAID = Query(
    update(holds).where(_h.id == number("which"), _h.sealed.is_not(None)).values(sealed=None)
)
_ASK = Query(insert(openings, ("id", "case", "asked_by", "purpose", "slot", "state")))
_OPENING = select(
    *(_o.id, _o.case, _o.asked_by, _o.purpose, _o.slot, _o.state, _o.agreed_by, _o.agreed_at)
)
_OPENINGS = Query(_OPENING.order_by(_o.id.desc()).limit(50))
_ONE_OPENING = Query(_OPENING.where(_o.id == number("id")))
_ANSWER = Query(
    update(openings)
    .where(_o.id == number("which"), _o.state == "asked")
    .values(
        state=bindparam("new_state", type_=String), agreed_by=number("who"), agreed_at=number("now")
    )
)


def _key_place(hold: int, slot: int) -> Slot:
    return Slot(slot, slot, hold, "holds.key")


def _purpose_place(opening: int, slot: int) -> Slot:
    return Slot(slot, slot, opening, "openings.purpose")


def add(tx: Tx, hold: Hold, sealed: bytes) -> None:
    """Keep a copy, sealed to the key of `hold`."""
    slot = tx.slot()
    key = tx.seal(_key_place(hold.id, slot), hold.key or b"")
    tx.run(_ADD, **hold._replace(key=key)._asdict() | {"slot": slot, "sealed": sealed})


def _hold(tx: Tx, row: Any) -> Hold:
    id_, case, post, author, until_, destroyed_at, key, slot, laid_ = row
    opened = None if key is None else tx.unseal(_key_place(id_, slot), bytes(key))
    return Hold(id_, case, post, author, until_, destroyed_at, opened, bool(laid_))


def sealed(tx: Tx, id_: int) -> bytes | None:
    """A copy that has to be laid into the vault's folder yet."""
    found = tx.value(_SEALED, id=id_)
    return None if found is None else bytes(found)


def laid(tx: Tx, id_: int) -> bool:
    """It lies there; False where it did, or is destroyed."""
    return tx.run(_LAID, which=id_) > 0


def of_case(tx: Tx, case: int) -> list[Hold]:
    """What is kept of a case, destroyed ones as well."""
    return [_hold(tx, row) for row in tx.rows(_OF_CASE, case=case)]


def until(tx: Tx, post: int) -> int | None:
    """Until when (ms) a copy of a post is kept; None = there is none."""
    found: int | None = tx.value(_OF_POST, post=post)
    return found


def of_author(tx: Tx, author: int) -> list[tuple[int, int]]:
    """(case, end) of what is kept of somebody."""
    return [tuple(row) for row in tx.rows(_OF_AUTHOR, author=author)]


def cases_with(tx: Tx, post: int) -> list[int]:
    """The cases in which a copy of it is kept."""
    return [row[0] for row in tx.rows(_CASES_OF_POST, post=post)]


def destroy(tx: Tx, id_: int) -> bool:
    """Destroy its key; False where that was done."""
    slot = tx.value(_DESTROY, which=id_, now=tx.ms)
    if slot is None:
        return False
    tx.shred([slot])
    return True


def listed(tx: Tx) -> list[tuple[int, str, int, int]]:
    """(case, class, copies, first end) of what is kept, what ends first at the top."""
    return [tuple(row) for row in tx.rows(_LISTED)]


def ask(tx: Tx, id_: int, case: int, by: int, purpose: str) -> None:
    """Somebody wants to open what is kept of a case."""
    slot = tx.slot()
    sealed = tx.seal(_purpose_place(id_, slot), purpose.encode())
    tx.run(_ASK, id=id_, case=case, asked_by=by, purpose=sealed, slot=slot, state="asked")


def _opening(tx: Tx, row: Any) -> Opening:
    id_, case, by, purpose, slot, *rest = row
    words = tx.unseal(_purpose_place(id_, slot), bytes(purpose)).decode()
    return Opening(id_, case, by, words, *rest)


def opening(tx: Tx, id_: int) -> Opening:
    """One of them. Raises NotFound."""
    row = tx.row(_ONE_OPENING, id=id_)
    if row is None:
        raise NotFound
    return _opening(tx, row)


def opening_list(tx: Tx) -> list[Opening]:
    """The last ones, the newest first."""
    return [_opening(tx, row) for row in tx.rows(_OPENINGS)]


def answer(tx: Tx, id_: int, state: str, by: int) -> bool:
    """A second person agrees or refuses; False where somebody did."""
    return tx.run(_ANSWER, which=id_, new_state=state, who=by, now=tx.ms) > 0
