"""Votes of ours in polls elsewhere, and the numbers of polls of ours: now and then, and at the
end."""

import msgspec

from whimbrel.core.tx import Tx
from whimbrel.posts import poll as polls
from whimbrel.posts.events import PollCounted, PollEnds, Voted
from whimbrel.posts.rules import Visibility

from ..queries import reach
from ..rules import Kind, Letter
from .letters import send, tell


def voted(tx: Tx, event: Voted) -> None:
    """Who asks elsewhere hears what somebody of ours chose; each choice comes by itself."""
    found = reach.post_of(tx, event.account, event.post)
    if found is None:
        return
    post, pair = found
    for choice in event.choices:
        letter = Letter(event.account, Kind.VOTE, event.post, msgspec.json.encode(choice))
        send(tx, letter, (pair.actor, post), {pair.inbox})


def counted(tx: Tx, event: PollCounted) -> None:
    """Handler: what was voted for some minutes is told together. Emits: LetterWritten"""
    if polls.told(tx, event.poll):
        _tell(tx, event.post)


def ended(tx: Tx, event: PollEnds) -> None:
    """Handler: a poll is over; these numbers stay. Emits: LetterWritten"""
    if polls.is_over(tx, event.poll):
        polls.told(tx, event.poll)
        _tell(tx, event.post)


def _tell(tx: Tx, post: int) -> None:
    author = reach.asking(tx, post)
    if author is None:
        return
    found = reach.of_post(tx, post)
    people = set(() if found is None else found.people) | reach.voters(tx, post)
    followers = found is not None and found.visibility < Visibility.DIRECT
    if people or followers:
        letter = Letter(author, Kind.EDIT, post)
        about = ("post", str(post))
        tell(tx, letter, about, followers=followers, people=tuple(sorted(people)))
