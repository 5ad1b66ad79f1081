"""Following a tag: its public posts come home, whoever wrote them. How they come there is none of
our business: we emit and stop."""

from whimbrel.accounts.events import AccountErased
from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import Invalid, NotFound
from whimbrel.core.text import tag_key
from whimbrel.core.tx import Tx

from .delete import let_go
from .events import TagFollowed, TagFollowsLeft, TagUnfollowed
from .queries import followed, tags

MOST = 500  # tags one may follow: each is looked at when a home is made anew
SLICE = 100  # tags of an erased account that go at a time


def follow(tx: Tx, viewer: Viewer, name: str) -> str:
    """Follow a tag, be it used yet or not. Again is no error.

    Returns:
        The tag's word as it is kept (`text.tag_key`).
    Raises:
        NotFound: that can be no tag.
        Invalid: the viewer follows as many as one may.
    Emits: TagFollowed, where it is new
    Source: Mastodon REST API, POST /api/v1/tags/:name/follow
    """
    key = _key(name)
    tx.lock("tag_follows", viewer.id)
    tag = tags.ids_for(tx, [key])[key]
    if not followed.among(tx, viewer.id, [tag]):
        if followed.count(tx, viewer.id) >= MOST:
            said = f"can be {MOST} at most"
            raise Invalid(f"Validation failed: Followed tags {said}", {"tag": [("ERR_MANY", said)]})
        followed.add(tx, viewer.id, tag)
        tx.emit(TagFollowed(account=viewer.id, tag=tag))
    return key


def unfollow(tx: Tx, viewer: Viewer, name: str) -> str:
    """Follow a tag no more. Not following it is no error.

    Returns:
        The tag's word as it is kept.
    Raises:
        NotFound: that can be no tag.
    Emits: TagUnfollowed, where it was followed; TagsGone, where nothing else used it
    """
    key = _key(name)
    tag = tags.ids_of(tx, [key]).get(key)
    if tag is not None and followed.remove(tx, viewer.id, tag):
        tx.emit(TagUnfollowed(account=viewer.id, tag=tag))
        let_go(tx, [tag])
    return key


def follows(tx: Tx, viewer: Viewer, key: str) -> bool:
    """Whether the viewer follows the tag of a word (`text.tag_key`); one statement."""
    return followed.holds(tx, viewer.id, tags.key_of(tx, key))


def forget_all_of(tx: Tx, event: AccountErased) -> None:
    """Handler: the tags that an erased account followed, some at a time.

    Emits: TagsGone for those nobody else used, TagFollowsLeft while there are more
    """
    _forget(tx, event.account)


def forget_more(tx: Tx, event: TagFollowsLeft) -> None:
    """Handler: the next of them."""
    _forget(tx, event.account)


def _forget(tx: Tx, account: int) -> None:
    gone = followed.remove_some(tx, account, SLICE)
    let_go(tx, gone)
    if len(gone) == SLICE:
        tx.emit(TagFollowsLeft(account=account))


def _key(name: str) -> str:
    key = tag_key(name)
    if not key:
        raise NotFound
    return key
