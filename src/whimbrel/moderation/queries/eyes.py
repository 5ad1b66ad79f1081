"""Statements about what waits for a second person."""

from typing import Any, NamedTuple

from sqlalchemy import String, bindparam, func, literal, or_, select, union_all, update

from whimbrel.accounts.tables import accounts, follows
from whimbrel.core.engines import Query, insert
from whimbrel.core.errors import NotFound
from whimbrel.core.keyring import Shredded, Slot, Tampered
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..tables import proposals

_p = proposals.c
_COLUMNS = (
    *(_p.id, _p.state, _p.reason, _p.by, _p.target, _p.case, _p.content, _p.slot, _p.due),
    accounts.c.slot,
)
_ADD = Query(
    insert(
        proposals,
        ("id", "state", "reason", "by", "target", "case", "content", "slot", "due"),
    )
)
_SELECT = select(*_COLUMNS).outerjoin(accounts, accounts.c.id == _p.target)
_ONE = Query(_SELECT.where(_p.id == number("id")))
_WAITING = Query(_SELECT.where(_p.state == "waits").order_by(_p.id).limit(number("most")))
_OF_CASE = Query(
    _SELECT.where(_p.case == number("case"), _p.state == "waits").order_by(_p.id).limit(20)
)
_ANSWER = Query(
    update(proposals)
    .where(_p.id == number("which"), _p.state == "waits")
    .values(
        state=bindparam("new_state", type_=String),
        answered_by=number("who"),
        answered_at=number("now"),
    )
)


class Proposal(NamedTuple):
    """As stored. `content` is b"" where it cannot be opened any more."""

    id: int
    state: str
    reason: str
    by: int | None
    target: int | None
    case: int | None
    content: bytes
    due: int | None
    slot: int


def _place(proposal: int, slot: int, owner: int | None) -> Slot:
    return Slot(slot, owner or slot, proposal, "proposals.content")


def add(tx: Tx, made: Proposal, owner: int | None) -> None:
    """Keep one; `owner` is the slot of whom it is about."""
    sealed = tx.seal(_place(made.id, made.slot, owner), made.content)
    row = made._asdict() | {"content": sealed}
    tx.run(_ADD, **row)


def _proposal(tx: Tx, row: Any) -> Proposal:
    id_, state, reason, by, target, case, sealed, slot, due, owner = row
    try:
        content = tx.unseal(_place(id_, slot, owner), bytes(sealed))
    except (Shredded, Tampered):  # whom it was about is erased, and their row perhaps as well
        content = b""
    return Proposal(id_, state, reason, by, target, case, content, due, slot)


def one(tx: Tx, id_: int) -> Proposal:
    """One of them. Raises NotFound."""
    row = tx.row(_ONE, id=id_)
    if row is None:
        raise NotFound
    return _proposal(tx, row)


def waiting(tx: Tx, most: int) -> list[Proposal]:
    """Those that nobody answered, the oldest first."""
    return [_proposal(tx, row) for row in tx.rows(_WAITING, most=most)]


def of_case(tx: Tx, case: int) -> list[Proposal]:
    """Those of them that are about a case."""
    return [_proposal(tx, row) for row in tx.rows(_OF_CASE, case=case)]


def answer(tx: Tx, proposal: Proposal, state: str, who: int | None) -> bool:
    """It is done, refused or failed; its words go. False where it was answered."""
    if not tx.run(_ANSWER, which=proposal.id, new_state=state, who=who, now=tx.ms):
        return False
    tx.shred([proposal.slot])
    return True


_ties = union_all(
    *(
        select(literal(1).label("one"))
        .select_from(follows.join(accounts, accounts.c.id == side))
        .where(
            or_(
                accounts.c.domain == bindparam("domain", type_=String),
                accounts.c.domain.like(bindparam("below", type_=String), escape="\\"),
            )
        )
        .limit(number("most"))
        .subquery()
        .select()
        for side in (follows.c.follower, follows.c.followee)
    )
).subquery()
_CUT = Query(select(func.count()).select_from(_ties))


def cut(tx: Tx, domain: str, most: int) -> int:
    """How many follows end when this server and those below it are kept out; counts to `most` each
    way."""
    below = domain.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return int(tx.value(_CUT, domain=domain, below=f"%.{below}", most=most))
