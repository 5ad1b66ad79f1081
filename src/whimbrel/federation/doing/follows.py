"""Following across servers: somebody elsewhere asks one of ours, or answers one of ours."""

from whimbrel.accounts import follow as graph
from whimbrel.accounts.events import Followed, Unfollowed
from whimbrel.accounts.queries import graph as ties
from whimbrel.accounts.queries import people as accounts
from whimbrel.core.app import App
from whimbrel.core.errors import Forbidden, NotFound
from whimbrel.core.tx import Tx

from .. import people, reading, relays
from ..queries import follows, letters, received
from ..rules import Activity
from . import answers, quotes, relayed
from .apply import Apply, doer, ours


async def follow(app: App, activity: Activity) -> Apply | None:
    """Somebody elsewhere wants to follow one of ours."""
    followee = ours(app.instance, activity.about)
    await app.db.read(accounts.by_id, followee)  # nobody is asked about who follows nobody
    viewer = await doer(app, activity)

    def apply(tx: Tx) -> None:
        """Emits: as `accounts.follow.follow`; Followed again, for who asks again has to be
        answered again; Unfollowed, for who may not has to be told."""
        ties.lock(tx, viewer.id, followee)
        if _is_over(tx, viewer.id, followee, activity.id):
            return
        follows.note(tx, viewer.id, followee, activity.id)
        if ties.standing(tx, viewer.id, followee).follow is not None:
            tx.emit(Followed(follower=viewer.id, followee=followee))
            return
        try:
            graph.follow(tx, viewer, followee)
        except Forbidden:
            tx.emit(Unfollowed(follower=viewer.id, followee=followee))

    return apply


def unfollow(viewer_id: int, followee: int, tx: Tx) -> None:
    """They follow no more. What they called it is forgotten first: nobody answers that.

    Emits: Unfollowed
    """
    ties.lock(tx, viewer_id, followee)
    follows.forget(tx, viewer_id, followee)
    graph.end(tx, viewer_id, followee)


def take_back(viewer_id: int, followee: int, id_: str | None, tx: Tx) -> None:
    """They take back a follow, unless they followed again since. Emits: Unfollowed"""
    ties.lock(tx, viewer_id, followee)
    if id_ is None or not _is_over(tx, viewer_id, followee, id_):
        unfollow(viewer_id, followee, tx)


def _is_over(tx: Tx, viewer_id: int, followee: int, id_: str) -> bool:
    """Whether this follow was followed by another one: what comes in order is done side by side."""
    now = letters.their_follow(tx, viewer_id, followee)
    return now is not None and received.is_later(tx, now, id_)


def _asked(app: App, activity: Activity) -> int:
    """Who of ours asked to follow whoever answers. Our ids of follows begin with who it was.

    Raises:
        NotFound: nobody, or it is somebody else who was asked.
    """
    about = activity.first
    if isinstance(about, dict) and about.get("object") is not None:
        whom = reading.id_of(about.get("object"))
        if reading.type_of(about) != "Follow" or whom != activity.actor:
            raise NotFound
        return ours(app.instance, about.get("actor"))
    named = reading.id_of(about) or ""
    return ours(app.instance, named.partition("/follows/")[0])


async def accept(app: App, activity: Activity) -> Apply | None:
    """Somebody elsewhere lets one of ours in, or lets them do
    what they asked for."""
    if relays.answers(app.instance, activity):
        return await relayed.answered(app, activity, yes=True)
    if quotes.is_answer(app, activity):
        return await quotes.accept(app, activity)
    if answers.is_answer(app, activity):
        return await answers.accept(app, activity)
    follower = _asked(app, activity)
    known = await app.db.read(people.known, activity.actor)
    if known is None:
        raise NotFound
    viewer = await doer(app, activity)

    def apply(tx: Tx) -> None:
        graph.authorize(tx, viewer, follower)

    return apply


async def reject(app: App, activity: Activity) -> Apply | None:
    """Somebody elsewhere turns one of ours away, or lets them do
    something no more."""
    if relays.answers(app.instance, activity):
        return await relayed.answered(app, activity, yes=False)
    if quotes.is_answer(app, activity):
        return await quotes.reject(app, activity)
    if answers.is_answer(app, activity):
        return await answers.reject(app, activity)
    follower = _asked(app, activity)
    known = await app.db.read(people.known, activity.actor)
    if known is None:
        raise NotFound

    def apply(tx: Tx) -> None:
        letters.take_back(tx, follower, "Follow", known)  # who turned us away is not told so
        ties.lock(tx, known, follower)
        graph.end(tx, follower, known)

    return apply
