"""What people elsewhere do with posts: like them, boost them, and take it back."""

from whimbrel.accounts.queries import people as accounts
from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.fetch import Unreachable
from whimbrel.core.tx import Tx
from whimbrel.posts import boost as boosting
from whimbrel.posts import marks, receive
from whimbrel.posts import queries as posts
from whimbrel.posts.queries import receiving
from whimbrel.posts.rules import Mark, Visibility

from .. import notes, people, reading, stamps
from ..incoming.policies import approval_of
from ..incoming.values import millis_of
from ..reading import PUBLIC
from ..rules import Act, Activity
from .apply import Apply, doer

PATIENCE = 3_600_000  # ms that the server of a post that is boosted may be away


async def like(app: App, activity: Activity) -> Apply | None:
    """They like a post that is here."""
    uri = reading.id_of(activity.about)
    post = await _post(app, uri)
    viewer = await doer(app, activity)
    await _let(app, Act.LIKE, activity, uri or "")

    def apply(tx: Tx) -> None:
        marks.mark(tx, viewer, post, Mark.FAVOURITE)

    return apply


async def boost(app: App, activity: Activity, uri: str, *, answers: bool = True) -> Apply | None:
    """They boost a post: ours, or for those who follow them. It is read where it lies.

    Args:
        answers: what answers something is boosted as well; else it is only there to be read.
    Raises:
        NotFound: it is nobody's business here, or cannot be had.
        Unreachable: not just now; it is tried again, for an hour.
    """
    if not await app.db.read(concerns, uri, activity.actor):
        raise NotFound
    viewer = await doer(app, activity)
    budget = notes.Budget()
    post = await notes.fetched(app, uri, budget)
    if post is None:
        now = app.db.env.clock().timestamp() * 1000
        raise Unreachable if budget.away and now - activity.at < PATIENCE else NotFound
    if not answers and (await app.db.read(posts.any_post, post)).reply_to is not None:
        return None
    await _let(app, Act.ANNOUNCE, activity, uri)
    level, at = level_of(activity.said), time_of(activity.said)

    def apply(tx: Tx) -> None:
        receive.boost(tx, viewer, post, level, activity.id, min(at or tx.ms, tx.ms))

    return apply


async def _let(app: App, act: Act, activity: Activity, uri: str) -> None:
    """Raises NotFound: whoever wrote that post wants to be asked, and does not say that they may
    do this."""
    if notes.our_post(app.instance, uri) is not None:
        return
    stamp = approval_of(activity.said, act)
    if not await stamps.lets(app, act, stamp, activity.actor, activity.id, uri):
        raise NotFound


def level_of(said: reading.Object) -> Visibility:
    """Who hears of a boost."""
    to, cc = (reading.ids_of(said.get(name)) for name in ("to", "cc"))
    if PUBLIC in to:
        return Visibility.PUBLIC
    return Visibility.UNLISTED if PUBLIC in cc else Visibility.PRIVATE


def time_of(said: reading.Object) -> int | None:
    """When it was said to be (ms)."""
    return millis_of(said.get("published"))


def concerns(tx: Tx, uri: str, actor: str) -> bool:
    """Whether it is anybody's business what somebody does with a post: it is ours, or they are
    followed."""
    if notes.our_post(tx.instance, uri) is not None:
        return True
    who = people.known(tx, actor)
    return who is not None and accounts.by_id(tx, who).followers > 0


async def _post(app: App, uri: str | None) -> int:
    found = None if uri is None else await app.db.read(notes.known, uri)
    if found is None:
        raise NotFound
    return found


def unlike(who: int, uri: str, tx: Tx) -> None:
    """They like it no more."""
    post = notes.known(tx, uri)
    if post is not None:
        marks.withdraw(tx, who, post)


def unboost(who: int, boost: str | None, uri: str | None, tx: Tx) -> None:
    """They take a boost back, known by its id or by what it repeats."""
    found = None if boost is None else receiving.by_uri(tx, boost)
    if found is None and uri is not None:
        found = notes.known(tx, uri)
    if found is not None:
        shown = posts.any_post(tx, found)
        boosting.withdraw(tx, who, shown.boost_of or shown.id)
