"""Somebody elsewhere puts something on top of their profile, or takes it down."""

from functools import partial

from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.discovery import tags
from whimbrel.posts import featured
from whimbrel.posts.queries import receiving

from .. import notes, people, reading
from ..featured import tag_of
from ..queries import people as met
from ..rules import Activity, same_origin
from .apply import Apply


async def _whose(app: App, activity: Activity) -> int:
    """Who it is: only what is theirs is theirs to change (rule J).

    Raises:
        NotFound: we do not know them, or it is no list of theirs.
    """
    target = reading.id_of(activity.said.get("target"))
    who = await app.db.read(people.known, activity.actor)
    if who is None or target is None or not same_origin(target, activity.actor):
        raise NotFound
    if not _is_tag(activity) and target != await app.db.read(met.featured, who):
        raise NotFound
    return who


def _is_tag(activity: Activity) -> bool:
    return isinstance(activity.about, dict) and bool(tag_of(activity.about))


def _feature(who: int, name: str, tx: Tx) -> None:
    tags.feature(tx, Viewer(account=who), name)


def _unfeature(who: int, name: str, tx: Tx) -> None:
    tags.unfeature(tx, Viewer(account=who), name)


async def add(app: App, activity: Activity) -> Apply | None:
    """A post of theirs, read where it lies; or a tag. Raises NotFound."""
    who = await _whose(app, activity)
    if _is_tag(activity):
        name = tag_of(activity.about)
        return partial(_feature, who, name)
    uri = reading.id_of(activity.about)
    if uri is None or not same_origin(uri, activity.actor):
        raise NotFound
    post = await notes.fetched(app, uri, notes.Budget())
    if post is None:
        raise NotFound

    def apply(tx: Tx) -> None:
        featured.put(tx, who, post)

    return apply


async def remove(app: App, activity: Activity) -> Apply | None:
    """The same the other way. Raises NotFound."""
    who = await _whose(app, activity)
    if _is_tag(activity):
        name = tag_of(activity.about)
        return partial(_unfeature, who, name)
    uri = reading.id_of(activity.about)

    def apply(tx: Tx) -> None:
        post = None if uri is None else receiving.by_uri(tx, uri)
        if post is not None:
            featured.take(tx, who, post)

    return apply
