"""Asking whether one of ours may like, answer or boost a post, where its author wants to be asked:
they alone hear of it until they agree. And answering who asks one of ours.

Source: GoToSocial, interaction policies"""

from typing import Any, NamedTuple

from whimbrel.core.ids import id_of, new_id
from whimbrel.core.settings import Instance
from whimbrel.core.tx import Tx
from whimbrel.posts.events import Favourited, PostEdited, PostPublished, Unfavourited

from .. import vocabulary
from ..queries import approvals, letters, reach
from ..queries import posts as stored
from ..queries.approvals import Wish
from ..queries.posts import actor_id
from ..rules import Act
from ..vocabulary import activities
from . import posts
from .letters import said, send


class Asked(NamedTuple):
    """What a wish is about, as others call it."""

    author: str
    target: str
    this: str  # the like, answer or boost
    pair: reach.Pair


def asked(instance: Instance, uri: str) -> tuple[int, int] | None:
    """Who of ours asked, and the id of their wish, in the id of a request."""
    start = f"{instance.origin}/ap/users/"
    who, _, wish = uri.removeprefix(start).partition("/requests/")
    return (id_of(who), id_of(wish)) if uri.startswith(start) and wish else None


def about(tx: Tx, wish: Wish) -> Asked | None:
    """None where it is no more."""
    found = reach.post_of(tx, wish.account, wish.target)
    if found is None:
        return None
    target, pair = found
    actor = actor_id(tx.instance, wish.account)
    this: str | None = f"{actor}/statuses/{wish.subject}"
    if wish.act is Act.LIKE:
        this = letters.recall(tx, wish.account, "Like", wish.target)
    elif wish.act is Act.ANNOUNCE:
        this = f"{this}/activity"
    return None if this is None else Asked(pair.whom, target, this, pair)


def favourited(tx: Tx, event: Favourited) -> None:
    """Somebody of ours likes a post; its author elsewhere may want to be asked."""
    if not approvals.must_ask(tx, Act.LIKE, event.post, event.account):
        posts.favourited(tx, event)
        return
    found = reach.post_of(tx, event.account, event.post)
    if found is not None:
        post, pair = found
        id_ = f"{pair.actor}/likes/{new_id(tx.now)}"
        letters.remember(tx, event.account, "Like", event.post, id_)
        like = activities.like(id_, pair.actor, post, pair.whom)
        wish = Wish(event.account, Act.LIKE, event.post, event.post, None)
        _ask(tx, wish, post, pair, like)


def unfavourited(tx: Tx, event: Unfavourited) -> None:
    """They take it back, whether they were let or not."""
    approvals.forget(tx, Act.LIKE, event.account, event.post)
    posts.unfavourited(tx, event)


def published(tx: Tx, event: PostPublished) -> None:
    """A post or a boost goes out; but first whoever wants to be asked is. Emits as
    `posts.published`."""
    if reach.of_post(tx, event.post) is None:
        return  # nobody elsewhere hears of it
    wanted = approvals.wanted(tx, event.post, event.author)
    found = None if wanted is None else reach.post_of(tx, event.author, wanted[1])
    if wanted is None or found is None:
        posts.published(tx, event)
        return
    post, pair = found
    wish = Wish(event.author, wanted[0], wanted[1], event.post, None)
    _ask(tx, wish, post, pair, _instrument(tx, wish, pair.actor))


def edited(tx: Tx, event: PostEdited) -> None:
    """What waits to be let is told to nobody, nor is how it was changed."""
    if not approvals.waits(tx, event.post):
        posts.edited(tx, event)


def _instrument(tx: Tx, wish: Wish, actor: str) -> Any:
    """What is asked for: an answer is read where it lies, for letters have no words."""
    if wish.act is Act.REPLY:
        return f"{actor}/statuses/{wish.subject}"
    found = stored.one(tx, wish.account, wish.subject, wish.account)
    if found is None:
        return f"{actor}/statuses/{wish.subject}/activity"
    return vocabulary.create(tx.instance, *found, stored.links(tx, [found]), tx.ms)


def _ask(tx: Tx, wish: Wish, post: str, pair: reach.Pair, this: Any) -> None:
    id_ = approvals.ask(tx, wish.act, wish.account, wish.target, wish.subject)
    asked_ = f"{pair.actor}/requests/{id_}"
    request = activities.request(asked_, wish.act, (pair.actor, pair.whom), post, this)
    send(tx, said(wish.account, request), (pair.actor, post), {pair.inbox})


def granted(tx: Tx, wish: Wish, stamp: str) -> None:
    """They were let: what was asked for goes where it would have gone at once, with the proof."""
    if wish.act is not Act.LIKE:
        posts.published(tx, PostPublished(post=wish.subject, author=wish.account))
        return
    found = about(tx, wish)
    if found is not None:
        like = activities.like(found.this, found.pair.actor, found.target, found.author)
        like |= activities.approved(wish.act, stamp)
        send(tx, said(wish.account, like), (found.pair.actor, found.target), {found.pair.inbox})


def forget_like(tx: Tx, wish: Wish) -> None:
    """Nobody is told that a like is taken back that was never let."""
    letters.take_back(tx, wish.account, "Like", wish.target)


def answer(
    tx: Tx,
    act: Act,
    owner: int,
    asker: int,
    request: str,
    what: tuple[str, str],
    stamp: str | None,
) -> None:
    """Tell somebody elsewhere whether they may.

    Args:
        what: the like, answer or boost, and the post of ours.
        stamp: where it is said that they may.
    """
    pair = reach.pair(tx, owner, asker)
    if pair is None:
        return
    id_ = f"{pair.actor}/answers/{new_id(tx.now)}"
    asked_ = activities.request(request, act, (pair.whom, pair.actor), what[1], what[0])
    kind = "Reject" if stamp is None else "Accept"
    activity = activities.answered(id_, kind, pair.actor, asked_, stamp)
    send(tx, said(owner, activity), (pair.actor, request), {pair.inbox})
