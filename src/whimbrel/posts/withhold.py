"""Hiding a post without erasing it, covering its pictures, saying something of it: all of that can
be taken back whole. Erasing its pictures cannot.

Who may, and why it is done, is the moderators' room's business; telling other servers is that of
federation."""

import msgspec

from whimbrel.accounts import queries as people
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.media import erase
from whimbrel.media import queries as media

from . import queries
from .events import PostReshown, PostTouched, PostWithheld
from .publish import count_in
from .queries import tags, withheld, writing
from .rules import Content, Label, Post, Visibility


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
    Emits: PostReshown, PostTouched
    """
    tx.lock("post", post_id)
    _post(tx, post_id)
    if not withheld.show(tx, post_id):
        return False
    media.withhold_on(tx, post_id, False)
    post = _post(tx, post_id)
    count_in(tx, post, 1)
    _tell(tx, post)
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


def label(tx: Tx, post_id: int, what: Label | None) -> bool:
    """Say this of it, in front of what its author warns of, or nothing any more. False where it is
    so already.

    Raises:
        NotFound: no post, or a boost.
    Emits: PostReshown
    """
    tx.lock("post", post_id)
    post = _post(tx, post_id)
    if not withheld.label(tx, post_id, what):
        return False
    _tell(tx, post)
    return True


def strip(tx: Tx, post_id: int) -> bool:
    """Erase its files for good; its words stay. False where it has none.

    Raises:
        NotFound: no post, or a boost.
    Emits: PostReshown, PostTouched
    """
    tx.lock("post", post_id)
    post = _post(tx, post_id)
    files = media.on_post(tx, post_id)
    if not files:
        return False
    content = msgspec.structs.replace(post.content or Content(), media=())
    new = msgspec.structs.replace(
        post, content=content, media_count=0, slot=tx.slot(), edited_at=tx.ms
    )
    writing.change(tx, new, people.by_id(tx, post.author).slot)
    tx.shred([post.slot])  # with what was said of the files
    erase.forget(tx, files)
    _tell(tx, new)
    tx.emit(PostTouched(post=post_id))
    return True


def again(tx: Tx, account: int) -> None:
    """The files of somebody are given again: but for those on posts that are still hidden."""
    for post_id in withheld.of(tx, account):
        media.withhold_on(tx, post_id, True)


def _tell(tx: Tx, post: Post) -> None:
    if post.local and post.visibility is not Visibility.WITHHELD:
        level = int(post.visibility)
        tx.emit(PostReshown(post=post.id, author=post.author, visibility=level))


def _post(tx: Tx, post_id: int) -> Post:
    post = queries.any_post(tx, post_id)
    if post.boost_of is not None:
        raise NotFound
    return post
