"""What the tests of posts need again and again: how people stand, and statuses as apps see them."""

import json
from typing import Any

from whimbrel.accounts.rules import Viewer
from whimbrel.accounts.tables import blocks, follows, mutes
from whimbrel.core.engines import Query, insert
from whimbrel.core.ids import new_id, token
from whimbrel.core.tx import Tx
from whimbrel.media import queries as media
from whimbrel.media.rules import HOUR, File, MediaRow
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


def uploaded(tx: Tx, viewer: Viewer) -> int:
    """A picture of the viewer's that is ready to be attached."""
    id_ = new_id(tx.now)
    row = MediaRow(
        id=id_,
        account=viewer.id,
        post=None,
        kind="image",
        state="working",
        error=None,
        meta="{}",
        blurhash=None,
        focus=(0.0, 0.0),
        alt=None,
        slot=tx.slot(),
        author_slot=tx.slot(),
        purpose="post",
        kept_until=tx.ms + HOUR,
    )
    media.add(tx, row)
    file = File(
        token=token(128),
        variant="original",
        name="original.jpg",
        mime="image/jpeg",
        size=9,
        object=f"ab/cd/abcd{id_:060x}",
    )
    media.make_ready(tx, id_, "image", '{"original":{"width":4}}', None, [file])
    return id_
