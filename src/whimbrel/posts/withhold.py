"""Hiding a post without erasing it, and covering its pictures: both can be taken back whole.

Who may, and why it is done, is the moderators' room's business. Other servers are not told."""

from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.media import queries as media

from . import queries
from .events import PostTouched, PostWithheld
from .publish import count_in
from .queries import tags, withheld, writing
from .rules import Post, Visibility


def withhold(tx: Tx, post_id: int) -> bool:
    """Let nobody but its author see a post or get its files. False where that is so already.

    Raises:
        NotFound: no post, or a boost.
    Emits: PostWithheld
    """
    tx.lock("post", post_id)
    post = _post(tx, post_id)
    if post.visibility is Visibility.WITHHELD:
        return False
    event = PostWithheld(
        post=post.id,
        author=post.author,
        visibility=int(post.visibility),
        local=post.local,
        tags=tuple(tags.of_post(tx, post.id)),
        mentions=tuple(writing.mentioned(tx, post.id)),
    )
    count_in(tx, post, -1)
    withheld.hide(tx, post.id, post.visibility)
    media.withhold_on(tx, post.id, True)
    tx.emit(event)
    return True


def restore(tx: Tx, post_id: int) -> bool:
    """Let those see it again who could before. False where it is not hidden.

    Raises:
        NotFound: no post, or a boost.
    Emits: PostTouched
    """
    tx.lock("post", post_id)
    _post(tx, post_id)
    if not withheld.show(tx, post_id):
        return False
    media.withhold_on(tx, post_id, False)
    count_in(tx, _post(tx, post_id), 1)
    tx.emit(PostTouched(post=post_id))
    return True


def cover(tx: Tx, post_id: int, on: bool = True) -> bool:
    """Put its pictures behind a fold, or no more. False where that is so already.

    Raises:
        NotFound: no post, or a boost.
    """
    tx.lock("post", post_id)
    _post(tx, post_id)
    return withheld.cover(tx, post_id, on)


def again(tx: Tx, account: int) -> None:
    """The files of somebody are given again: but for those on posts that are still hidden."""
    for post_id in withheld.of(tx, account):
        media.withhold_on(tx, post_id, True)


def _post(tx: Tx, post_id: int) -> Post:
    post = queries.any_post(tx, post_id)
    if post.boost_of is not None:
        raise NotFound
    return post
