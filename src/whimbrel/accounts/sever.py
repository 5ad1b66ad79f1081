"""Parting from many at once, by a block or a decision: whoever of ours loses somebody by it is
told how many they were, and can look at whom."""

from collections.abc import Iterable
from typing import Any

from whimbrel.core.errors import NotFound
from whimbrel.core.ids import MAX_ID, iso
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx

from . import follow, queries
from .events import FollowsRefused, TiesSevered
from .queries import graph, severed
from .queries.severed import Cause, Lost, Severance
from .rules import Viewer

PARTED = 50  # pairs of people parted in one transaction
PAGE = 40


def part(tx: Tx, cause: Cause, pairs: Iterable[tuple[int, int]]) -> None:
    """End what is between each of these pairs, and keep it for the first. A request is no loss.

    Args:
        pairs: one of ours, and somebody else.
    Emits: Unfollowed, for each direction that was there
    """
    those = list(pairs)
    _lock(tx, those)
    for ours, other in those:
        went, came = (
            graph.standing(tx, ours, other).follow,
            graph.standing(tx, other, ours).follow,
        )
        lost = [(out, wish) for out, wish in ((True, went), (False, came)) if wish is not None]
        severed.note(tx, cause, ours, other, lost)
        follow.part(tx, ours, other)


def tell(tx: Tx, cause: int) -> None:
    """All of it is done: whoever lost somebody is told. Emits: TiesSevered, where anybody did"""
    if severed.concerned(tx, cause, 0, 1):
        tx.emit(TiesSevered(cause=cause))


def end_follows_of(tx: Tx, event: FollowsRefused) -> None:
    """Handler: somebody elsewhere who was suspended here follows nobody here any more, some at a
    time. On their own server they are not suspended, and would go on getting what is written for
    followers. Those who follow them stay: they would come back with them.

    Emits: Unfollowed for each, FollowsRefused while there are more, at last TiesSevered
    Source: Mastodon, SuspendAccountService
    """
    found = queries.by_ids(tx, [event.account]).get(event.account)
    again = found is None or found.suspended_at is None  # it was taken back meanwhile
    followed = [] if again else severed.followed_by(tx, event.account, PARTED)
    _lock(tx, [(ours, event.account) for ours in followed])
    cause = Cause(event.cause, "account_suspension", about=event.account)
    for ours in followed:
        wish = graph.standing(tx, event.account, ours).follow
        severed.note(tx, cause, ours, event.account, [] if wish is None else [(False, wish)])
        follow.end(tx, event.account, ours)
    if len(followed) == PARTED:
        tx.emit(event)
    else:
        tell(tx, event.cause)


def _lock(tx: Tx, pairs: list[tuple[int, int]]) -> None:
    """Every lock before the first change, in one order: nobody waits for us crosswise."""
    for one, other in sorted((min(pair), max(pair)) for pair in pairs):
        graph.lock(tx, one, other)


# --- for whoever lost them ----------------------------------------------------------------------


def mine(tx: Tx, viewer: Viewer, below: int = MAX_ID) -> list[Severance]:
    """A page of what the viewer lost, newest first."""
    return severed.page(tx, viewer.id, below, PAGE)


def lost(tx: Tx, viewer: Viewer, id_: int, outgoing: bool) -> tuple[Severance, list[Lost]]:
    """Whom the viewer no longer follows, or who no longer follows them. Unbounded: for a slow read.

    Raises:
        NotFound: it is not the viewer's.
    """
    found = severed.one(tx, viewer.id, id_)
    if found is None:
        raise NotFound
    return found, severed.lost(tx, id_, outgoing)


def entity(instance: Instance, lost: Severance) -> dict[str, Any]:
    """Source: Mastodon REST API, entity RelationshipSeveranceEvent"""
    return {
        "id": str(lost.id),
        "type": lost.kind,
        "purged": not lost.listed,
        "target_name": name_of(instance, lost),
        "followers_count": lost.followers,
        "following_count": lost.following,
        "created_at": iso(lost.id >> 16),
    }


def name_of(instance: Instance, lost: Severance) -> str:
    """What it was about: a server or somebody; "" where they are no more."""
    if lost.domain is not None:
        return lost.domain
    if lost.whom is None:
        return ""
    username, domain = lost.whom
    return f"{username}@{domain or instance.domain}"
