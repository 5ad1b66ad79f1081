"""Polls: voting, once and for good, and closing when the time is over."""

from collections.abc import Sequence

from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Invalid
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from .events import PollEnds, PostTouched
from .queries import acts, writing
from .rules import Poll


def vote(tx: Tx, viewer: Viewer, poll_id: int, choices: Sequence[int]) -> int:
    """Vote in a poll.

    Args:
        choices: positions from 0; one, or several of a multiple poll.
    Returns:
        The id of the post that asks.
    Raises:
        NotFound: no such poll, or on a post that is not the viewer's to see.
        Invalid: over, one's own, voted already, no such choice, or too many.
    Emits: PostTouched
    Source: Mastodon REST API, POST /api/v1/polls/:id/votes
    """
    tx.lock("poll", poll_id)
    poll, author = acts.visible_poll(tx, viewer, poll_id)
    wanted = sorted(set(choices))
    if author == viewer.account:
        raise Invalid(say("Validation failed: You cannot vote in your own poll"))
    if poll.over(tx.ms):
        raise Invalid(say("Validation failed: The poll has already ended"))
    _check(poll, wanted)
    if acts.votes_of(tx, viewer.id, poll.id):
        raise Invalid(say("Validation failed: You have already voted on this poll"))
    acts.add_votes(tx, viewer.id, poll, wanted)
    writing.bump(tx, poll.post)
    tx.emit(PostTouched(post=poll.post))
    return poll.post


def _check(poll: Poll, choices: Sequence[int]) -> None:
    if not choices or not all(0 <= each < len(poll.counts) for each in choices):
        raise Invalid(say("Validation failed: The chosen vote option does not exist"))
    if len(choices) > 1 and not poll.multiple:
        raise Invalid(say("Validation failed: Only one option can be chosen in this poll"))


def close(tx: Tx, event: PollEnds) -> None:
    """Handler: a poll's time is over. One that was moved meanwhile waits for its other clock."""
    tx.lock("poll", event.poll)
    poll = acts.poll_row(tx, event.poll)
    if poll is not None and not poll.closed and poll.over(tx.ms):
        acts.close_poll(tx, poll.id)
        writing.bump(tx, poll.post)
