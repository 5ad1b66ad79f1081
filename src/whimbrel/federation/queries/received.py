"""What arrived from other servers and waits to be done, what was done, and what was taken back."""

from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import LargeBinary, bindparam, delete, exists, select, update

from whimbrel.core.engines import Query, insert_ignore
from whimbrel.core.ids import new_id
from whimbrel.core.keyring import Slot
from whimbrel.core.tx import Tx
from whimbrel.posts.queries import number

from ..tables import received, received_keys, tombstones

SOME = 1000  # rows removed in one transaction

_c = received.c
_ADD = Query(insert_ignore(received))
_WAITING = Query(
    select(_c.signer, _c.content, _c.day, received_keys.c.slot)
    .join(received_keys, received_keys.c.day == _c.day)
    .where(_c.id == number("id"), _c.content.is_not(None))
)
_DONE = Query(
    update(received)
    .where(_c.id == bindparam("which"), _c.content.is_not(None))
    .values(content=None)
)
_CAME = Query(select(_c.id).where(_c.activity == bindparam("which", type_=LargeBinary)))
_KEY = Query(select(received_keys.c.slot).where(received_keys.c.day == number("of_day")))
_ADD_KEY = Query(insert_ignore(received_keys))
_REMOVE_KEY = Query(delete(received_keys).where(received_keys.c.day == bindparam("of_day")))
_ANY = Query(select(exists().where(_c.day == number("of_day"), _c.content.is_not(None))))
_SWEEP = Query(
    delete(received).where(
        _c.id.in_(select(_c.id).where(_c.day == number("of_day")).limit(SOME).scalar_subquery())
    )
)
_BURY = Query(insert_ignore(tombstones))
_BURIED = Query(select(exists().where(tombstones.c.hash == bindparam("hash", type_=LargeBinary))))


class Waiting(NamedTuple):
    """An activity that was accepted and is not done yet."""

    signer: str
    body: bytes


def _hash(uri: str) -> bytes:
    return sha256(uri.encode("utf-8", "surrogatepass")).digest()


def _place(id_: int, slot: int) -> Slot:
    return Slot(slot, slot, id_, "received.content")


def add(tx: Tx, activity: str, signer: str, body: bytes, day: int, slot: int) -> int | None:
    """Keep what arrived; its id, or None where the same arrived before."""
    id_ = new_id(tx.now)
    sealed = tx.seal(_place(id_, slot), body)
    row = {"id": id_, "activity": _hash(activity), "signer": signer, "content": sealed, "day": day}
    return id_ if tx.run(_ADD, **row) else None


def waiting(tx: Tx, id_: int) -> Waiting | None:
    """What arrived, as long as it is to be done."""
    row = tx.row(_WAITING, id=id_)
    if row is None:
        return None
    signer, content, _, slot = row
    return Waiting(signer, tx.unseal(_place(id_, slot), bytes(content)))


def done(tx: Tx, id_: int) -> bool:
    """It is done and its bytes go; False where somebody was faster."""
    return tx.run(_DONE, which=id_) == 1


def is_later(tx: Tx, one: str, other: str) -> bool:
    """Whether one activity came here after another; False where that is not known any more."""
    came, before = (tx.value(_CAME, which=_hash(each)) for each in (one, other))
    return came is not None and before is not None and came > before


# --- the key of a day -----------------------------------------------------------------------------


def key(tx: Tx, day: int) -> int | None:
    """The slot of what arrived on a day."""
    found: int | None = tx.value(_KEY, of_day=day)
    return found


def add_key(tx: Tx, day: int, slot: int) -> bool:
    """Whether there was none yet."""
    return tx.run(_ADD_KEY, day=day, slot=slot) == 1


def remove_key(tx: Tx, day: int) -> None:
    """There is none any more; the caller shreds it."""
    tx.run(_REMOVE_KEY, of_day=day)


def any_waiting(tx: Tx, day: int) -> bool:
    """Whether anything of a day is still to be done."""
    return bool(tx.value(_ANY, of_day=day))


def sweep(tx: Tx, day: int) -> bool:
    """Forget some of what arrived on a day; whether there may be more."""
    return tx.run(_SWEEP, of_day=day) == SOME


# --- what was taken back --------------------------------------------------------------------------


def alone(tx: Tx, uri: str) -> None:
    """Whoever takes in, changes or takes back what has this id goes one after the other: two that
    arrive at the same moment would each find nothing of the other. Before all other locks."""
    tx.lock("uri", int.from_bytes(_hash(uri)[:8]))


def bury(tx: Tx, uri: str) -> None:
    """A post or an activity elsewhere is no more, whether it was ever here or not. What is here of
    it is looked for afterwards (`alone`)."""
    alone(tx, uri)
    tx.run(_BURY, hash=_hash(uri), at=tx.ms)


def buried(tx: Tx, uri: str) -> bool:
    """Whether it was taken back."""
    return bool(tx.value(_BURIED, hash=_hash(uri)))
