"""Another server tells that somebody there reported one of ours."""

from whimbrel.accounts.rules import Viewer
from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.text import to_plain
from whimbrel.core.tx import Tx
from whimbrel.moderation import report
from whimbrel.moderation.report import COMMENT_CHARS, MOST_POSTS

from .. import notes, people, reading
from ..queries import flags
from ..rules import Activity, host_of, hosts_of
from .apply import Apply


async def flag(app: App, activity: Activity) -> Apply | None:
    """Somebody of ours is reported; their posts count if they can have been seen there.

    Raises:
        NotFound: it is about nobody of ours, or about several; no reports are wanted from there.
    """
    named = reading.ids_of(activity.about)
    found = {people.our_id(app.instance, uri) for uri in named} - {None}
    posts = [notes.our_post(app.instance, uri) for uri in named]
    ours = [post for post in posts if post is not None]
    authors = {author for author, _ in ours}
    targets = authors | {id_ for id_ in found if id_ is not None and id_ >= 0}
    if len(targets) != 1:
        raise NotFound
    (target,) = targets
    host = host_of(activity.actor)
    if await app.db.read(flags.refuses, hosts_of(host.rpartition(":")[0] or host)):
        raise NotFound
    met = await people.met(app, activity.actor)
    if met.suspended:
        raise NotFound
    words = to_plain(reading.text_of(activity.said, "content", 4 * COMMENT_CHARS))

    def apply(tx: Tx) -> None:
        ids = [post for _, post in ours][:MOST_POSTS]
        seen = flags.seen_there(tx, target, met.domain, ids)
        report.receive(tx, Viewer(account=met.id), target, words, seen)

    return apply
