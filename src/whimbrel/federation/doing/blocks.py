"""Somebody elsewhere wants nothing to do with one of ours: neither follows the other any more, and
who is blocked is shown nothing of theirs. Nobody is told."""

from whimbrel.accounts import block as blocking
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.tx import Tx

from ..queries import follows
from ..rules import Activity
from .apply import Apply, doer, ours


async def block(app: App, activity: Activity) -> Apply | None:
    """They block somebody."""
    target = ours(app.instance, activity.about)
    viewer = await doer(app, activity)

    def apply(tx: Tx) -> None:
        follows.forget(tx, viewer.id, target)
        blocking.block(tx, viewer, target)

    return apply


def unblock(viewer_id: int, target: int, tx: Tx) -> None:
    """They block them no more."""
    blocking.unblock(tx, Viewer(account=viewer_id), target)
