"""People of other servers: fetched when somebody speaks of them, proven, kept, looked at again.

What other rooms need is `known` and `found`; what arrives asks `met`. Nobody is fetched twice at
the same time, nor from a server that is kept out."""

import msgspec

from whimbrel.accounts import elsewhere
from whimbrel.accounts.queries import people as accounts
from whimbrel.accounts.rules import Distance
from whimbrel.core.app import App
from whimbrel.core.errors import Conflict, NotFound, WhimbrelError
from whimbrel.core.fetch import Refused
from whimbrel.core.ids import id_of
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx

from . import abroad, handles
from .events import ProfileRead
from .handles import Handle
from .incoming import read_actor
from .queries import people, received
from .queries.barred import is_barred
from .queries.people import Met, rejects_media
from .rules import Actor, hosts_of, origin_of
from .state import state_of

FRESH = 24 * 3_600_000  # ms: so long what somebody says of themselves is believed
HANDLE_FRESH = 7 * FRESH  # and that their handle is theirs


def our_id(instance: Instance, uri: str) -> int | None:
    """The account that this id of ours names; None for any other address."""
    start = f"{instance.origin}/ap/users/"
    return id_of(uri.removeprefix(start)) if uri.startswith(start) else None


def known(tx: Tx, uri: str) -> int | None:
    """The account of whoever has this id, ours or somebody's whom we met."""
    own = our_id(tx.instance, uri)
    if own is not None:
        return own if own in accounts.by_ids(tx, [own]) else None
    met = people.by_uri(tx, uri)
    return None if met is None else met.id


async def found(app: App, text: str) -> int | None:
    """Who is meant by a handle or an id; asked of their server where we do not know them. None
    where it is nobody who can be found."""
    text = text.strip()
    try:
        if not text.startswith(("https://", "http://")):
            return await named(app, text)
        here = await app.db.read(known, text)
        return here if here is not None else (await met(app, text)).id
    except (WhimbrelError, ValueError):
        return None


async def named(app: App, text: str) -> int | None:
    """Whoever has a handle elsewhere; None for what is no handle, or one of ours. Raises as
    `met`."""
    handle = handles.handle_of(text)
    if handle is None or app.instance.is_own(handle.domain):
        return None
    some = await app.db.read(people.by_handle, f"{handle.name}@{handle.domain}".lower())
    if some is not None:
        return some.id
    await admit(app, handle.domain)
    said = await handles.ask(app, handle)
    return None if said.actor is None else (await met(app, said.actor)).id


async def met(app: App, uri: str, *, fresh: bool = False, brief: bool = False) -> Met:
    """Somebody elsewhere by their id, fetched where we do not know them or not lately.

    Args:
        fresh: look again in any case.
        brief: what they show on top of their profile is left for whoever wants to follow them.
    Raises:
        Refused: one of ours, or nobody that is what they say; their server is kept out.
        NotFound, Unreachable, Malformed: as `abroad.read_object`.
    """
    now = int(app.db.env.clock().timestamp() * 1000)
    old = await app.db.read(people.by_uri, uri)
    if old is not None and now - old.at < FRESH and not fresh:
        return old
    try:
        return await state_of(app).people.ask(
            uri, now, lambda: _fetch(app, uri, old, now, None if brief else fresh)
        )
    except (WhimbrelError, ValueError):
        if old is None or fresh:
            raise
        return old  # their server is away: what we know still stands


async def admit(app: App, host: str) -> Distance:
    """How far away we keep a server. Raises Refused: altogether, or it is ours."""
    if app.instance.is_own(host):
        raise Refused("That is ourselves.")
    hosts = hosts_of(host.rpartition(":")[0] or host)
    if await app.db.read(is_barred, hosts):
        raise Refused("This server is kept out here.")
    limited = await app.db.read(people.distance, hosts)
    return Distance() if limited is None else Distance(silenced_at=limited)


async def _fetch(app: App, uri: str, old: Met | None, now: int, again: bool | None) -> Met:
    distance = await admit(app, origin_of(uri).partition("://")[2])
    if await app.db.read(received.buried, uri):
        raise NotFound
    actor = read_actor(await abroad.read_object(app, uri))
    handle = None
    if old is not None and now - old.at < HANDLE_FRESH and actor.username == old.username:
        handle = Handle(old.username, old.domain)
    if handle is None:
        handle = await handles.prove(app, actor)
        if app.instance.is_own(handle.domain):
            raise Refused("That handle is one of ours.")
        if handle.domain != origin_of(uri).partition("://")[2]:
            distance = await admit(app, handle.domain)
    for _ in range(3):
        try:
            return await app.db.write(keep, actor, handle, distance, again)
        except Conflict:
            continue
    raise NotFound


def keep(
    tx: Tx, actor: Actor, handle: Handle, distance: Distance, again: bool | None = False
) -> Met:
    """Write down what was read of somebody whose handle was proven.

    Args:
        again: they say themselves that they are not as they were; None = what they show is left
            for later, even where they are new.
    Emits: as `elsewhere.meet`; ProfileRead, for who is new or says so
    """
    new = people.by_uri(tx, actor.id) is None
    person = msgspec.structs.replace(actor.person, username=handle.name, domain=handle.domain)
    if not rejects_media(tx, actor.id):
        pictures = {"icon": actor.icon, "image": actor.image, "emojis": actor.emojis}
        person = msgspec.structs.replace(person, **pictures)
    account = elsewhere.meet(tx, person, distance)
    people.keep(tx, account, actor)
    if again is not None and (new or again) and (actor.featured or actor.featured_tags):
        shown = ProfileRead(account=account, posts=actor.featured, tags=actor.featured_tags)
        tx.emit(shown)
    written = people.by_uri(tx, actor.id)
    if written is None:
        raise NotFound
    return written
