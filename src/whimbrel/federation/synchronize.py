"""Followers of each other's people, compared: a follow that one server has and the other has not
would show followers-only posts to nobody, or to somebody whom nobody counts.

Sent with what is for followers alone: a digest of who follows on the receiver's server. Where it is
another than the receiver's own, the receiver asks who it is, at most once an hour.

Source: FEP-8fcf (followers collection synchronization)"""

import re
from hashlib import sha256
from typing import Any, NamedTuple

from whimbrel.accounts import follow
from whimbrel.accounts.queries import graph
from whimbrel.accounts.queries import people as accounts
from whimbrel.accounts.rules import Viewer
from whimbrel.core import logs
from whimbrel.core.app import App
from whimbrel.core.errors import WhimbrelError
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx

from . import abroad, people
from .events import FollowersClaimed
from .outgoing.letters import said, send
from .queries import people as met
from .queries import reach, synchronize
from .queries.people import Met
from .queries.posts import actor_id
from .rules import origin_of, same_origin
from .state import state_of
from .vocabulary import activities

NAME = "collection-synchronization"
SETTLES = 600_000  # ms: a follow that is younger may not be known there yet
MOST = 50_000  # followers of one account that are compared
MOST_UNDONE = 100  # follows taken back for one comparison
PAGES = 10

_PART = re.compile(r'\s{0,9}([A-Za-z]{1,20})\s{0,9}=\s{0,9}"([^"\\]{0,2048})"\s{0,9}(?:,|$)')
log = logs.get(__name__)


class Claim(NamedTuple):
    """What a header says."""

    collection: str
    url: str
    digest: str


def digest_of(ids: list[str]) -> str:
    """The digest of a set of followers: in no order."""
    total = 0
    for each in ids:
        total ^= int.from_bytes(sha256(each.encode()).digest())
    return f"{total:064x}"


def digests(tx: Tx, account: int) -> dict[str, str] | None:
    """Of the followers of one of ours, by the server they are on; None: too many to be counted."""
    found = synchronize.theirs(tx, account, MOST)
    if len(found) == MOST:
        return None
    by_origin: dict[str, list[str]] = {}
    for uri in found:
        by_origin.setdefault(origin_of(uri), []).append(uri)
    return {origin: digest_of(some) for origin, some in by_origin.items()}


def header(tx_origin: str, account: int, digest: str | None) -> str:
    """What is sent along. Args: `tx_origin`: ours."""
    actor = f"{tx_origin}/ap/users/{account}"
    return (
        f'collectionId="{actor}/followers", url="{actor}/followers_synchronization", '
        f'digest="{digest or digest_of([])}"'
    )


def part(tx: Tx, account: int, host: str) -> list[str]:
    """Who of a server follows one of ours: told to that server, and to no other."""
    found = synchronize.theirs(tx, account, MOST)
    return [uri for uri in found if origin_of(uri).partition("://")[2] == host]


# --- what arrives ---------------------------------------------------------------------------------


def read(text: str) -> Claim | None:
    """A header; None for what is none."""
    found, at = {}, 0
    for match in _PART.finditer(text[:8192]):
        if match.start() != at or match[1] in found:
            return None
        found[match[1]], at = match[2], match.end()
    if at != len(text) or not {"collectionId", "url", "digest"} <= found.keys():
        return None
    return Claim(found["collectionId"], found["url"], found["digest"].lower())


def claimed(actor: str, text: str) -> FollowersClaimed | None:
    """What is to be looked at, of a header that came with something signed by `actor`."""
    claim = read(text)
    if claim is None or not same_origin(actor, claim.url, claim.collection):
        return None
    return FollowersClaimed(
        actor=actor, collection=claim.collection, url=claim.url, digest=claim.digest
    )


async def look(app: App, event: FollowersClaimed) -> None:
    """Effect: compare, and ask who it is where it differs."""
    who = await app.db.read(met.by_uri, event.actor)
    if who is None or who.suspended or who.followers != event.collection:
        return
    ours = await app.db.read(synchronize.ours, who.id, MOST)
    ids = [actor_id(app.instance, follower) for follower, _ in ours]
    if len(ours) == MOST or digest_of(ids) == event.digest or not _may_ask(app, event.actor):
        return
    try:
        listed = await _listed(app, event.url)
    except (WhimbrelError, ValueError) as error:
        log.info("followers not compared", why=type(error).__name__)
        return
    await app.db.write(_settle, who, listed)


def _may_ask(app: App, actor: str) -> bool:
    """At most once an hour about somebody."""
    now = int(app.db.env.clock().timestamp() * 1000)
    return state_of(app).compared.again(actor, now)


async def _listed(app: App, url: str) -> set[int]:
    """Who of ours is on the list: whatever else it names is none of its business."""
    found: set[int] = set()
    at: str | None = url
    for _ in range(PAGES):
        said_: dict[str, Any] = (await abroad.read(app, at)).said if at is not None else {}
        first = said_.get("first")
        for each in (said_, first if isinstance(first, dict) else {}):
            items = each.get("orderedItems") or each.get("items") or []
            for item in items if isinstance(items, list) else [items]:
                own = people.our_id(app.instance, item) if isinstance(item, str) else None
                if own is not None and own >= 0:
                    found.add(own)
        onward = said_.get("next") or first
        if not isinstance(onward, str) or not same_origin(onward, url):
            return found
        at = onward
    raise ValueError("a list without an end")


def _settle(tx: Tx, who: Met, listed: set[int]) -> None:
    """Who is not listed does not follow; who is listed and does not follow says so.

    Emits: Unfollowed, Followed
    """
    ours = dict(synchronize.ours(tx, who.id, MOST))
    gone = [id_ for id_, since in ours.items() if id_ not in listed and since < tx.ms - SETTLES]
    new = sorted(listed - ours.keys())[:MOST_UNDONE]
    some = sorted({*gone[:MOST_UNDONE], *accounts.by_ids(tx, new)})
    for id_ in some:
        graph.lock(tx, id_, who.id)
    for id_ in some:
        if id_ in ours:
            follow.end(tx, id_, who.id)
        elif graph.standing(tx, id_, who.id).request is not None:
            follow.authorize(tx, Viewer(account=who.id), id_)
        else:
            _undo(tx, id_, who.id)


def _undo(tx: Tx, ours: int, theirs: int) -> None:
    pair = reach.pair(tx, ours, theirs)
    if pair is not None:
        id_ = f"{pair.actor}/follows/{new_id(tx.now)}"
        undo = activities.undo(activities.follow(id_, pair.actor, pair.whom))
        send(tx, said(ours, undo), (pair.actor, pair.whom), {pair.inbox})
