"""The first address in a post, and the card that is shown for it: asked for when the post is
written, put under it when the page has answered (`preview`)."""

import random
from datetime import timedelta

import msgspec

from whimbrel.accounts import queries as people
from whimbrel.core.errors import NotFound
from whimbrel.core.keyring import Shredded
from whimbrel.core.text import parse
from whimbrel.core.tx import Tx
from whimbrel.media import erase
from whimbrel.media import queries as media

from . import queries
from .events import LinkPosted, PostTouched
from .queries import links, writing
from .rules import Post, Preview, Visibility

SOON = (0.5, 4.0)  # seconds: the servers of one network do not all ask at the same moment


def ask(tx: Tx, post: Post, link: str | None) -> None:
    """Have the page behind `link` looked at, unless the post is a letter between a few.

    Emits: LinkPosted, due in a moment
    """
    if link and tx.instance.link_previews and post.visibility is not Visibility.DIRECT:
        due = tx.now + timedelta(seconds=random.uniform(*SOON))
        tx.emit(LinkPosted(post=post.id), due=due)


def wanted(tx: Tx, post_id: int) -> tuple[Post, str] | None:
    """A post that has an address and no card for it yet, and the address; None where it has none,
    is no more, or has its card."""
    try:
        post = queries.any_post(tx, post_id)
    except (NotFound, Shredded):
        return None
    if post.content is None or post.content.card or post.visibility is Visibility.DIRECT:
        return None
    link = first(post.content.text)
    return (post, link) if link else None


def first(text: str) -> str | None:
    """The first address in a text."""
    return next(iter(parse(text).urls), None)


def put(tx: Tx, post_id: int, link: str, card: Preview, picture: int | None) -> None:
    """Show a card under a post, as long as it still says `link`; else its picture is erased.

    Args:
        picture: the id of the upload that `card.image` is the token of.
    Emits: PostTouched
    """
    tx.lock("post", post_id)
    found = wanted(tx, post_id)
    if found is None or found[1] != link:
        erase.forget(tx, [] if picture is None else [picture])
        return
    post = found[0]
    open_ = post.visibility in (Visibility.PUBLIC, Visibility.UNLISTED)
    if picture is not None and not media.bind_card(tx, picture, post.id, not open_):
        card = msgspec.structs.replace(card, image=None, width=0, height=0, blurhash=None)
    if post.content is not None:
        content = msgspec.structs.replace(post.content, card=card)
        author = people.by_id(tx, post.author, pending=True)
        writing.change(tx, msgspec.structs.replace(post, content=content), author.slot)
        if post.visibility is Visibility.PUBLIC:
            links.put(tx, post_id, card.url)
        tx.emit(PostTouched(post=post_id))


def drop(tx: Tx, post_id: int) -> list[int]:
    """The picture of the card goes; the card itself is in the post's words.

    Returns:
        The address that the post was found by, if it was, for `delete.let_go`.
    """
    erase.forget(tx, media.cards_on(tx, post_id))
    return links.take(tx, post_id)
