"""Relays: servers that pass on to all who ask what all of those write for everybody. There are none
until whoever runs this server asks one.

What a relay brings is a hint, whoever seems to have signed it: each post is read where it lies, by
the same rules as a boost, and is nobody's boost (FEP-ae0c; LD signatures are not looked at)."""

from hashlib import sha256
from typing import Any

import msgspec

from whimbrel.core.errors import Conflict, NotFound
from whimbrel.core.ids import new_id
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx

from . import reading
from .outgoing import letters
from .queries import relays
from .queries.relays import Relay
from .reading import AS, PUBLIC
from .rules import SERVER, Activity, same_origin
from .vocabulary import activities


def ask(tx: Tx, inbox: str) -> None:
    """Ask a relay to pass things on. Raises Conflict: it was asked before. Emits as `send`."""
    id_ = new_id(tx.now)
    if not relays.add(tx, id_, inbox):
        raise Conflict
    _tell(tx, _follow(tx.instance, id_), inbox)


def leave(tx: Tx, inbox: str) -> None:
    """Be passed on nothing more. Raises NotFound. Emits as `send`."""
    relay = next((each for each in relays.every(tx) if each.inbox == inbox), None)
    if relay is None:
        raise NotFound
    relays.remove(tx, relay.id)
    _tell(tx, activities.undo(_follow(tx.instance, relay.id)), inbox)


def _tell(tx: Tx, activity: dict[str, Any], inbox: str) -> None:
    letters.send(tx, letters.said(SERVER, activity), ("relay", inbox), {inbox})


def _follow(instance: Instance, id_: int) -> dict[str, Any]:
    actor = f"{instance.origin}/actor"
    return activities.follow(f"{actor}#relays/{id_}", actor, PUBLIC)


def answers(instance: Instance, activity: Activity) -> bool:
    """Whether something is an answer to what we asked a relay."""
    named = reading.id_of(activity.first) or ""
    return named.startswith(f"{instance.origin}/actor#relays/")


def answered(tx: Tx, activity: Activity, *, yes: bool) -> None:
    """A relay says yes or no. Raises NotFound: it was not asked, or another server says so."""
    named = (reading.id_of(activity.first) or "").rpartition("/")[2]
    relay = _asked(tx, named)
    if not same_origin(relay.inbox, activity.actor):
        raise NotFound
    if yes:
        relays.settle(tx, relay.id, activity.actor)
    else:
        relays.remove(tx, relay.id)


def _asked(tx: Tx, named: str) -> Relay:
    for each in relays.every(tx):
        if str(each.id) == named:
            return each
    raise NotFound


def hint(activity: Activity, relay: str) -> tuple[Activity, bytes]:
    """What a relay passes on in somebody's name, as what it says itself: that there is something to
    be looked at, and whether it is new, changed or gone."""
    mark = sha256(activity.id.encode()).hexdigest()[:32]
    id_, about = f"{relay}#relayed/{mark}", reading.id_of(activity.about)
    said = {"id": id_, "type": "Announce", "actor": relay}
    whole = {"@context": AS, **said, "object": {"type": activity.type, "object": about}}
    return Activity(id_, "Announce", relay, whole), msgspec.json.encode(whole)
