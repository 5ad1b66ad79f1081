"""Posts and what is done with them."""

from typing import Any

import msgspec

from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.core.words import first, language, say
from whimbrel.posts import queries as posts
from whimbrel.posts.events import (
    Favourited,
    PostDeleted,
    PostEdited,
    PostPinned,
    PostPublished,
    PostReshown,
    PostWithheld,
    Unfavourited,
)
from whimbrel.posts.queries.writing import mentioned
from whimbrel.posts.rules import Visibility

from .. import vocabulary
from ..queries import letters, reach, relays
from ..queries import posts as ours
from ..queries.posts import actor_id
from ..queries.reach import Reach
from ..rules import Kind, Letter
from ..vocabulary import PUBLIC, activities
from .letters import said, send, tell

_HIDDEN = say("The moderators of this server have hidden this post.")


def published(tx: Tx, event: PostPublished) -> None:
    """A post goes to its author's followers and to whoever it names; a boost to followers and to
    the author of what it repeats.

    Emits: LetterWritten, where somebody elsewhere is concerned
    """
    found = reach.of_post(tx, event.post)
    if found is not None:
        _tell(tx, Letter(event.author, Kind.POST, event.post), event.post, found)


def edited(tx: Tx, event: PostEdited) -> None:
    """The same once more. Emits as `published`."""
    found = reach.of_post(tx, event.post)
    if found is not None:
        _tell(tx, Letter(event.author, Kind.EDIT, event.post), event.post, found)


def deleted(tx: Tx, event: PostDeleted) -> None:
    """It is told that it is no more, to whoever hears of its author and to whoever did something
    with it; and is so from now on to whoever asks.

    Emits: as `published`
    """
    people = set(event.mentions)
    if event.boost_of is None:
        people |= reach.touching(tx, event.post)
    found = reach.of_deleted(tx, event.author, event.visibility, event.boost_of, people)
    if found is None:
        return
    actor = actor_id(tx.instance, event.author)
    to = [] if event.visibility == Visibility.DIRECT else [f"{actor}/followers"]
    if event.visibility <= Visibility.UNLISTED:
        to.insert(0, PUBLIC)
        letters.bury(tx, event.uri)
    if event.boost_of is None:
        activity = activities.delete(actor, event.uri, to)
    else:
        activity = activities.undo_announce(actor, event.uri, to)
    _tell(tx, said(event.author, activity), event.post, found)


def withheld(tx: Tx, event: PostWithheld) -> None:
    """What the staff hid is told as an edit that leaves nothing of it. A Delete could not be taken
    back: Mastodon takes no post of which it was told once that it is no more.

    Emits: as `published`
    """
    written = ours.one(tx, event.author, event.post, event.author) if event.local else None
    found = None if written is None else _concerned(tx, event)
    if written is None or found is None:
        return
    level = Visibility(event.visibility)
    was = written._replace(post=msgspec.structs.replace(written.post, visibility=level))
    links = ours.links(tx, [was])
    text = language(first(tx.instance.languages)).plain(_HIDDEN)
    emptied = vocabulary.emptied(vocabulary.note(tx.instance, *was, links, tx.ms), text, tx.ms)
    id_ = f"{emptied['id']}#hidden/{new_id(tx.now)}"
    activity = activities.update(id_, emptied["attributedTo"], emptied)
    _tell(tx, said(event.author, activity), event.post, found)


def reshown(tx: Tx, event: PostReshown) -> None:
    """What the staff shows of it again, or otherwise, is told as an edit. Emits as `published`."""
    found = _concerned(tx, event)
    if found is not None:
        _tell(tx, Letter(event.author, Kind.SHOWN, event.post), event.post, found)


def _concerned(tx: Tx, event: PostWithheld | PostReshown) -> Reach | None:
    """Who has it: whoever was told of it, and whoever did something with it since."""
    people = set(mentioned(tx, event.post)) | reach.touching(tx, event.post)
    return reach.of_deleted(tx, event.author, event.visibility, None, people)


def _tell(tx: Tx, letter: Letter, post: int, found: Reach) -> None:
    direct = found.visibility == Visibility.DIRECT
    about = ("post", str(post))
    tell(tx, letter, about, followers=not direct, people=found.people, personal=direct)
    if found.relayed:
        send(tx, letter, ("relayed", str(post)), relays.inboxes(tx))


def pinned(tx: Tx, event: PostPinned) -> None:
    """What somebody puts on top of their profile, or takes down, is told to their followers.

    Emits: LetterWritten, where somebody elsewhere follows them
    """
    post = posts.any_post(tx, event.post)
    if post.visibility > Visibility.UNLISTED or not reach.is_followed(tx, event.author):
        return
    actor = actor_id(tx.instance, event.author)
    tell_ = activities.add if event.pinned else activities.remove
    id_ = f"{actor}#featured/{new_id(tx.now)}"
    activity = tell_(id_, actor, f"{actor}/statuses/{post.id}", f"{actor}/collections/featured")
    tell(tx, said(event.author, activity), ("post", str(post.id)), followers=True)


def favourited(tx: Tx, event: Favourited) -> None:
    """Who wrote a post elsewhere hears that it is liked, and nobody else does."""
    found = reach.post_of(tx, event.account, event.post)
    if found is None:
        return
    post, pair = found
    id_ = f"{pair.actor}/likes/{new_id(tx.now)}"
    letters.remember(tx, event.account, "Like", event.post, id_)
    like = activities.like(id_, pair.actor, post, pair.whom)
    send(tx, said(event.account, like), (pair.actor, post), {pair.inbox})


def unfavourited(tx: Tx, event: Unfavourited) -> None:
    """And that it is no more."""
    found = reach.post_of(tx, event.account, event.post)
    if found is None:
        return
    post, pair = found
    id_ = letters.take_back(tx, event.account, "Like", event.post)
    if id_ is not None:
        like: dict[str, Any] = activities.like(id_, pair.actor, post, pair.whom)
        send(tx, said(event.account, activities.undo(like)), (pair.actor, post), {pair.inbox})
