"""What open streams are told the moment it is durable: ids only, read afresh by whoever shows them.

A message may be lost (nobody need be listening), so nothing may depend on it: what a reader must
not miss is in the database, and streams ask there whether they may still be open."""

from typing import Union

import msgspec

from whimbrel.accounts.events import AccessRevoked
from whimbrel.core.tx import Tx
from whimbrel.instance.events import (
    AnnouncementPublished,
    AnnouncementReacted,
    AnnouncementRetracted,
)
from whimbrel.posts.events import (
    PostDeleted,
    PostEdited,
    PostPublished,
    PostReshown,
    PostWithheld,
)

CHANNEL = "live"


class _Message(msgspec.Struct, frozen=True, kw_only=True, tag=True, array_like=True):
    """What all of them share: the smallest form on the wire, told apart by their tag."""


class HomeAdded(_Message, frozen=True, kw_only=True):
    """A post came into the homes of `readers`."""

    post: int
    readers: tuple[int, ...]


class PostAdded(_Message, frozen=True, kw_only=True):
    """A post or a boost is in the database; said once, whoever may see it."""

    post: int
    author: int


class PostChanged(_Message, frozen=True, kw_only=True):
    """A post has a new revision."""

    post: int
    author: int


class PostGone(_Message, frozen=True, kw_only=True):
    """A post is no more. What says who had seen it is copied in: nothing can be looked up."""

    post: int
    author: int
    visibility: int
    local: bool = True
    boost_of: int | None = None
    tags: tuple[int, ...] = ()  # ids
    mentions: tuple[int, ...] = ()


class NotificationAdded(_Message, frozen=True, kw_only=True):
    """`account` has a new notification."""

    account: int
    notification: int


class NotificationsMerged(_Message, frozen=True, kw_only=True):
    """Notifications of `account` that were held back are among the others."""

    account: int


class ConversationChanged(_Message, frozen=True, kw_only=True):
    """There is a new post in a conversation of `account`."""

    account: int
    conversation: int


class FiltersChanged(_Message, frozen=True, kw_only=True):
    """Apps of `account` have to fetch its filters again."""

    account: int


class Announced(_Message, frozen=True, kw_only=True):
    """An announcement is there for everybody."""

    announcement: int


class AnnouncementReaction(_Message, frozen=True, kw_only=True):
    """Another number of people put the emoji `name` under an announcement."""

    announcement: int
    name: str


class AnnouncementGone(_Message, frozen=True, kw_only=True):
    """An announcement is no more."""

    announcement: int


class AccessEnded(_Message, frozen=True, kw_only=True):
    """Streams of these tokens have to end; with `tokens` empty, all of the account's."""

    account: int
    tokens: tuple[int, ...] = ()


Message = Union[  # noqa: UP007 (built for the decoder)
    HomeAdded,
    PostAdded,
    PostChanged,
    PostGone,
    NotificationAdded,
    NotificationsMerged,
    ConversationChanged,
    FiltersChanged,
    Announced,
    AnnouncementReaction,
    AnnouncementGone,
    AccessEnded,
]

_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Message)


def say(tx: Tx, message: Message) -> None:
    """Tell the open streams of all processes, once `tx` is durable."""
    tx.publish(CHANNEL, _encode(message))


def heard(raw: bytes) -> Message:
    """The message that came over `CHANNEL`.

    Raises:
        msgspec.MsgspecError: from another version of this server.
    """
    message: Message = _decoder.decode(raw)
    return message


def tell_added(tx: Tx, event: PostPublished) -> None:
    """Handler: a post for public, tag, list and direct streams. Homes are told by `fanout`."""
    say(tx, PostAdded(post=event.post, author=event.author))


def tell_changed(tx: Tx, event: PostEdited | PostReshown) -> None:
    """Handler: who has it open sees the new revision."""
    say(tx, PostChanged(post=event.post, author=event.author))


def tell_gone(tx: Tx, event: PostDeleted | PostWithheld) -> None:
    """Handler: who may have seen it sees it go. The staff hides no boosts."""
    gone = PostGone(
        post=event.post,
        author=event.author,
        visibility=event.visibility,
        local=event.local,
        boost_of=event.boost_of if isinstance(event, PostDeleted) else None,
        tags=event.tags,
        mentions=event.mentions,
    )
    say(tx, gone)


def tell_announced(tx: Tx, event: AnnouncementPublished) -> None:
    """Handler: everybody who is here reads it at once."""
    say(tx, Announced(announcement=event.announcement))


def tell_reacted(tx: Tx, event: AnnouncementReacted) -> None:
    """Handler: the number under it changes."""
    say(tx, AnnouncementReaction(announcement=event.announcement, name=event.name))


def tell_retracted(tx: Tx, event: AnnouncementRetracted) -> None:
    """Handler: nobody reads it any more."""
    say(tx, AnnouncementGone(announcement=event.announcement))


def tell_revoked(tx: Tx, event: AccessRevoked) -> None:
    """Handler: streams end at once, rather than when they next ask."""
    say(tx, AccessEnded(account=event.account, tokens=event.tokens))
