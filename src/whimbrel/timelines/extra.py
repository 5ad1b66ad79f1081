"""What some notifications carry beside account and status, as one more key of their JSON."""

from collections.abc import Callable, Collection, Iterable

import msgspec

from whimbrel.accounts import queries as people
from whimbrel.accounts import sever, strikes
from whimbrel.accounts.queries import severed
from whimbrel.accounts.queries import strikes as kept
from whimbrel.collections import queries as collections
from whimbrel.collections import serialize as collected
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx

from .queries import groups as queries

# Of subjects, and whose notifications they are in: the key and its JSON. What is gone is left out.
Maker = Callable[[Tx, Collection[int], int], dict[int, bytes]]

_encode = msgspec.json.Encoder().encode


def _warnings(tx: Tx, strikes_: Collection[int], _account: int) -> dict[int, bytes]:
    made = {}
    for strike in strikes_:
        try:
            found = kept.one(tx, strike)
            entity = strikes.entity(tx.instance, found, people.by_id(tx, found.account))
        except NotFound:  # or its key is destroyed
            continue
        made[strike] = b'"moderation_warning":' + _encode(entity)
    return made


def _severed(tx: Tx, ids: Collection[int], account: int) -> dict[int, bytes]:
    return {
        lost.id: b'"event":' + _encode(sever.entity(tx.instance, lost))
        for lost in severed.several(tx, account, ids)
    }


def _collected(tx: Tx, ids: Collection[int], account: int) -> dict[int, bytes]:
    gone = dict.fromkeys(ids, b'"collection":null')  # as Mastodon says it
    return gone | {
        shown.id: b'"collection":' + _encode(collected.collection(tx.instance, shown))
        for shown in collections.several(tx, account, ids)
    }


# A room that stands beside this one adds its own where the server is put together.
MAKERS: dict[str, Maker] = {
    "moderation_warning": _warnings,
    "severed_relationships": _severed,
    "added_to_collection": _collected,
    "collection_update": _collected,
}


def of(tx: Tx, told: Iterable[tuple[int, str]]) -> dict[int, bytes]:
    """Notification to what its JSON has besides, for those (id, kind) that have anything."""
    kinds = {id_: kind for id_, kind in told if kind in MAKERS}
    if not kinds:
        return {}
    subjects = queries.subjects(tx, kinds)
    alike: dict[tuple[str, int], dict[int, int]] = {}
    for id_, (subject, account) in subjects.items():
        alike.setdefault((kinds[id_], account), {})[id_] = subject
    found = {}
    for (kind, account), ids in alike.items():
        made = MAKERS[kind](tx, set(ids.values()), account)
        found.update({id_: made.get(subject, b"") for id_, subject in ids.items()})
    return found
