"""The second person: who there could be, and when whoever is alone may go on without one."""

from datetime import timedelta

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.errors import Forbidden
from whimbrel.core.ids import moment
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .queries import paging

ALONE = timedelta(hours=12)  # time for a second thought, and for whoever watches the log


def alone(tx: Tx, viewer: Viewer, needs: Permission = Permission.MANAGE_REPORTS) -> bool:
    """Whether nobody else of the staff could agree."""
    return all(one.account == viewer.id for one in paging.staff(tx, needs))


def refuse_own(tx: Tx, viewer: Viewer, wanted_by: int | None, since: int) -> None:
    """Nobody is their own second person, unless they are alone and half a day has passed.

    Args:
        since: when it was wanted, ms.
    Raises:
        Forbidden: it was the viewer who wanted it.
    """
    if wanted_by != viewer.id:
        return
    if not alone(tx, viewer):
        raise Forbidden(say("Somebody else has to agree."))
    if tx.now < moment(since) + ALONE:
        raise Forbidden(say("Alone, you can agree when twelve hours have passed."))
