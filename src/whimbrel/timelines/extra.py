"""What some notifications carry beside account and status, as one more key of their JSON."""

from collections.abc import Callable, Iterable

import msgspec

from whimbrel.accounts import queries as people
from whimbrel.accounts import strikes
from whimbrel.accounts.queries import strikes as kept
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx

from .queries import groups as queries

Maker = Callable[[Tx, int], bytes]  # of a subject: the key and its JSON, or b"" when it is gone

_encode = msgspec.json.Encoder().encode


def _warning(tx: Tx, strike: int) -> bytes:
    try:
        found = kept.one(tx, strike)
        entity = strikes.entity(tx.instance, found, people.by_id(tx, found.account))
    except NotFound:  # or its key is destroyed
        return b""
    return b'"moderation_warning":' + _encode(entity)


# A room that stands beside this one adds its own where the server is put together.
MAKERS: dict[str, Maker] = {"moderation_warning": _warning}


def of(tx: Tx, told: Iterable[tuple[int, str]]) -> dict[int, bytes]:
    """Notification to what its JSON has besides, for those (id, kind) that have anything."""
    makers = {id_: MAKERS[kind] for id_, kind in told if kind in MAKERS}
    if not makers:
        return {}
    subjects = queries.subjects(tx, makers)
    return {id_: makers[id_](tx, subject) for id_, subject in subjects.items()}
