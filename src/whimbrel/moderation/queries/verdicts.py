"""Statements about decisions: what was decided, what was told of it, who appealed."""

from typing import Any, NamedTuple

import msgspec
from sqlalchemy import LargeBinary, String, and_, bindparam, select, update

from whimbrel.accounts.tables import accounts
from whimbrel.core.engines import Query, in_list, insert
from whimbrel.core.errors import NotFound
from whimbrel.core.keyring import Shredded, Slot, Tampered
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..rules import Act, Deed, Outcome, Told
from ..tables import appeals, cases, statements, verdicts

_encode = msgspec.json.Encoder().encode
_acts = msgspec.json.Decoder(tuple[Act, ...]).decode
_deeds = msgspec.json.Decoder(tuple[Deed, ...]).decode
_told = msgspec.json.Decoder(Told).decode


class Statement(NamedTuple):
    """What somebody was told. `told` is None where it cannot be opened any more."""

    id: int
    account: int | None
    language: str
    told: Told | None


class Verdict(NamedTuple):
    """A decision as stored; `id >> 16` is when (ms)."""

    id: int
    case: int
    statement: int
    by: int | None
    acts: tuple[Act, ...]
    done: tuple[Deed, ...]
    automated: bool
    undoes: int | None
    leaf: int


class Appeal(NamedTuple):
    """An appeal; `text` is "" where it cannot be opened any more."""

    id: int
    verdict: int
    account: int
    case: int
    text: str
    outcome: Outcome | None
    answer: int | None
    answered_at: int | None


_s, _v, _a = statements.c, verdicts.c, appeals.c
_ADD_STATEMENT = Query(insert(statements))
_ADD = Query(insert(verdicts))
_SLOT = Query(select(_s.slot).where(_s.id == number("id")))
_HAND_OVER = Query(
    update(statements)
    .where(_s.id == number("which"))
    .values(
        account=number("new_account"),
        content=bindparam("new_content", type_=LargeBinary),
        slot=number("new_slot"),
        secret=bindparam("new_secret", type_=LargeBinary),
    )
)
_STATEMENT = select(_s.id, _s.account, _s.language, _s.content, _s.slot, accounts.c.slot).outerjoin(
    accounts, accounts.c.id == _s.account
)
_BY_ID = Query(_STATEMENT.where(_s.id == number("id")))
_BY_SECRET = Query(_STATEMENT.where(_s.secret == bindparam("secret", type_=LargeBinary)))
_OF_ACCOUNT = Query(
    _STATEMENT.where(_s.account == number("who"), _s.id < number("below"))
    .order_by(_s.id.desc())
    .limit(number("most"))
)
_COLUMNS = (
    *(_v.id, _v.case, _v.statement, _v.by, _v.actions, _v.done, _v.automated, _v.undoes, _v.leaf),
)
_ONE = Query(select(*_COLUMNS).where(_v.id == number("id")))
_OF_STATEMENTS = Query(select(*_COLUMNS).where(in_list(_v.statement, "ids")))
_OF_CASES = Query(select(*_COLUMNS).where(in_list(_v.case, "ids")).order_by(_v.leaf))
_AFTER = Query(
    select(*_COLUMNS).where(_v.id > number("after")).order_by(_v.id).limit(number("most"))
)
_OF_TARGET = Query(
    select(*_COLUMNS)
    .join(cases, cases.c.id == _v.case)
    .where(cases.c.target == number("target"))
    .order_by(_v.leaf)
)
_UNDONE_BY = Query(select(_v.id).where(_v.undoes == number("id")))


def _place(statement: int, slot: int, owner: int | None) -> Slot:
    return Slot(slot, owner or slot, statement, "statements.content")


def add_statement(
    tx: Tx,
    id_: int,
    account: int | None,
    owner: int | None,
    language: str,
    told: Told,
    secret: bytes,
) -> None:
    """Keep what is told.

    Args:
        owner: the slot of the account.
        secret: the hash of what the link to it holds.
    """
    slot = tx.slot()
    tx.run(
        _ADD_STATEMENT,
        id=id_,
        account=account,
        language=language,
        content=tx.seal(_place(id_, slot, owner), _encode(told)),
        slot=slot,
        secret=secret,
    )


def hand_over(tx: Tx, said: Statement, account: int, owner: int, secret: bytes) -> None:
    """A statement that nobody was told of becomes somebody's.

    Args:
        owner, secret: as for `add_statement`.
    """
    if said.told is None:
        return
    slot = tx.slot()
    content = tx.seal(_place(said.id, slot, owner), _encode(said.told))
    values = {"new_account": account, "new_content": content, "new_slot": slot}
    old = tx.value(_SLOT, id=said.id)
    tx.run(_HAND_OVER, which=said.id, new_secret=secret, **values)
    tx.shred([old])


