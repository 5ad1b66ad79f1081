"""Boosting: somebody's post shown again, as a post of one's own that has no words."""

from whimbrel.accounts import moved
from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Forbidden, Invalid
from whimbrel.core.ids import new_id
from whimbrel.core.tx import Tx
from whimbrel.core.words import say

from . import delete, queries
from .events import PostPublished
from .publish import count_in
from .queries import acts, writing
from .queries.acts import Subject
from .rules import OPEN, VISIBILITY, Mark, Post, Visibility


def boost(tx: Tx, viewer: Viewer, post_id: int, visibility: Visibility | None = None) -> int:
    """Boost a post, or what a boost repeats. Again: nothing happens.

    Args:
        visibility: of the boost, not direct; None = the viewer's default.
    Returns:
        The id of the boost.
    Raises:
        NotFound: not the viewer's to see.
        Forbidden: for followers only, and somebody else's; for named people only; the viewer went
            to another account.
        Invalid: a boost cannot be direct.
    Emits: PostPublished, where it is new
    Source: Mastodon REST API, POST /api/v1/statuses/:id/reblog
    """
    subject = acts.subject(tx, viewer, post_id)
    moved.check_here(tx, viewer)
    level = _visibility(tx, viewer, subject, visibility)
    if not acts.mark(tx, viewer.id, subject.id, Mark.BOOST):
        earlier = acts.boost_by(tx, viewer.id, subject.id)
        if earlier is not None:
            return earlier
    post = _post(tx, viewer, subject, level)
    writing.add(tx, post, 0)
    writing.count(tx, subject.id, boosts=+1)
    count_in(tx, post, +1)
    tx.emit(PostPublished(post=post.id, author=viewer.id, boost_of=subject.id))
    return post.id


def _visibility(tx: Tx, viewer: Viewer, subject: Subject, wanted: Visibility | None) -> Visibility:
    if subject.visibility not in OPEN:
        own = subject.author == viewer.account
        if not own or subject.visibility >= Visibility.DIRECT:
            raise Forbidden
        return Visibility.PRIVATE
    if wanted is Visibility.DIRECT:
        raise Invalid(say("A boost cannot be for named people only."))
    writer = writing.writer(tx, viewer.id)
    level = VISIBILITY[writer.visibility] if wanted is None else wanted
    if level is Visibility.DIRECT:
        return Visibility.PRIVATE
    return Visibility.UNLISTED if writer.silenced and level is Visibility.PUBLIC else level


def _post(tx: Tx, viewer: Viewer, subject: Subject, level: Visibility) -> Post:
    id_ = new_id(tx.now)
    return Post(
        id=id_,
        author=viewer.id,
        uri=None,
        url=None,
        visibility=level,
        reply_to=None,
        reply_to_author=None,
        thread=id_,
        poll=None,
        boost_of=subject.id,
        content=None,
        slot=0,
        sensitive=False,
        language=None,
        app=viewer.app,
        local=True,
        media_count=0,
        at=tx.ms,
        edited_at=None,
        rev=1,
        replies=0,
        boosts=0,
        favourites=0,
    )


def unboost(tx: Tx, viewer: Viewer, post_id: int) -> int:
    """Take a boost back. Where there is none, nothing happens.

    Returns:
        The id of the original.
    Raises:
        NotFound: not the viewer's to see.
    Emits: PostDeleted, where there was one
    Source: Mastodon REST API, POST /api/v1/statuses/:id/unreblog
    """
    subject = acts.subject(tx, viewer, post_id)
    earlier = acts.boost_by(tx, viewer.id, subject.id)
    if earlier is not None:
        tx.lock("post", earlier)
        if acts.boost_by(tx, viewer.id, subject.id) == earlier:
            delete.forget(tx, queries.own_post(tx, viewer, earlier))
    return subject.id


def withdraw(tx: Tx, account: int, post: int) -> None:
    """Somebody elsewhere takes a boost back, of a post that they may not see any more.

    Args:
        post: the original.
    Emits: PostDeleted, where there was one
    """
    earlier = acts.boost_by(tx, account, post)
    if earlier is not None:
        tx.lock("post", earlier)
        if acts.boost_by(tx, account, post) == earlier:
            delete.forget(tx, queries.any_post(tx, earlier))
