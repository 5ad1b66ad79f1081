"""Fan-out: a post that is published reaches the homes of those who follow its author.

Only stored homes are written; who has been away too long has none and gets one on return (`homes`).
Authors with very many followers are not delivered at all but looked up when a home is read. A
public post also reaches those who follow a tag of it."""

import random

from whimbrel.core.ids import MAX_ID
from whimbrel.core.tx import Tx
from whimbrel.posts.events import PostDeleted, PostPublished
from whimbrel.posts.rules import Visibility

from . import live
from .events import FanOutSlice, ForgetSlice, ForgetTaggedSlice, SeekersSlice
from .queries import delivery, seekers
from .queries.delivery import Published

TRIM_EVERY = 128  # a home is cut to its size once in so many deliveries, on average


def add_to_homes(tx: Tx, event: PostPublished) -> None:
    """Handler: the author's own home, and the first slice of the followers, and of those who
    follow a tag.

    Emits: FanOutSlice, SeekersSlice, when there are more.
    """
    facts = delivery.published(tx, event.post)
    if facts is None:
        return
    _tell(tx, event.post, delivery.deliver_own(tx, event.post, facts))
    if facts.visibility != Visibility.DIRECT:
        if facts.followers > tx.instance.merge_above and facts.merged is None:
            delivery.merge(tx, event.author)
        elif facts.merged is None:
            _slice(tx, event.post, facts, after=0)
    else:
        _tell(tx, event.post, delivery.deliver(tx, event.post, facts, 0, MAX_ID))
    if facts.sought:
        _seekers(tx, event.post, facts, after=0)


def deliver_slice(tx: Tx, event: FanOutSlice) -> None:
    """Handler: the next slice. Emits FanOutSlice, when there are more."""
    facts = delivery.published(tx, event.post)
    if facts is not None:
        _slice(tx, event.post, facts, event.after)


def deliver_to_seekers(tx: Tx, event: SeekersSlice) -> None:
    """Handler: the next of those who follow a tag. Emits SeekersSlice, when there are more."""
    facts = delivery.published(tx, event.post)
    if facts is not None:
        _seekers(tx, event.post, facts, event.after)


def remove(tx: Tx, event: PostDeleted) -> None:
    """Handler: a deleted post leaves the homes. Nobody has seen it since: homes join posts."""
    delivery.forget_own(tx, event.post, event.author)
    _forget(tx, event.post, event.author, after=0)
    if event.tags:
        _forget_tagged(tx, event.post, event.tags, after=0)


def remove_slice(tx: Tx, event: ForgetSlice) -> None:
    """Handler: the next slice of the same."""
    _forget(tx, event.post, event.author, event.after)


def remove_from_seekers(tx: Tx, event: ForgetTaggedSlice) -> None:
    """Handler: the next of those who follow a tag of a deleted post."""
    _forget_tagged(tx, event.post, event.tags, event.after)


def _slice(tx: Tx, post: int, facts: Published, after: int) -> None:
    upto = delivery.slice_end(tx, facts.author, after, tx.instance.fanout_slice)
    readers = delivery.deliver(tx, post, facts, after, upto)
    _trim(tx, readers)
    _tell(tx, post, readers)
    if upto != MAX_ID:
        tx.emit(FanOutSlice(post=post, author=facts.author, after=upto))


def _seekers(tx: Tx, post: int, facts: Published, after: int) -> None:
    if facts.visibility != Visibility.PUBLIC or facts.boost_of is not None:
        return
    upto = seekers.slice_end(tx, post, after, tx.instance.fanout_slice)
    readers = seekers.deliver(tx, post, facts, after, upto)
    _trim(tx, readers)
    _tell(tx, post, readers)
    if upto != MAX_ID:
        tx.emit(SeekersSlice(post=post, after=upto))


def _forget_tagged(tx: Tx, post: int, tags: tuple[int, ...], after: int) -> None:
    upto = seekers.forget(tx, post, list(tags), after, tx.instance.fanout_slice)
    if upto != MAX_ID:
        tx.emit(ForgetTaggedSlice(post=post, tags=tags, after=upto))


def _trim(tx: Tx, readers: list[int]) -> None:
    for reader in readers:
        if random.random() * TRIM_EVERY < 1:
            delivery.trim(tx, reader, tx.instance.home_size)


def _forget(tx: Tx, post: int, author: int, after: int) -> None:
    upto = delivery.slice_end(tx, author, after, tx.instance.fanout_slice)
    delivery.forget(tx, post, author, after, upto)
    if upto != MAX_ID:
        tx.emit(ForgetSlice(post=post, author=author, after=upto))


def _tell(tx: Tx, post: int, readers: list[int]) -> None:
    if readers:
        live.say(tx, live.HomeAdded(post=post, readers=tuple(readers)))
