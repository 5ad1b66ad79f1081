"""Liking, keeping, pinning, and not wanting to hear of a conversation any more."""

from whimbrel.accounts import moved
from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Invalid
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from . import queries
from .events import Favourited, PostPinned, PostTouched, Unfavourited
from .queries import acts, writing
from .rules import Mark, Visibility

MOST_PINS = 5


def mark(tx: Tx, viewer: Viewer, post_id: int, kind: Mark) -> int:
    """Favourite or bookmark a post, or what a boost repeats. Again: nothing happens.

    Returns:
        The id of the post that carries the mark.
    Raises:
        NotFound: not the viewer's to see.
        Forbidden: the viewer went to another account, and would like it.
    Emits: Favourited or PostTouched, where it is new
    """
    subject = acts.subject(tx, viewer, post_id)
    if kind is Mark.FAVOURITE:
        moved.check_here(tx, viewer)
    if not acts.mark(tx, viewer.id, subject.id, kind):
        return subject.id
    if kind is not Mark.FAVOURITE:
        tx.emit(PostTouched(post=subject.id))
    else:
        writing.count(tx, subject.id, favourites=+1)
        tx.emit(Favourited(post=subject.id, author=subject.author, account=viewer.id))
    return subject.id


def unmark(tx: Tx, viewer: Viewer, post_id: int, kind: Mark) -> int:
    """Take it back. Where there is none, nothing happens.

    Returns:
        The id of the post that carried the mark.
    Raises:
        NotFound: not the viewer's to see.
    Emits: Unfavourited or PostTouched, where there was one
    """
    subject = acts.subject(tx, viewer, post_id)
    if not acts.unmark(tx, viewer.id, subject.id, kind):
        return subject.id
    if kind is not Mark.FAVOURITE:
        tx.emit(PostTouched(post=subject.id))
    else:
        writing.count(tx, subject.id, favourites=-1)
        tx.emit(Unfavourited(post=subject.id, author=subject.author, account=viewer.id))
    return subject.id


def withdraw(tx: Tx, account: int, post: int) -> None:
    """Somebody elsewhere takes back that they like a post, which they may not see any more.

    Emits: Unfavourited, where they did
    """
    if acts.unmark(tx, account, post, Mark.FAVOURITE):
        writing.count(tx, post, favourites=-1)
        author = queries.any_post(tx, post).author
        tx.emit(Unfavourited(post=post, author=author, account=account))


def pin(tx: Tx, viewer: Viewer, post_id: int) -> int:
    """Show a post on top of one's profile.

    Raises:
        NotFound: not the viewer's to see.
        Invalid: a boost, somebody else's, for named people only, or one too many.
    Emits: PostPinned, where it is new
    Source: Mastodon REST API, POST /api/v1/statuses/:id/pin
    """
    subject = acts.subject(tx, viewer, post_id)
    if subject.boost is not None:
        raise Invalid(say("Validation failed: A boost cannot be pinned"))
    if subject.author != viewer.account:
        raise Invalid(say("Validation failed: Someone else's post cannot be pinned"))
    if subject.visibility is Visibility.DIRECT:
        raise Invalid(say("Validation failed: A post for named people only cannot be pinned"))
    tx.lock("pins", viewer.id)
    new = acts.mark(tx, viewer.id, subject.id, Mark.PIN)
    if new and acts.marked(tx, viewer.id, Mark.PIN) > MOST_PINS:
        raise Invalid(say("Validation failed: You have already pinned the maximum number of posts"))
    if new:
        tx.emit(PostPinned(post=subject.id, author=subject.author, pinned=True))
    return subject.id


def unpin(tx: Tx, viewer: Viewer, post_id: int) -> int:
    """Take it off the profile. Raises NotFound. Emits PostPinned, where it was on it."""
    subject = acts.subject(tx, viewer, post_id)
    if acts.unmark(tx, viewer.id, subject.id, Mark.PIN):
        tx.emit(PostPinned(post=subject.id, author=subject.author, pinned=False))
    return subject.id


def mute_thread(tx: Tx, viewer: Viewer, post_id: int) -> int:
    """No notifications from the conversation of a post any more. Raises NotFound."""
    subject = acts.subject(tx, viewer, post_id)
    acts.mute_thread(tx, viewer.id, subject.thread)
    return subject.id


def unmute_thread(tx: Tx, viewer: Viewer, post_id: int) -> int:
    """Notifications again. Raises NotFound."""
    subject = acts.subject(tx, viewer, post_id)
    acts.unmute_thread(tx, viewer.id, subject.thread)
    return subject.id
