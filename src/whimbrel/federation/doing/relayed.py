"""What relays bring: that there is a post somewhere, or that one is another now, or gone."""

from functools import partial

from whimbrel.accounts import elsewhere
from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx

from .. import abroad, notes, relays, spare
from ..queries import people as met
from ..queries import received
from ..rules import Activity
from .apply import Apply


async def brought(app: App, uri: str) -> None:
    """Read a post where it lies and keep it: it is there to be found, and nobody boosts it.

    Raises:
        NotFound: it cannot be had, is not for everybody, or enough was asked of its server.
    """
    if not await spare.may_ask(app, uri):
        raise NotFound
    if await notes.fetched(app, uri, notes.Budget(spare=True)) is None:
        raise NotFound


async def left(app: App, uri: str) -> Apply:
    """Somebody whom we know is said to be no more; their own server has to say so too.

    Raises:
        NotFound: nobody we know, or they are still there.
    """
    who = await app.db.read(met.by_uri, uri)
    if who is None or not await spare.may_ask(app, uri):
        raise NotFound
    try:
        await abroad.read(app, uri)
    except abroad.Departed:
        return partial(_erase, who.id, uri)
    raise NotFound


def _erase(who: int, uri: str, tx: Tx) -> None:
    received.bury(tx, uri)
    elsewhere.erase(tx, who)


async def answered(app: App, activity: Activity, *, yes: bool) -> Apply:
    """A relay answers what we asked it."""
    return partial(relays.answered, activity=activity, yes=yes)
