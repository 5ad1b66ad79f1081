"""The keys of our actors, made when another server first asks for one or is first spoken to:
nobody who signs up waits for them, and who is never met abroad needs none."""

import asyncio

from whimbrel.accounts.queries import people
from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx

from .pairs import make
from .queries import keys
from .queries.posts import actor_id
from .rules import SERVER, Pair, Private, Public, Style
from .signatures import PrivateKeys, Request, Wish, sign_draft, sign_rfc9421


def keep(tx: Tx, owner: int, pair: Pair) -> Public:
    """Give an account of ours (or the server) these keys, unless it has some by now.

    Returns:
        The public halves of those it has.
    Raises:
        NotFound: no account, or one of another server.
    """
    if owner != SERVER and people.by_id(tx, owner, pending=True).domain is not None:
        raise NotFound
    keys.add(tx, owner, pair)
    return public(tx, owner)


def public(tx: Tx, owner: int) -> Public:
    """The public halves. Raises NotFound where none were made."""
    found = keys.public(tx, owner)
    if found is None:
        raise NotFound
    return found


def private(tx: Tx, owner: int) -> Private:
    """The private halves. Raises NotFound where none were made, or they are gone."""
    found = keys.private(tx, owner)
    if found is None:
        raise NotFound
    return found


def actor_of(instance: Instance, owner: int) -> str:
    """The id of the actor who has these keys."""
    return f"{instance.origin}/actor" if owner == SERVER else actor_id(instance, owner)


def sign(
    style: Style,
    request: Request,
    private: PrivateKeys,
    key_id: str,
    now: float,
    wish: Wish | None = None,
) -> dict[str, str]:
    """The headers of a signed request. Args: as `signatures.sign_rfc9421`; the draft knows no
    wishes."""
    if style is Style.DRAFT:
        return sign_draft(request, private, key_id, now)
    return sign_rfc9421(request, private, key_id, now, wish)


async def public_of(app: App, owner: int) -> Public:
    """The public halves of an account of ours (0 = the server), made now where there are none.

    Raises:
        NotFound: no account, or one of another server.
    """
    found = await app.db.recall(keys.public, owner)
    return found or await make_for(app, owner)


async def private_of(app: App, owner: int) -> PrivateKeys:
    """The private halves, opened; made now where there are none. Raises NotFound."""
    found = await app.db.read(keys.private, owner)
    if found is None:
        await make_for(app, owner)
        found = await app.db.read(private, owner)
    return PrivateKeys.open(found.rsa, found.ed25519)


async def make_for(app: App, owner: int) -> Public:
    """Make and keep the keys of an account of ours (or of the server) that has none yet.

    Raises:
        NotFound: no account, or one of another server.
    """
    pair = await asyncio.to_thread(make)
    return await app.db.write(keep, owner, pair)
