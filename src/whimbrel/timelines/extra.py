"""What some notifications carry beside account and status, as one more key of their JSON."""

from collections.abc import Callable, Iterable

import msgspec

from whimbrel.accounts import queries as people
from whimbrel.accounts import sever, strikes
from whimbrel.accounts.queries import severed
from whimbrel.accounts.queries import strikes as kept
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx

from .queries import groups as queries

# Of a subject and whose notification it is: the key and its JSON, or b"" when it is gone.
Maker = Callable[[Tx, int, int], bytes]

_encode = msgspec.json.Encoder().encode


def _warning(tx: Tx, strike: int, _account: int) -> bytes:
    try:
        found = kept.one(tx, strike)
        entity = strikes.entity(tx.instance, found, people.by_id(tx, found.account))
    except NotFound:  # or its key is destroyed
        return b""
    return b'"moderation_warning":' + _encode(entity)


def _severed(tx: Tx, severance: int, account: int) -> bytes:
    lost = severed.one(tx, account, severance)
    return b"" if lost is None else b'"event":' + _encode(sever.entity(tx.instance, lost))


# A room that stands beside this one adds its own where the server is put together.
MAKERS: dict[str, Maker] = {
    "moderation_warning": _warning,
    "severed_relationships": _severed,
}


def of(tx: Tx, told: Iterable[tuple[int, str]]) -> dict[int, bytes]:
    """Notification to what its JSON has besides, for those (id, kind) that have anything."""
    makers = {id_: MAKERS[kind] for id_, kind in told if kind in MAKERS}
    if not makers:
        return {}
    subjects = queries.subjects(tx, makers)
    return {id_: makers[id_](tx, *about) for id_, about in subjects.items()}
