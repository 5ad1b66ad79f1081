"""People elsewhere vote in polls of ours."""

from whimbrel.core.app import App
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.posts import poll

from .. import notes
from ..incoming.poll import Votes
from ..rules import Activity
from .apply import Apply, doer


async def vote(app: App, activity: Activity, votes: Votes) -> Apply | None:
    """They choose something, or several things at once.

    Raises:
        NotFound: it is no post of ours.
    """
    post = await app.db.read(notes.known, votes.post)
    if post is None or notes.our_post(app.instance, votes.post) is None:
        raise NotFound
    viewer = await doer(app, activity)

    def apply(tx: Tx) -> None:
        poll.vote_by_name(tx, viewer, post, votes.titles)

    return apply
