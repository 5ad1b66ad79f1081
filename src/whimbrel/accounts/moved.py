"""Whoever went to another account does nothing with the one they left, and nobody new follows it.
They may come back to it; what they did with it before stays, and can be taken back.

Source: Mastodon, `User#functional?`, `FollowService` and `ActivityPub::Activity::Follow`"""

from whimbrel.core.errors import Forbidden
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .queries import moving
from .rules import Viewer


def check_here(tx: Tx, viewer: Viewer) -> None:
    """Whether somebody of ours still uses this account; somebody elsewhere does as their server
    lets them. Raises Forbidden: they went to another one."""
    if moving.left(tx, viewer.id):
        refuse()


def refuse() -> None:
    """Say to somebody that they went. Raises Forbidden."""
    raise Forbidden(say("You moved to another account. Come back in the settings to use this one."))


def check_follow(tx: Tx, viewer: Viewer, target: int) -> None:
    """Whether somebody may follow somebody. Raises Forbidden: one of the two went elsewhere."""
    check_here(tx, viewer)
    if moving.read(tx, target).target is not None:
        raise Forbidden
