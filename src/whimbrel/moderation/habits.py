"""How each of the staff works: what they would rather not see, and when a break is due.

All of it is for themselves alone. Nobody is compared, and nothing of it is in the log."""

from collections.abc import Sequence

import msgspec

from whimbrel.accounts.rules import Permission, Viewer
from whimbrel.core.errors import Invalid
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .queries import habits as queries
from .queries.habits import Habits
from .rules import HANDLES, require

MOST = 500  # heavy things before a break is hinted at


def of(tx: Tx, viewer: Viewer) -> Habits:
    """The viewer's own. Raises Forbidden."""
    require(viewer, Permission.TRIAGE)
    return queries.of(tx, viewer.id)


def keep(tx: Tx, viewer: Viewer, *, text_only: bool, hidden: Sequence[str], most: int) -> None:
    """Work like that from now on.

    Args:
        hidden: classes that they are neither shown in the queue nor called to, as long as somebody
            else is.
        most: heavy things, after which a break is hinted at.
    Raises:
        Forbidden.
        Invalid: all classes are hidden; too large a number.
    """
    require(viewer, Permission.TRIAGE)
    if not 1 <= most <= MOST:
        said = say("A number from 1 to %(most)s.", most=MOST)
        raise Invalid(said, {"most": [("ERR_INVALID", said)]})
    classes = tuple(klass for klass in HANDLES[viewer.role] if klass in hidden)
    if len(classes) == len(HANDLES[viewer.role]):
        said = say("Leave one of them.")
        raise Invalid(said, {"hidden": [("ERR_INVALID", said)]})
    old = queries.of(tx, viewer.id)
    new = msgspec.structs.replace(old, text_only=text_only, hidden=classes, most=most)
    queries.keep(tx, viewer.id, new)


def rest(tx: Tx, viewer: Viewer) -> None:
    """They had a break: it is counted from nothing. Raises Forbidden."""
    require(viewer, Permission.TRIAGE)
    old = queries.of(tx, viewer.id)
    queries.keep(tx, viewer.id, msgspec.structs.replace(old, heavy=0, heavy_at=None))


def count(tx: Tx, viewer: Viewer) -> None:
    """They look at something heavy."""
    old = queries.of(tx, viewer.id)
    new = msgspec.structs.replace(old, heavy=old.since_rest(tx.ms) + 1, heavy_at=tx.ms)
    queries.keep(tx, viewer.id, new)
