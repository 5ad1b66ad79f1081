"""What stands between our people and others, who they are, and that they left."""

from datetime import timedelta

from whimbrel.accounts.events import (
    AccountErased,
    AccountMoved,
    Blocked,
    FollowAsked,
    Followed,
    ProfileChanged,
    Unblocked,
    Unfollowed,
)
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.discovery.events import FeaturedTagsChanged

from ..events import KeysLapse, ProfileRead
from ..queries import actors, keys, letters, reach, relays
from ..queries import people as met
from ..queries.posts import actor_id
from ..queries.reach import Pair
from ..rules import Kind, Letter
from ..vocabulary import activities
from .letters import said, send, tell

TOLD = timedelta(days=8)  # by then every server has heard that somebody left, or never will


def asked(tx: Tx, event: FollowAsked) -> None:
    """One of ours asks to follow somebody elsewhere. What they show on top of their profile is
    looked at: who was met in somebody's conversation was met without it.

    Emits: ProfileRead; as `send`
    """
    pair = reach.pair(tx, event.follower, event.followee)
    if pair is None:
        return
    shown = met.featured(tx, event.followee)
    if shown is not None:
        tx.emit(ProfileRead(account=event.followee, posts=shown, tags=None))
    id_ = f"{pair.actor}/follows/{new_id(tx.now)}"
    letters.remember(tx, event.follower, "Follow", event.followee, id_)
    follow = activities.follow(id_, pair.actor, pair.whom)
    send(tx, said(event.follower, follow), (pair.actor, pair.whom), {pair.inbox})


def followed(tx: Tx, event: Followed) -> None:
    """Somebody elsewhere follows one of ours, and is told so."""
    pair = reach.pair(tx, event.followee, event.follower)
    if pair is not None:
        _answer(tx, event.followee, event.follower, "Accept", pair)


def unfollowed(tx: Tx, event: Unfollowed) -> None:
    """One of ours follows somebody elsewhere no more, or lets them follow no more. Who left by
    themselves is not told: their follow is forgotten by then."""
    pair = reach.pair(tx, event.follower, event.followee)
    if pair is not None:
        id_ = letters.take_back(tx, event.follower, "Follow", event.followee)
        if id_ is not None:
            undo = activities.undo(activities.follow(id_, pair.actor, pair.whom))
            send(tx, said(event.follower, undo), (pair.actor, pair.whom), {pair.inbox})
        return
    pair = reach.pair(tx, event.followee, event.follower)
    if pair is not None:
        _answer(tx, event.followee, event.follower, "Reject", pair)
        letters.forget_follow(tx, event.follower, event.followee)


def _answer(tx: Tx, ours: int, follower: int, kind: str, pair: Pair) -> None:
    follow = letters.their_follow(tx, follower, ours)
    if follow is not None:
        id_ = f"{pair.actor}/answers/{new_id(tx.now)}"
        answer = activities.answer(id_, kind, pair.actor, follow, pair.whom)
        send(tx, said(ours, answer), (pair.whom, pair.actor), {pair.inbox})


def blocked(tx: Tx, event: Blocked) -> None:
    """The server of whoever is blocked is told, so that it lets them see nothing of who does."""
    pair = reach.pair(tx, event.account, event.target)
    if pair is None:
        return
    id_ = f"{pair.actor}/blocks/{new_id(tx.now)}"
    letters.remember(tx, event.account, "Block", event.target, id_)
    block = activities.block(id_, pair.actor, pair.whom)
    send(tx, said(event.account, block), (pair.actor, pair.whom), {pair.inbox})


def unblocked(tx: Tx, event: Unblocked) -> None:
    """And that they are blocked no more."""
    pair = reach.pair(tx, event.account, event.target)
    if pair is None:
        return
    id_ = letters.take_back(tx, event.account, "Block", event.target)
    if id_ is not None:
        undo = activities.undo(activities.block(id_, pair.actor, pair.whom))
        send(tx, said(event.account, undo), (pair.actor, pair.whom), {pair.inbox})


def changed(tx: Tx, event: ProfileChanged) -> None:
    """Followers elsewhere see the new name and pictures.

    Emits: LetterWritten, where there are any
    """
    if reach.is_followed(tx, event.account):
        letter = Letter(event.account, Kind.ACTOR)
        tell(tx, letter, ("actor", str(event.account)), followers=True)


def moved(tx: Tx, event: AccountMoved) -> None:
    """Followers elsewhere hear where somebody went, after their profile says so.

    Emits: LetterWritten, where there are any
    """
    target = actors.uri_of(tx, event.target)
    if target is None or not reach.is_followed(tx, event.account):
        return
    actor = actor_id(tx.instance, event.account)
    tell(tx, Letter(event.account, Kind.ACTOR), ("actor", str(event.account)), followers=True)
    activity = activities.move(f"{actor}#moves/{new_id(tx.now)}", actor, target)
    tell(tx, said(event.account, activity), ("actor", str(event.account)), followers=True)


def tags_changed(tx: Tx, event: FeaturedTagsChanged) -> None:
    """Who is told that a profile changed reads its tags anew: a letter has no words.

    Emits: as `changed`
    """
    changed(tx, ProfileChanged(account=event.account))


def erased(tx: Tx, event: AccountErased) -> None:
    """Whoever is tied to somebody who leaves hears it: once, of all that was theirs.

    Here and now, for the ties are cut next; and with keys that outlive the account.

    Emits: KeysLapse, where anybody elsewhere can have met them
    """
    inboxes = reach.inboxes_of_tied(tx, event.account) | relays.inboxes(tx)
    letters.forget_all_of(tx, event.account)
    if not keys.detach(tx, event.account):
        return
    letters.bury(tx, event.uri)
    tx.emit(KeysLapse(owner=event.account), due=tx.now + TOLD)
    activity = activities.delete_actor(event.uri)
    send(tx, said(event.account, activity), ("actor", str(event.account)), inboxes)


def forget_keys(tx: Tx, event: KeysLapse) -> None:
    """Handler: nothing is signed for them any more."""
    keys.remove(tx, event.owner)
