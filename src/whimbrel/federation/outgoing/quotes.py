"""Asking whether a post may be quoted, and answering who asks.

Source: FEP-044f"""

from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.posts.events import PostEdited, QuoteAsked, QuoteRevoked

from .. import stamps
from ..queries import letters, reach
from ..queries.posts import actor_id
from ..rules import Kind, Letter
from ..vocabulary import PUBLIC, activities
from . import posts
from .letters import said, send, tell


def asked(tx: Tx, event: QuoteAsked) -> None:
    """Whoever wrote the quoted post elsewhere is asked, with the words that are to quote it."""
    found = reach.post_of(tx, event.author, event.quoted)
    if found is not None:
        letter = Letter(event.author, Kind.QUOTE, event.post)
        send(tx, letter, ("post", str(event.post)), {found[1].inbox})


def changed(tx: Tx, post: int, author: int) -> None:
    """A post of ours may quote now, or no more: whoever has it hears of that."""
    posts.edited(tx, PostEdited(post=post, author=author))


def answer(
    tx: Tx, owner: int, asker: int, request: str, what: tuple[str, str], post: int | None
) -> None:
    """Tell somebody elsewhere whether their post may quote one of ours.

    Args:
        what: the post that quotes and the quoted one, as they are called.
        post: the id of the first, if it may.
    """
    pair = reach.pair(tx, owner, asker)
    if pair is None:
        return
    stamp = None if post is None else stamps.ours(tx.instance, owner, post)
    id_ = f"{pair.actor}/answers/{new_id(tx.now)}"
    activity = activities.quote_answer(id_, pair.actor, pair.whom, request, what, stamp)
    send(tx, said(owner, activity), (pair.actor, request), {pair.inbox})


def revoked(tx: Tx, event: QuoteRevoked) -> None:
    """Somebody of ours took their post out of a quote: who quotes it hears of it, and their own
    followers do."""
    stamp = stamps.ours(tx.instance, event.owner, event.post)
    elsewhere = reach.pair(tx, event.owner, event.author)
    if elsewhere is None and not reach.is_followed(tx, event.owner):
        return
    letters.bury(tx, stamp)
    actor = actor_id(tx.instance, event.owner)
    activity = activities.delete_stamp(actor, stamp, [PUBLIC, f"{actor}/followers"])
    people = () if elsewhere is None else (event.author,)
    tell(tx, said(event.owner, activity), (stamp,), followers=True, people=people)
