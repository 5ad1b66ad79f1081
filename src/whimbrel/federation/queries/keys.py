"""The keys of our own actors."""

import msgspec
from sqlalchemy import bindparam, delete, or_, select, update

from whimbrel.core.engines import Query, insert_ignore
from whimbrel.core.keyring import Slot
from whimbrel.core.tx import Tx

from ..rules import SERVER, Pair, Private, Public
from ..tables import actor_keys

_PUBLIC = Query(
    select(actor_keys.c.rsa, actor_keys.c.ed25519).where(actor_keys.c.id == bindparam("owner"))
)
_PRIVATE = Query(
    select(actor_keys.c.private, actor_keys.c.slot).where(actor_keys.c.id == bindparam("owner"))
)
_ADD = Query(insert_ignore(actor_keys))
_DETACH = Query(
    update(actor_keys).where(actor_keys.c.account == bindparam("who")).values(account=None)
)
_SLOT = Query(select(actor_keys.c.slot).where(actor_keys.c.id == bindparam("owner")))
_REMOVE = Query(delete(actor_keys).where(actor_keys.c.id == bindparam("owner")))
_OWNERS = Query(
    select(actor_keys.c.id)
    .where(or_(actor_keys.c.account.is_not(None), actor_keys.c.id == SERVER))
    .order_by(actor_keys.c.id)
)

_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(Private).decode


def public(tx: Tx, owner: int) -> Public | None:
    """The public halves of an account's keys (0 = the server's); None where none were made yet."""
    row = tx.row(_PUBLIC, owner=owner)
    return None if row is None else Public(*row)


def private(tx: Tx, owner: int) -> Private | None:
    """The private halves. Raises Shredded."""
    row = tx.row(_PRIVATE, owner=owner)
    return None if row is None else opened(tx, owner, *row)


def opened(tx: Tx, owner: int, sealed: bytes, slot: int) -> Private:
    """Private halves as they are stored. Raises Shredded."""
    return _decode(tx.unseal(_place(owner, slot), bytes(sealed)))


def add(tx: Tx, owner: int, pair: Pair) -> None:
    """Keep these keys, unless there are some already."""
    slot = tx.slot()
    tx.run(
        _ADD,
        id=owner,
        account=None if owner == SERVER else owner,
        rsa=pair.public.rsa,
        ed25519=pair.public.ed25519,
        private=tx.seal(_place(owner, slot), _encode(pair.private)),
        slot=slot,
        at=tx.ms,
    )


def detach(tx: Tx, account: int) -> bool:
    """These keys are to outlive their account; False where there are none."""
    return tx.run(_DETACH, who=account) == 1


def remove(tx: Tx, owner: int) -> None:
    """These keys are destroyed."""
    slot = tx.value(_SLOT, owner=owner)
    if slot is not None:
        tx.shred([slot])
        tx.run(_REMOVE, owner=owner)


def owners(tx: Tx) -> list[int]:
    """Who has keys: nobody who left."""
    return [row[0] for row in tx.rows(_OWNERS)]


def _place(owner: int, slot: int) -> Slot:
    return Slot(slot, slot, owner, "actor_keys.private")
