"""Making a recovery kit, and making one worthless.

What goes into it leaves sealed: the server knows the public recovery key, never the words."""

import asyncio
from functools import partial

from whimbrel.accounts.queries import people
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import Invalid
from whimbrel.core.tx import Tx
from whimbrel.core.words import say
from whimbrel.federation import keys, pairs, rotate
from whimbrel.timelines import carry

from ..queries import kits
from ..queries.kits import Made
from . import box, recovery
from .box import Kit

LONGEST = 500  # characters of where the archive is


async def make(app: App, viewer: Viewer, key: str, archive: str = "") -> tuple[str, bytes]:
    """A kit of today, sealed to a public recovery key: what the file is called, and the file.

    Args:
        archive: where its owner keeps their archive, in their own words.
    Raises:
        Invalid: no recovery key, or a place that takes too many words.
    """
    key, archive = key.strip(), archive.strip()
    recovery.raw(key)
    if len(archive) > LONGEST:
        said = say("At most %(most)s characters.", most=LONGEST)
        raise Invalid(said, {"archive": [("ERR_TOO_LONG", said)]})
    await keys.public_of(app, viewer.id)
    kit = await app.db.read(partial(_gathered, viewer=viewer, archive=archive), slow=True)
    sealed = await asyncio.to_thread(box.seal, kit, key)
    await app.db.write(kits.put, viewer.id, key, len(kit.followers))
    return f"{kit.handle.replace('@', '-')}.kit", sealed


def _gathered(tx: Tx, viewer: Viewer, archive: str) -> Kit:
    account = people.by_id(tx, viewer.id)
    public, private = keys.public(tx, viewer.id), keys.private(tx, viewer.id)
    return Kit(
        actor=keys.actor_of(tx.instance, viewer.id),
        handle=carry.address(tx.instance, account),
        made=tx.ms,
        public=public.rsa,
        rsa=private.rsa,
        ed25519=private.ed25519,
        followers=kits.followers(tx, viewer.id),
        following=[row[0] for row in carry.rows(tx, viewer, "follows")],
        archive=archive,
    )


def made(tx: Tx, viewer: Viewer) -> tuple[Made | None, int]:
    """The viewer's last kit, and how many follow them from elsewhere now."""
    return kits.made(tx, viewer.id), kits.count(tx, viewer.id)


async def revoke(app: App, viewer: Viewer) -> None:
    """All kits of the viewer are worthless from now on: they sign with another key, which their
    followers' servers are told of.

    Emits: LetterWritten, where somebody elsewhere follows them
    """
    pair = await asyncio.to_thread(pairs.make)

    def act(tx: Tx) -> None:
        rotate.rotate(tx, viewer.id, pair)
        kits.drop(tx, viewer.id)

    await app.db.write(act)
