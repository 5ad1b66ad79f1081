"""Taking back. What is taken back before it came stays away: its id is kept as that of a grave."""

from functools import partial
from typing import Any

from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx

from .. import people, reading
from ..queries import follows, received
from ..rules import Activity, same_origin
from . import blocks, groups, reactions
from .apply import Apply, ours
from .follows import take_back, unfollow


async def undo(app: App, activity: Activity) -> Apply | None:
    """Somebody takes back what they did: found by its id, else by what it says.

    Raises:
        NotFound: it is somebody else's to take back, or we do not know who that is.
    """
    about = activity.first
    id_ = reading.id_of(about)
    said: dict[str, Any] = about if isinstance(about, dict) else {}
    if said.get("actor") is not None and reading.id_of(said.get("actor")) != activity.actor:
        raise NotFound
    if id_ is not None and not same_origin(id_, activity.actor):
        raise NotFound
    known = await app.db.read(people.known, activity.actor)
    back = None if known is None else await _back(app, known, id_, said)

    def apply(tx: Tx) -> None:
        if id_ is not None:
            received.bury(tx, id_)
        if back is not None:
            back(tx)

    return apply


async def _back(app: App, who: int, id_: str | None, said: dict[str, Any]) -> Apply | None:
    kind = reading.type_of(said)
    if kind == "Block":
        return partial(blocks.unblock, who, ours(app.instance, said.get("object")))
    if kind == "Follow" and said.get("object") is not None:
        return partial(take_back, who, ours(app.instance, said.get("object")), id_)
    if kind == "Like":
        uri = reading.id_of(said.get("object"))
        return None if uri is None else partial(reactions.unlike, who, uri)
    if kind == "Announce":
        return partial(reactions.unboost, who, id_, groups.passed(said.get("object")))
    if kind in ("Follow", "") and id_ is not None:
        followee = await app.db.read(follows.by_uri, who, id_)
        if followee is not None:
            return partial(unfollow, who, followee)
    return partial(reactions.unboost, who, id_, None) if kind == "" else None
