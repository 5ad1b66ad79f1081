"""Statements about practice calls."""

from typing import Literal, NamedTuple

from sqlalchemy import bindparam, delete, select, update

from whimbrel.core.engines import Query, insert
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..tables import practice_calls, practices

Way = Literal["letter", "ntfy", "webhook"]


class Practice(NamedTuple):
    """One of them; `id >> 16` is when it began. Times in ms."""

    id: int
    due: int
    ended_at: int | None
    answered_at: int | None
    answered_by: int | None

    @property
    def began(self) -> int:
        """When it did."""
        return self.id >> 16

    @property
    def took(self) -> int | None:
        """How long it was until somebody answered; None = nobody did."""
        return None if self.answered_at is None else self.answered_at - self.began


class Call(NamedTuple):
    """Somebody, or a topic, was called by one way."""

    id: int
    practice: int
    rung: str
    way: Way
    account: int | None
    at: int
    sent_at: int | None
    pushed_at: int | None
    answered_at: int | None


_p, _c = practices.c, practice_calls.c
_ADD = Query(insert(practices, ("id", "due")))
_SELECT = select(_p.id, _p.due, _p.ended_at, _p.answered_at, _p.answered_by)
_ONE = Query(_SELECT.where(_p.id == number("id")))
_LAST = Query(_SELECT.order_by(_p.id.desc()).limit(number("most")))
_END = Query(
    update(practices)
    .where(_p.id == number("which"), _p.ended_at.is_(None))
    .values(ended_at=number("now"), answered_at=number("at"), answered_by=number("who"))
)
_ADD_CALL = Query(
    insert(practice_calls, ("id", "practice", "rung", "way", "account", "at", "secret"))
)
_CALL = select(
    *(_c.id, _c.practice, _c.rung, _c.way, _c.account, _c.at),
    *(_c.sent_at, _c.pushed_at, _c.answered_at),
)
_BY_ID = Query(_CALL.where(_c.id == number("id")))
_BY_SECRET = Query(_CALL.where(_c.secret == bindparam("secret")))
_CALLS = Query(_CALL.where(_c.practice == number("practice")).order_by(_c.id))
_DROP = Query(delete(practice_calls).where(_c.id == number("which")))
_SENT = Query(
    update(practice_calls)
    .where(_c.id == number("which"), _c.sent_at.is_(None))
    .values(sent_at=number("now"))
)
_PUSHED = Query(
    update(practice_calls)
    .where(_c.id == number("which"), _c.pushed_at.is_(None))
    .values(pushed_at=number("at"))
)
_ANSWER = Query(
    update(practice_calls)
    .where(_c.id == number("which"), _c.answered_at.is_(None))
    .values(answered_at=number("now"))
)


def add(tx: Tx, id_: int, due: int) -> None:
    """One begins."""
    tx.run(_ADD, id=id_, due=due)


def one(tx: Tx, id_: int) -> Practice:
    """One of them. Raises NotFound."""
    row = tx.row(_ONE, id=id_)
    if row is None:
        raise NotFound
    return Practice(*row)


def last(tx: Tx, most: int) -> list[Practice]:
    """The newest first."""
    return [Practice(*row) for row in tx.rows(_LAST, most=most)]


def end(tx: Tx, id_: int, answered_at: int | None, by: int | None) -> bool:
    """It is over; False where it was."""
    return tx.run(_END, which=id_, now=tx.ms, at=answered_at, who=by) > 0


def add_call(
    tx: Tx, id_: int, practice: int, rung: str, way: Way, account: int | None, secret: bytes
) -> None:
    """Somebody is called."""
    values = {"id": id_, "practice": practice, "rung": rung, "way": way, "at": tx.ms}
    tx.run(_ADD_CALL, **values, account=account, secret=secret)


def call(tx: Tx, id_: int) -> Call | None:
    """A call; None where its way turned out not to be set up."""
    row = tx.row(_BY_ID, id=id_)
    return None if row is None else Call(*row)


def by_secret(tx: Tx, secret: bytes) -> Call | None:
    """The call that a link belongs to, by its hash."""
    row = tx.row(_BY_SECRET, secret=secret)
    return None if row is None else Call(*row)


def calls(tx: Tx, practice: int) -> list[Call]:
    """All of one, in their order."""
    return [Call(*row) for row in tx.rows(_CALLS, practice=practice)]


def drop(tx: Tx, id_: int) -> None:
    """Nobody can be called this way here."""
    tx.run(_DROP, which=id_)


def sent(tx: Tx, id_: int) -> None:
    """It was handed over."""
    tx.run(_SENT, which=id_, now=tx.ms)


def pushed(tx: Tx, id_: int, at: int) -> None:
    """A browser's push service took it."""
    tx.run(_PUSHED, which=id_, at=at)


def answered(tx: Tx, id_: int) -> None:
    """By this call somebody said that they are there."""
    tx.run(_ANSWER, which=id_, now=tx.ms)
