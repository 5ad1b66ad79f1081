"""What moderators decided about somebody, as it is stored; and how somebody stands here."""

from typing import Any, NamedTuple

import msgspec
from sqlalchemy import BigInteger, bindparam, select, update

from whimbrel.core.engines import Query, insert
from whimbrel.core.errors import NotFound
from whimbrel.core.keyring import Slot
from whimbrel.core.tx import Tx

from ..tables import accounts, strikes

_encode = msgspec.json.Encoder().encode


class Strike(NamedTuple):
    """A decision about an account. `text` is what its owner is told beside the decision."""

    id: int
    account: int
    by: int | None
    action: str
    text: str
    posts: tuple[int, ...]
    report: int | None
    statement: str = ""  # what the letter says instead, with the reasons


_ADD = Query(insert(strikes))
_ONE = Query(
    select(
        strikes.c.account,
        strikes.c.by,
        strikes.c.action,
        strikes.c.content,
        strikes.c.slot,
        strikes.c.posts,
        strikes.c.report,
        strikes.c.statement,
        accounts.c.slot,
    )
    .join(accounts, accounts.c.id == strikes.c.account)
    .where(strikes.c.id == bindparam("id", type_=BigInteger))
)


def _place(strike: int, slot: int, author: int, column: str = "content") -> Slot:
    """It is the account's own, and goes with it."""
    return Slot(slot, author, strike, f"strikes.{column}")


def add(tx: Tx, strike: Strike, author_slot: int) -> None:
    """Keep a decision; `author_slot` is that of the account it is about."""
    slot, text, reasons = tx.slot(), strike.text.encode(), strike.statement.encode()
    place = _place(strike.id, slot, author_slot, "statement")
    tx.run(
        _ADD,
        id=strike.id,
        account=strike.account,
        by=strike.by,
        action=strike.action,
        content=tx.seal(_place(strike.id, slot, author_slot), text) if text else None,
        slot=slot,
        posts=_encode(strike.posts).decode(),
        report=strike.report,
        statement=tx.seal(place, reasons) if reasons else None,
    )


def one(tx: Tx, strike: int) -> Strike:
    """A decision. Raises NotFound."""
    row = tx.row(_ONE, id=strike)
    if row is None:
        raise NotFound
    account, by, action, content, slot, posts, report, statement, author = row

    def opened(column: str, sealed: Any) -> str:
        place = _place(strike, slot, author, column)
        return "" if sealed is None else tx.unseal(place, bytes(sealed)).decode()

    text, reasons = opened("content", content), opened("statement", statement)
    ids = msgspec.json.decode(posts, type=tuple[int, ...])
    return Strike(strike, account, by, action, text, ids, report, reasons)


_STANDING = ("suspended_at", "silenced_at", "sensitized_at", "demoted_at")
_SET = {
    column: Query(
        update(accounts)
        .where(accounts.c.id == bindparam("who", type_=BigInteger))
        .values({column: bindparam("since", type_=BigInteger), "rev": accounts.c.rev + 1})
    )
    for column in _STANDING
}


def stand(tx: Tx, account: int, column: str, since: int | None) -> None:
    """Set or clear since when somebody is suspended, silenced or sensitized."""
    tx.run(_SET[column], who=account, since=since)
