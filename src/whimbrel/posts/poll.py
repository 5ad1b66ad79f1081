"""Polls: voting, once and for good, and closing when the time is over."""

from collections.abc import Sequence
from datetime import timedelta

from whimbrel.accounts import moved
from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.ids import millis, moment, new_id
from whimbrel.core.keyring import Shredded
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from . import queries
from .events import PollCounted, PollEnds, PostTouched, Voted
from .queries import acts, writing
from .rules import Asked, Poll, Post

TELLING = timedelta(minutes=3)  # in which votes are told to other servers together


def vote(tx: Tx, viewer: Viewer, poll_id: int, choices: Sequence[int]) -> int:
    """Vote in a poll.

    Args:
        choices: positions from 0; one, or several of a multiple poll.
    Returns:
        The id of the post that asks.
    Raises:
        NotFound: no such poll, or on a post that is not the viewer's to see.
        Invalid: over, one's own, voted already, no such choice, or too many.
        Forbidden: the viewer went to another account.
    Emits: Voted, PostTouched; PollCounted, due in some minutes
    Source: Mastodon REST API, POST /api/v1/polls/:id/votes
    """
    moved.check_here(tx, viewer)
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
    _count(tx, viewer, poll, author, wanted)
    return poll.post


def _count(
    tx: Tx, viewer: Viewer, poll: Poll, author: int, choices: list[int], *, again: bool = False
) -> None:
    acts.add_votes(tx, viewer.id, poll, choices, again=again)
    writing.bump(tx, poll.post)
    tx.emit(PostTouched(post=poll.post))
    event = Voted(
        poll=poll.id,
        post=poll.post,
        author=author,
        account=viewer.id,
        choices=tuple(choices),
    )
    tx.emit(event)
    due = tx.now + TELLING
    if acts.begin_telling(tx, poll.id, millis(due)):
        tx.emit(PollCounted(poll=poll.id, post=poll.post), due=due)


def _check(poll: Poll, choices: Sequence[int]) -> None:
    if not choices or not all(0 <= each < len(poll.counts) for each in choices):
        raise Invalid(say("Validation failed: The chosen vote option does not exist"))
    if len(choices) > 1 and not poll.multiple:
        raise Invalid(say("Validation failed: Only one option can be chosen in this poll"))


def vote_by_name(tx: Tx, viewer: Viewer, post_id: int, titles: Sequence[str]) -> None:
    """Somebody elsewhere votes: by the words of what they choose, which may come one by one. What
    they chose before stays, and once more is as good as once.

    Raises:
        NotFound: no poll, none of ours, not theirs to see, over, or no such choice.
    Emits: Voted, PostTouched; PollCounted, due in some minutes
    """
    post = queries.visible_post(tx, viewer, post_id)
    if post.poll is None or not post.local or post.content is None:
        raise NotFound
    tx.lock("poll", post.poll)
    poll, author = acts.visible_poll(tx, viewer, post.poll)
    options = post.content.options
    chosen = {options.index(title) for title in titles if title in options}
    before = set(acts.votes_of(tx, viewer.id, poll.id))
    new = sorted(chosen - before)
    if author == viewer.account or poll.over(tx.ms) or not chosen:
        raise NotFound
    if not poll.multiple and len(before | chosen) > 1:
        raise NotFound
    if new:
        _count(tx, viewer, poll, author, new, again=bool(before))


def open_elsewhere(tx: Tx, id_: int, post: int, asked: Asked) -> None:
    """Write down a poll of another server. Emits: PollEnds, due when it closes."""
    poll = _poll(tx, id_, post, asked)
    acts.add_poll(tx, poll)
    acts.set_tally(tx, poll)
    _await_end(tx, poll)


def retell(tx: Tx, post: Post, asked: Asked | None) -> int | None:
    """What another server tells of a poll now. The same question keeps who voted; another begins
    anew.

    Returns:
        The id of the poll that the post has now.
    Emits: PollEnds, where its end is another
    """
    if asked is None or post.poll is None or not _same(tx, post, asked):
        if post.poll is not None:
            acts.drop_poll(tx, post.poll)
        if asked is None:
            return None
        id_ = new_id(tx.now)
        open_elsewhere(tx, id_, post.id, asked)
        return id_
    recount(tx, post, asked)
    return post.poll


def recount(tx: Tx, post: Post, asked: Asked) -> None:
    """Its numbers as they are told now, where the question is the same. Emits as `retell`."""
    if post.poll is None or not _same(tx, post, asked):
        return
    tx.lock("poll", post.poll)
    old = acts.poll_row(tx, post.poll)
    new = _poll(tx, post.poll, post.id, asked)
    if old is None or new == old:
        return
    acts.set_tally(tx, new)
    writing.bump(tx, post.id)
    if new.until != old.until:
        _await_end(tx, new)


def _same(tx: Tx, post: Post, asked: Asked) -> bool:
    poll = None if post.poll is None else acts.poll_row(tx, post.poll)
    options = post.content.options if post.content else ()
    return poll is not None and (poll.multiple, options) == (asked.multiple, asked.options)


def _poll(tx: Tx, id_: int, post: int, asked: Asked) -> Poll:
    return Poll(
        id=id_,
        post=post,
        multiple=asked.multiple,
        hide_totals=False,
        until=asked.until,
        counts=asked.counts,
        voters=asked.voters,
        closed=asked.closed or (asked.until is not None and asked.until <= tx.ms),
    )


def _await_end(tx: Tx, poll: Poll) -> None:
    if poll.until is not None and not poll.closed:
        tx.emit(PollEnds(poll=poll.id, post=poll.post), due=moment(poll.until))


def told(tx: Tx, poll_id: int) -> bool:
    """Its numbers are told to other servers now; False where they are known there."""
    return acts.end_telling(tx, poll_id)


def is_over(tx: Tx, poll_id: int) -> bool:
    """Whether a poll is there, and nobody may vote any more."""
    found = acts.poll_row(tx, poll_id)
    return found is not None and found.over(tx.ms)


def close(tx: Tx, event: PollEnds) -> None:
    """Handler: a poll's time is over. One that was moved meanwhile waits for its other clock."""
    tx.lock("poll", event.poll)
    poll = acts.poll_row(tx, event.poll)
    if poll is not None and not poll.closed and poll.over(tx.ms):
        acts.close_poll(tx, poll.id)
        writing.bump(tx, poll.post)


def options_of(tx: Tx, post_id: int) -> tuple[str, ...]:
    """What a poll asks; nothing where it is no more."""
    try:
        content = queries.any_post(tx, post_id).content
    except (NotFound, Shredded):
        return ()
    return content.options if content else ()
