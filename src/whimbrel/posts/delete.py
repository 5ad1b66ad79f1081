"""Erasing: the row goes, and its key before anybody is answered, so that no copy can be read."""

from collections.abc import Collection
from datetime import timedelta

import msgspec

from whimbrel.accounts import queries as people
from whimbrel.accounts.events import AccountErased
from whimbrel.accounts.rules import Viewer
from whimbrel.accounts.serialize import actor_uri
from whimbrel.core.errors import NotFound
from whimbrel.core.ids import millis
from whimbrel.core.tx import Tx
from whimbrel.media import attach, links
from whimbrel.media import erase as media
from whimbrel.media import queries as uploads
from whimbrel.privacy import erasure, receipts

from . import links as pages
from . import queries, quote, serialize
from .events import PostDeleted, PostsLeft, TagsGone
from .publish import count_in
from .queries import acts, tags, withheld, writing
from .rules import Mark, Post, Visibility

SLICE = 100  # posts of an erased account in one transaction

_encode = msgspec.json.Encoder().encode


class Deleted(msgspec.Struct, frozen=True):
    """What a post was: its status with `text`, from which it can be written again."""

    id: int
    status: bytes


def delete(tx: Tx, viewer: Viewer, post_id: int, delete_media: bool = False) -> Deleted:
    """Erase one's own post or boost.

    Args:
        delete_media: erase its files at once; else they can be attached again for
            instance.redraft_minutes.
    Raises:
        NotFound: not the viewer's.
    Emits: PostDeleted; ErasureDue and ReceiptLapses, later, unless it is a boost
    Source: Mastodon REST API, DELETE /api/v1/statuses/:id
    """
    tx.lock("post", post_id)
    post = queries.own_post(tx, viewer, post_id)
    status = serialize.one(tx, viewer, post_id)
    text = post.content.text if post.content else ""
    if post.media_count and not delete_media:  # from now on its files are for their owner alone
        status = links.loose(tx.keyring, status, viewer.id, tx.ms)
    keep = None if delete_media else timedelta(minutes=tx.instance.redraft_minutes)
    kept = uploads.on_post(tx, post.id) if post.media_count and keep else []
    kind = "direct" if post.visibility is Visibility.DIRECT else "post"
    _forget_by_receipt(tx, post, kind, keep, kept)
    return Deleted(post_id, status[:-1] + b',"text":' + _encode(text) + b"}")


def remove(tx: Tx, post_id: int) -> None:
    """Erase a post whoever wrote it, with its files. Who may, is the moderators' room's business;
    somebody of ours has a receipt for it as for what they delete themselves.

    Raises:
        NotFound: there is none.
    Emits: as `delete`
    """
    tx.lock("post", post_id)
    post = queries.any_post(tx, post_id)
    if post.local:
        _forget_by_receipt(tx, post, "removed")
    else:
        forget(tx, post)


def _forget_by_receipt(
    tx: Tx, post: Post, kind: str, keep: timedelta | None = None, kept: Collection[int] = ()
) -> None:
    shredded, emitted = len(tx.shreds), len(tx.emitted)
    forget(tx, post, keep=keep)
    if post.boost_of is None:
        receipts.write(
            tx,
            kind,
            post.id,
            account=post.author,
            slots=tx.shreds[shredded:],
            objects=media.forgotten(tx.emitted[emitted:]),
            media=tuple(kept),
            kept_until=millis(tx.now + keep) if kept and keep else None,
        )


def forget(tx: Tx, post: Post, *, keep: timedelta | None = None, actor: str | None = None) -> None:
    """Erase a post or a boost, whoever wishes it. Its content need not be readable any more.

    Args:
        keep: how long its files may be attached again; None erases them too.
        actor: what other servers call the author, where the account is no more.
    Raises:
        NotFound: somebody was faster.
    Emits: PostDeleted, and TagsGone where a tag was its last
    """
    level = post.visibility
    if level is Visibility.WITHHELD:  # who could see it before hears of its end
        level = withheld.level_of(tx, post.id) or Visibility.PUBLIC
    event = PostDeleted(
        post=post.id,
        author=post.author,
        uri=post.uri or _uri(tx, post, actor),
        visibility=int(level),
        local=post.local,
        boost_of=post.boost_of,
        tags=tuple(tags.of_post(tx, post.id)),
        mentions=tuple(writing.mentioned(tx, post.id)),
        reply_to=post.reply_to,
    )
    if post.media_count:
        _let_go(tx, post, keep)
    shown: list[int] = []
    if post.boost_of is None:
        shown = pages.drop(tx, post.id)
        quote.unbind(tx, post.id)
    tx.emit(event)  # while whoever boosted, liked or answered it can be told of it
    if not writing.remove(tx, post.id):
        raise NotFound
    count_in(tx, post, -1)
    if post.boost_of is not None:
        writing.count(tx, post.boost_of, boosts=-1)
        acts.unmark(tx, post.author, post.boost_of, Mark.BOOST)
    if post.slot:
        tx.shred([post.slot])
    erasure.tell(tx, post.id)
    let_go(tx, (*event.tags, *shown))


def let_go(tx: Tx, carried: Collection[int]) -> None:
    """Tags that something carried: the words of those that nothing refers to any more are erased.

    Emits: TagsGone
    """
    for left in tags.let_go(tx, carried):
        tx.emit(TagsGone(shelf=left.shelf, slot=left.slot))


def rekey_tags(tx: Tx, event: TagsGone) -> None:
    """Handler: with what is left of an erased tag, no guess at its word can be confirmed."""
    tags.rekey(tx, tags.Left(event.shelf, event.slot))


def _uri(tx: Tx, post: Post, actor: str | None) -> str:
    if actor is None:
        actor = actor_uri(tx.instance, people.by_id(tx, post.author, pending=True))
    uri = f"{actor}/statuses/{post.id}"
    return uri if post.boost_of is None else f"{uri}/activity"


def _let_go(tx: Tx, post: Post, keep: timedelta | None) -> None:
    if keep is None:
        media.forget(tx, uploads.on_post(tx, post.id))
    else:
        attach.detach(tx, post.id, keep)


def erase_all_of(tx: Tx, event: AccountErased) -> None:
    """Handler: what an erased account wrote, boosted and marked goes, a slice at a time.

    Its words are noise since its key was destroyed; here the rows go, and the numbers of others are
    put right. A poll keeps its result: whose a vote was is forgotten with the account's row.

    Emits: PostDeleted for each post, PostsLeft while there are more
    """
    _erase_slice(tx, event.account, event.uri)


def erase_more(tx: Tx, event: PostsLeft) -> None:
    """Handler: the next slice of `erase_all_of`. Emits as that."""
    _erase_slice(tx, event.account, event.uri)


def _erase_slice(tx: Tx, account: int, actor: str) -> None:
    posts = queries.bare_posts(tx, account, SLICE)
    for post in posts:
        forget(tx, post, actor=actor)
    liked = acts.some_marks(tx, account, SLICE)
    for post_id, kind in liked:
        if acts.unmark(tx, account, post_id, kind) and kind is Mark.FAVOURITE:
            writing.count(tx, post_id, favourites=-1)
    if len(posts) == SLICE or len(liked) == SLICE:
        tx.emit(PostsLeft(account=account, uri=actor))
