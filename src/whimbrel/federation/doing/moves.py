"""Somebody elsewhere goes on as another account."""

from whimbrel.accounts import moving
from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx

from .. import people, reading
from ..moving import side
from ..rules import Activity
from .apply import Apply


async def move(app: App, activity: Activity) -> Apply | None:
    """Those of ours who follow them follow where they went, once both accounts say so.

    Raises:
        NotFound: we do not know them; it is somebody else who moves; one side says otherwise.
    """
    target = reading.id_of(activity.said.get("target"))
    if target is None or target == activity.actor:
        raise NotFound
    if reading.id_of(activity.about) != activity.actor:
        raise NotFound
    if await app.db.read(people.known, activity.actor) is None:
        raise NotFound
    old = await side(app, activity.actor)
    if old.others.moved_to != target:
        raise NotFound
    new = await side(app, target)
    if activity.actor not in new.others.aliases:
        raise NotFound

    def apply(tx: Tx) -> None:
        moving.move(tx, old.account, new.account)

    return apply
