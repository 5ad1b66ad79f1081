"""Moving, across servers or within ours: both sides have to say that they are the same person's,
each on their own server and just now."""

from typing import NamedTuple

from whimbrel.accounts import moving
from whimbrel.accounts.queries import moving as stored
from whimbrel.accounts.queries import people as accounts
from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import Invalid, NotFound, WhimbrelError
from whimbrel.core.fetch import Unreachable
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from . import looking, people
from .queries import actors
from .queries import people as met
from .rules import Others

MOST_WRITTEN = moving.MOST_ALIASES + 1  # names looked at: one more than may be


class Side(NamedTuple):
    """One of the two accounts, with what it says."""

    account: int
    others: Others


async def side(app: App, uri: str) -> Side:
    """An account by its id, as it is now.

    Raises:
        NotFound: nobody, or suspended.
        Refused, Unreachable, Malformed: as `people.met`.
    """
    own = people.our_id(app.instance, uri)
    if own is not None:
        known = await app.db.read(people.known, uri)
        if known is None:
            raise NotFound
        return Side(known, await app.db.read(actors.others, known))
    found = await people.met(app, uri, fresh=True)
    if found.suspended:
        raise NotFound
    return Side(found.id, await app.db.read(met.says, found.id))


async def alias(app: App, viewer: Viewer, written: list[str]) -> None:
    """Say which other accounts are the viewer's, by handle or id.

    Raises:
        Invalid: somebody who cannot be found, or too many.
    Emits: as `accounts.moving.set_aliases`
    """
    ids = [await _named(app, text, "also_known_as") for text in written if text.strip()]
    await app.db.write(moving.set_aliases, viewer, ids)


async def _named(app: App, text: str, field: str) -> str:
    found = await _anybody(app, text.strip())
    uri = None if found is None else await app.db.read(actors.uri_of, found)
    if uri is None:
        said = say("Nobody is found by that name: %(name)s", name=text.strip()[:100])
        raise Invalid(said, {field: [("ERR_INVALID", said)]})
    return uri


async def _anybody(app: App, text: str) -> int | None:
    if "://" not in text:
        try:
            return (await app.db.read(accounts.by_handle, text)).id
        except NotFound:
            pass
    kind, id_ = await looking.look(app, text) or ("", 0)
    return id_ if kind == "account" else None


async def leave(app: App, viewer: Viewer, written: str) -> None:
    """The viewer, whose password was asked, goes to another account of theirs.

    Args:
        written: its handle or id.
    Raises:
        Invalid: nobody, or it does not say that it is the viewer's; they moved not long ago.
    Emits: as `accounts.moving.move`
    """
    now = int(app.db.env.clock().timestamp() * 1000)
    moving.check(await app.db.read(stored.read, viewer.id), now)
    uri = await _named(app, written, "moved_to")
    try:
        there = await side(app, uri)
    except (WhimbrelError, ValueError) as error:
        if isinstance(error, Unreachable):
            said = say("That server does not answer. Try again later.")
        else:
            said = say("That account cannot be had.")
        raise Invalid(said, {"moved_to": [("ERR_INVALID", said)]}) from error
    mine = await app.db.read(actors.uri_of, viewer.id)
    if mine not in there.others.aliases:
        said = say("That account does not name this one as another of yours yet.")
        raise Invalid(said, {"moved_to": [("ERR_INVALID", said)]})
    await app.db.write(moving.move, viewer.id, there.account)


def shown(tx: Tx, viewer: Viewer) -> dict[str, object]:
    """What a page says: the other accounts by name, and where the viewer went."""
    mine = stored.read(tx, viewer.id)
    ids = {uri: people.known(tx, uri) for uri in mine.aliases}
    wanted = [id_ for id_ in (*ids.values(), mine.target) if id_ is not None]
    found = accounts.by_ids(tx, wanted)
    names = {id_: f"@{each.acct}" for id_, each in found.items()}
    return {
        "aliases": [names.get(id_ or 0, uri) for uri, id_ in ids.items()],
        "moved": names.get(mine.target or 0),
    }
