"""Somebody elsewhere goes on as another account."""

from whimbrel.accounts import moving
from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.fetch import Refused, Unreachable
from whimbrel.core.tx import Tx

from .. import people, reading
from ..moving import side
from ..rules import Activity
from .apply import Apply

SILENT = 6 * 3_600_000  # ms: the old server is asked again until then; what never answers is gone


async def move(app: App, activity: Activity) -> Apply | None:
    """Those of ours who follow them follow where they went, once both accounts say so; of a server
    that is gone, their signature and the new account do.

    Raises:
        NotFound: we do not know them; it is somebody else who moves; one side says otherwise.
        Unreachable: one of the two does not answer (yet).
    """
    target = reading.id_of(activity.said.get("target"))
    if target is None or target == activity.actor:
        raise NotFound
    if reading.id_of(activity.about) != activity.actor:
        raise NotFound
    old = await app.db.read(people.known, activity.actor)
    if old is None:
        raise NotFound
    try:
        if (await side(app, activity.actor)).others.moved_to != target:
            raise NotFound
    except Unreachable as error:
        now = app.db.env.clock().timestamp() * 1000
        if isinstance(error, Refused) or now - activity.at < SILENT:
            raise
    new = await side(app, target)
    if activity.actor not in new.others.aliases:
        raise NotFound

    def apply(tx: Tx) -> None:
        moving.move(tx, old, new.account)

    return apply
