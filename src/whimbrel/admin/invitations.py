"""Invitations by the staff: made, and ended."""

from whimbrel.accounts import signup
from whimbrel.accounts.queries import links
from whimbrel.accounts.rules import Permission, Viewer, role_of
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.moderation.queries import decisions
from whimbrel.moderation.rules import require, require_rank

MOST = 1000  # may come by one
LONGEST = 365  # days


def invite(tx: Tx, viewer: Viewer, role: str, uses: int, days: int) -> str:
    """The address of a fresh invitation. It is not stored.

    Args:
        role: of whoever comes; below the viewer's own.
        uses: how many may come.
        days: for how long; 0 = for good.
    Raises:
        Forbidden: the viewer's role may not, or is not above that one.
        Invalid: too many, or too long.
    """
    require(viewer, Permission.MANAGE_INVITES)
    require_rank(viewer, role_of(role))
    if not 1 <= uses <= MOST:
        said = say("By one invitation 1 to %(most)s people may come.", most=MOST)
        raise Invalid(said, {"uses": [("ERR_INVALID", said)]})
    if not 0 <= days <= LONGEST:
        said = say("An invitation holds for %(most)s days at most, or for good.", most=LONGEST)
        raise Invalid(said, {"days": [("ERR_INVALID", said)]})
    code = signup.invite(tx, viewer.id, role_of(role), uses, days)
    decisions.add(tx, viewer.id, "create", "invite", 0, detail=f"{role_of(role)} {uses}")
    return signup.invite_address(tx.instance, code)


def end(tx: Tx, viewer: Viewer, id_: int) -> None:
    """Nobody more comes by it. Raises Forbidden, NotFound."""
    require(viewer, Permission.MANAGE_INVITES)
    if not links.end_invite(tx, id_):
        raise NotFound
    decisions.add(tx, viewer.id, "destroy", "invite", id_)
