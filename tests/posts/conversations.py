"""What the tests of posts need again and again: how people stand, and statuses as apps see them."""

import json
from typing import Any

from whimbrel.accounts.rules import Viewer
from whimbrel.accounts.tables import blocks, follows, mutes
from whimbrel.core.engines import Query, insert
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.posts import serialize

_FOLLOW = Query(insert(follows, ("id", "follower", "followee", "at")))
_BLOCK = Query(insert(blocks, ("id", "account", "target", "at")))
_MUTE = Query(insert(mutes, ("id", "account", "target", "at")))


def befriend(tx: Tx, who: Viewer, whom: Viewer) -> None:
    """`who` follows `whom`."""
    tx.run(_FOLLOW, id=new_id(tx.now), follower=who.account, followee=whom.account, at=tx.ms)


def block(tx: Tx, who: Viewer, whom: Viewer) -> None:
    """`who` blocks `whom`."""
    tx.run(_BLOCK, id=new_id(tx.now), account=who.account, target=whom.account, at=tx.ms)


def mute(tx: Tx, who: Viewer, whom: Viewer) -> None:
    """`who` mutes `whom`."""
    tx.run(_MUTE, id=new_id(tx.now), account=who.account, target=whom.account, at=tx.ms)


def shown(tx: Tx, viewer: Viewer, post: int) -> dict[str, Any]:
    """A status as `viewer`'s app gets it."""
    status: dict[str, Any] = json.loads(serialize.one(tx, viewer, post))
    return status
