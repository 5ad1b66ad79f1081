"""Posts that wait for their time. What they will say is sealed like a post's content."""

from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, delete, func, select, update

from whimbrel.accounts.tables import accounts, users
from whimbrel.core.engines import Query, insert
from whimbrel.core.errors import NotFound
from whimbrel.core.keyring import Slot
from whimbrel.core.tx import Tx

from ..rules import Draft
from ..tables import scheduled_posts as waiting
from .visible import number

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Draft).decode


class Scheduled(NamedTuple):
    """A post that waits until `due` (ms)."""

    id: int
    account: int
    due: int
    app: int | None
    draft: Draft
    slot: int


_ROWS = select(
    *(waiting.c.id, waiting.c.account, waiting.c.due, waiting.c.app, waiting.c.params),
    *(waiting.c.slot, accounts.c.slot),
).join(accounts, accounts.c.id == waiting.c.account)
_ADD = Query(insert(waiting))
_OWN = Query(_ROWS.where(waiting.c.id == number("id"), waiting.c.account == number("account")))
_RIPE = Query(
    _ROWS.join(users, users.c.account == waiting.c.account).where(
        waiting.c.id == number("id"),
        waiting.c.due == number("due"),
        users.c.disabled_at.is_(None),
        accounts.c.suspended_at.is_(None),
    )
)
_BY_KEY = Query(
    _ROWS.where(
        waiting.c.account == number("account"),
        waiting.c.key == bindparam("key"),
        waiting.c.id > number("after"),
    ).limit(1)
)
_PAGE = {
    ascending: Query(
        _ROWS.where(
            waiting.c.account == number("account"),
            waiting.c.id > number("low"),
            waiting.c.id < number("high"),
        )
        .order_by(waiting.c.id.asc() if ascending else waiting.c.id.desc())
        .limit(number("most"))
    )
    for ascending in (False, True)
}
_COUNT = Query(
    select(func.count())
    .select_from(waiting)
    .where(
        waiting.c.account == number("account"),
        waiting.c.due >= number("begin"),
        waiting.c.due < number("end"),
    )
)
_MOVE = Query(
    update(waiting).where(waiting.c.id == bindparam("which")).values(due=bindparam("until"))
)
_REMOVE = Query(delete(waiting).where(waiting.c.id == bindparam("which")))


def _place(id_: int, slot: int, author_slot: int) -> Slot:
    return Slot(slot, author_slot, id_, "scheduled_posts.params")


def _row(tx: Tx, row: Any) -> Scheduled:
    """Raises Shredded: the account was erased."""
    id_, account, due, app, sealed, slot, author_slot = row
    draft = _decode(tx.unseal(_place(id_, slot, author_slot), bytes(sealed)))
    return Scheduled(id_, account, due, app, draft, slot)


def add(tx: Tx, row: Scheduled, author_slot: int, key: str | None) -> None:
    """Store one."""
    sealed = tx.seal(_place(row.id, row.slot, author_slot), _encode(row.draft))
    tx.run(
        _ADD,
        id=row.id,
        account=row.account,
        due=row.due,
        app=row.app,
        params=sealed,
        slot=row.slot,
        key=key,
    )


def own(tx: Tx, account: int, id_: int) -> Scheduled:
    """One of somebody's. Raises NotFound."""
    row = tx.row(_OWN, id=id_, account=account)
    if row is None:
        raise NotFound
    return _row(tx, row)


def ripe(tx: Tx, id_: int, due: int) -> Scheduled | None:
    """The one that was to be published at `due`; None where it is no more, has another time, or is
    of somebody who may not write."""
    row = tx.row(_RIPE, id=id_, due=due)
    return None if row is None else _row(tx, row)


def by_key(tx: Tx, account: int, key: str, after: int) -> Scheduled | None:
    """The one that a client's key led to, if its id is above `after`."""
    row = tx.row(_BY_KEY, account=account, key=key, after=after)
    return None if row is None else _row(tx, row)


def page(tx: Tx, account: int, low: int, high: int, most: int, ascending: bool) -> list[Scheduled]:
    """Somebody's, the latest written first."""
    rows = tx.rows(_PAGE[ascending], account=account, low=low, high=high, most=most)
    found = [_row(tx, row) for row in rows]
    return found[::-1] if ascending else found


def count(tx: Tx, account: int, begin: int, end: int) -> int:
    """How many of somebody's are due from `begin` until before `end` (ms)."""
    return int(tx.value(_COUNT, account=account, begin=begin, end=end))


def move(tx: Tx, id_: int, due: int) -> None:
    """Give it another time."""
    tx.run(_MOVE, which=id_, until=due)


def remove(tx: Tx, row: Scheduled) -> None:
    """It is no more, and neither are its words."""
    tx.run(_REMOVE, which=row.id)
    tx.shred([row.slot])