def _statement(tx: Tx, row: Any) -> Statement:
    id_, account, language, content, slot, owner = row
    try:
        told = _told(tx.unseal(_place(id_, slot, owner), bytes(content)))
    except Shredded:
        told = None
    except Tampered:
        if account is not None:
            raise
        told = None  # sealed under the key of somebody whose row is gone as well
    return Statement(id_, account, language, told)


def statement(tx: Tx, id_: int) -> Statement:
    """One of them. Raises NotFound."""
    row = tx.row(_BY_ID, id=id_)
    if row is None:
        raise NotFound
    return _statement(tx, row)


def by_secret(tx: Tx, secret: bytes) -> Statement:
    """The one that a link leads to. Raises NotFound."""
    row = tx.row(_BY_SECRET, secret=secret)
    if row is None:
        raise NotFound
    return _statement(tx, row)


def told_to(tx: Tx, account: int, below: int, most: int) -> list[Statement]:
    """What somebody was told, the newest first."""
    rows = tx.rows(_OF_ACCOUNT, who=account, below=below, most=most)
    return [_statement(tx, row) for row in rows]


def _verdict(row: Any) -> Verdict:
    id_, case, said, by, acts, done, automated, undoes, leaf = row
    return Verdict(id_, case, said, by, _acts(acts), _deeds(done), bool(automated), undoes, leaf)


def add(tx: Tx, verdict: Verdict) -> None:
    """Keep a decision: it has to name its statement."""
    tx.run(
        _ADD,
        id=verdict.id,
        case=verdict.case,
        statement=verdict.statement,
        by=verdict.by,
        actions=_encode(verdict.acts).decode(),
        done=_encode(verdict.done).decode(),
        automated=verdict.automated,
        undoes=verdict.undoes,
        leaf=verdict.leaf,
    )


def one(tx: Tx, id_: int) -> Verdict:
    """A decision. Raises NotFound."""
    row = tx.row(_ONE, id=id_)
    if row is None:
        raise NotFound
    return _verdict(row)


def of_statements(tx: Tx, ids: list[int]) -> dict[int, Verdict]:
    """By statement, the decision it tells of."""
    rows = tx.rows(_OF_STATEMENTS, list_ids=ids) if ids else []
    return {row[2]: _verdict(row) for row in rows}


def of_cases(tx: Tx, ids: list[int]) -> list[Verdict]:
    """What was decided in these cases, oldest first."""
    return [_verdict(row) for row in tx.rows(_OF_CASES, list_ids=ids)] if ids else []


def after(tx: Tx, id_: int, most: int) -> list[Verdict]:
    """Those after this one, oldest first."""
    return [_verdict(row) for row in tx.rows(_AFTER, after=id_, most=most)]


def about(tx: Tx, target: int) -> list[Verdict]:
    """All that was decided about somebody, oldest first."""
    return [_verdict(row) for row in tx.rows(_OF_TARGET, target=target)]


def undone_by(tx: Tx, id_: int) -> int | None:
    """The decision that took this one back."""
    found: int | None = tx.value(_UNDONE_BY, id=id_)
    return found


# --- appeals --------------------------------------------------------------------------------------

_ADD_APPEAL = Query(insert(appeals, ("id", "verdict", "account", "case", "content", "slot")))
_APPEAL = select(
    *(_a.id, _a.verdict, _a.account, _a.case, _a.content, _a.slot, accounts.c.slot),
    *(_a.outcome, _a.answer, _a.answered_at),
).join(accounts, accounts.c.id == _a.account)
_APPEAL_OF = Query(_APPEAL.where(_a.verdict == number("verdict")))
_ANSWER = Query(
    update(appeals)
    .where(and_(_a.id == number("which"), _a.outcome.is_(None)))
    .values(
        outcome=bindparam("new_outcome", type_=String),
        answer=number("new_answer"),
        answered_at=number("now"),
    )
)


def add_appeal(tx: Tx, appeal: Appeal, owner: int) -> None:
    """Keep one; `owner` is the slot of its account."""
    slot = tx.slot()
    place = Slot(slot, owner, appeal.id, "appeals.content")
    tx.run(
        _ADD_APPEAL,
        id=appeal.id,
        verdict=appeal.verdict,
        account=appeal.account,
        case=appeal.case,
        content=tx.seal(place, appeal.text.encode()),
        slot=slot,
    )


def appeal_of(tx: Tx, verdict: int) -> Appeal | None:
    """The appeal against a decision."""
    row = tx.row(_APPEAL_OF, verdict=verdict)
    if row is None:
        return None
    id_, against, account, case, content, slot, owner, outcome, answer, answered_at = row
    try:
        text = tx.unseal(Slot(slot, owner, id_, "appeals.content"), bytes(content)).decode()
    except Shredded:
        text = ""
    return Appeal(id_, against, account, case, text, outcome, answer, answered_at)


def answer(tx: Tx, appeal: int, outcome: Outcome, verdict: int) -> bool:
    """Keep how it ended; False where it was answered already."""
    args = {"which": appeal, "new_outcome": outcome, "new_answer": verdict, "now": tx.ms}
    return tx.run(_ANSWER, **args) > 0
