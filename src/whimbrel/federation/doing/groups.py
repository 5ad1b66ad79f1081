"""Boosts; and groups, which pass on whatever happens in them inside of one.

A group passes a post on twice, as a post and as what its author did: it is here once, by its
author, boosted by the group for those who follow it. What it says that others did is not believed:
each is asked themselves.

Source: FEP-1b12; Lemmy's activities"""

from functools import partial

from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.posts import delete as deleting
from whimbrel.posts import queries as posts

from .. import abroad, notes, people, reading, spare
from ..incoming import KINDS
from ..queries import received, relays
from ..rules import Activity
from . import reactions, relayed
from .apply import Apply
from .notes import revised

_DONE = {"Create", "Update", "Delete"}  # to a post; of the rest no server is asked


async def announce(app: App, activity: Activity) -> Apply | None:
    """They boost a post, or pass something on.

    Raises:
        NotFound: it is nobody's business here, or cannot be had.
    """
    about = activity.first
    kind = reading.type_of(about) if isinstance(about, dict) else ""
    uri = passed(about)
    if uri is None or kind not in {"", *KINDS, *_DONE}:
        raise NotFound
    if kind in ("Update", "Delete"):
        return await _changed(app, activity, kind, uri)
    if activity.actor in await app.db.recall(relays.actors):
        await relayed.brought(app, uri)
        return None
    # What answers something there is for who reads the conversation, and not for each home.
    return await reactions.boost(app, activity, uri, answers=kind != "Create")


def passed(about: object) -> str | None:
    """The post that is passed on, as itself or as what was done with it."""
    some = next(iter(reading.many(about)), None)
    if isinstance(some, dict) and reading.type_of(some) in _DONE:
        return reading.id_of(some.get("object"))
    return reading.id_of(some)


async def _changed(app: App, activity: Activity, kind: str, uri: str) -> Apply | None:
    """A post that is here is said to be another now, or gone."""
    post = await app.db.read(notes.known, uri)
    who = await app.db.read(people.known, activity.actor)
    brought = activity.actor in await app.db.recall(relays.actors)
    if post is None and brought and kind == "Delete":
        return await relayed.left(app, uri)
    if post is None or notes.our_post(app.instance, uri) is not None:
        raise NotFound
    if not brought and not await app.db.read(reactions.concerns, uri, activity.actor):
        raise NotFound
    if not await spare.may_ask(app, uri):
        raise NotFound
    if kind == "Update":
        budget = notes.Budget(spare=True)
        note = await notes.read(app, uri, budget, spare_=True)
        return revised(await notes.proven(app, note, budget))
    try:
        gone = reading.type_of((await abroad.read(app, uri)).said) == "Tombstone"
    except abroad.Departed:
        gone = True
    if gone:
        return partial(_erase, post, uri)
    return None if brought or who is None else partial(reactions.unboost, who, None, uri)


def _erase(post: int, uri: str, tx: Tx) -> None:
    """Its own server says that it is no more."""
    received.bury(tx, uri)
    tx.lock("post", post)
    deleting.forget(tx, posts.any_post(tx, post))
