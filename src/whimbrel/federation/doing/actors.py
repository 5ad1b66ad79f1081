"""Somebody elsewhere changes who they are, or is no more."""

from whimbrel.accounts import elsewhere
from whimbrel.core.app import App
from whimbrel.core.tx import Tx

from .. import people
from ..queries import received
from ..rules import Activity
from .apply import Apply


async def update(app: App, activity: Activity) -> Apply | None:
    """They say otherwise who they are: a hint, so they are looked at again at their own server."""
    if await app.db.read(people.known, activity.actor) is not None:
        await people.met(app, activity.actor, fresh=True)
    return None


async def leave(app: App, activity: Activity) -> Apply | None:
    """They are no more, and nothing of theirs is."""
    who = await app.db.read(people.known, activity.actor)

    def apply(tx: Tx) -> None:
        received.bury(tx, activity.actor)
        if who is not None:
            elsewhere.erase(tx, who)

    return apply
