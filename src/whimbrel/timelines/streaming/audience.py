"""Who hears of a post: the streams it belongs in, less those whose viewers must not or do not want
to. Asked of the database for every event, so that a block or a deletion counts from its commit on.

Each function runs in one read and gets copies of what is listened to: it may be in a thread."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from whimbrel.accounts.rules import Viewer
from whimbrel.core.errors import NotFound
from whimbrel.core.tx import Tx
from whimbrel.instance import announcements
from whimbrel.instance import serialize as said
from whimbrel.posts import serialize
from whimbrel.posts.rules import Visibility

from .. import conversations, live
from .. import serialize as shown
from ..queries import streams
from ..queries.streams import Told
from .names import DIRECT, HASHTAGS, LIST, USER, Topic

_QUOTES = b'"quoted_status":{'

Ears = Mapping[str, frozenset[int | str]]  # which keys of each name somebody listens to


class Heard(NamedTuple):
    """A post as streams are told of it."""

    topics: list[Topic]
    hidden: set[int]  # accounts that hear nothing of it although they listen
    payload: bytes
    merged: bool = False  # homes were not told of it: `merged_homes` has to be asked
    tags: Mapping[int, str] = MappingProxyType({})  # those it carries, if anybody listens to tags


def of_home(tx: Tx, post: int) -> bytes | None:
    """The status for those who got it into their homes; None when it is gone again."""
    try:
        return serialize.for_stream(tx, post)
    except NotFound:
        return None


def of_homes(tx: Tx, post: int) -> tuple[bytes | None, set[int]]:
    """The same, and who of them is not shown what it quotes: they find the post when they read
    their home again, in their own terms."""
    payload = of_home(tx, post)
    return payload, _hidden_by_quote(tx, post, payload)


def _hidden_by_quote(tx: Tx, post: int, payload: bytes | None) -> set[int]:
    return streams.hidden_by_quote(tx, post) if payload and _QUOTES in payload else set()


def of_post(tx: Tx, post: int, ears: Ears) -> Heard | None:
    """Who beside homes hears of a new post or a new revision; None when nobody does."""
    told = streams.told(tx, post)
    if told is None:
        return None
    hears_tags = told.is_public and any(name in ears for name in HASHTAGS)
    tags = streams.tags_of(tx, post) if hears_tags else {}
    topics = _public(told, tags.values(), ears)
    if LIST in ears:
        topics += _lists(tx, told.author, told, ears[LIST])
    named = streams.named_in(tx, post)
    if DIRECT in ears and told.visibility == Visibility.DIRECT:
        topics += [Topic(DIRECT, who) for who in {told.author, *named} & ears[DIRECT]]
    if not topics and not told.merged:
        return None
    authors = {told.author, told.original_author or told.author}
    hidden = streams.hidden_from(tx, authors, named)
    payload, more = of_homes(tx, post)
    hidden |= more
    return None if payload is None else Heard(topics, hidden, payload, told.merged, tags)


def _public(told: Told, tags: Iterable[str], ears: Ears) -> list[Topic]:
    if not told.is_public:
        return []
    return _listened(
        _tagged(tags, local=told.local)
        + ([] if told.is_reply else _everybody(local=told.local, media=told.has_media)),
        ears,
    )


def _everybody(*, local: bool, media: bool) -> list[Topic]:
    near = "public:local" if local else "public:remote"
    names = ["public", near, *(["public:media", f"{near}:media"] if media else ())]
    return [Topic(name) for name in names]


def _tagged(tags: Iterable[str], *, local: bool) -> list[Topic]:
    return [Topic(name, tag) for tag in tags for name in (HASHTAGS if local else HASHTAGS[:1])]


def _listened(topics: list[Topic], ears: Ears) -> list[Topic]:
    return [topic for topic in topics if topic.key in ears.get(topic.name, ())]


def _lists(tx: Tx, author: int, told: Told | None, among: Iterable[int | str]) -> list[Topic]:
    """The lists a post belongs in; without `told`, all it may have been in."""
    if told is not None and told.visibility == Visibility.DIRECT:
        return []
    found = streams.lists_with(
        tx,
        author,
        (int(each) for each in among),
        replied=told.reply_to_author if told and told.is_reply else None,
        boost=told is not None and told.boost_of is not None,
    )
    return [Topic(LIST, each) for each in found]


def of_gone(
    tx: Tx, gone: live.PostGone, ears: Ears, known: Mapping[int, str]
) -> tuple[list[Topic], set[int]]:
    """Who beside homes may have seen a post that is no more, and who of them may not.

    Nobody else hears of it: that there was one is as private as what it said.

    Args:
        known: tags that somebody listens to, by id: the database may have forgotten their words.
    """
    topics: list[Topic] = []
    if gone.visibility == Visibility.PUBLIC and gone.boost_of is None:
        tags = [known[tag] for tag in gone.tags if tag in known]
        topics += _listened(
            _everybody(local=gone.local, media=True) + _tagged(tags, local=gone.local), ears
        )
    if gone.visibility == Visibility.DIRECT:
        named = {gone.author, *gone.mentions} & ears.get(DIRECT, frozenset())
        topics += [Topic(DIRECT, who) for who in named]
    elif LIST in ears:
        topics += _lists(tx, gone.author, None, ears[LIST])
    return topics, _hidden(tx, gone) if topics else set()


def _hidden(tx: Tx, gone: live.PostGone) -> set[int]:
    """Who did not see a post that is no more, or did not want to."""
    original = None if gone.boost_of is None else streams.told(tx, gone.boost_of)
    authors = {gone.author} | ({original.author} if original else set())
    return streams.hidden_from(tx, authors, gone.mentions)


def homes_with(tx: Tx, post: int, connected: list[int]) -> list[Topic]:
    """The homes among `connected` that show a post of which there is a new revision."""
    told = streams.told(tx, post)
    if told is None:
        return []
    topics = [Topic(USER, reader) for reader in streams.home_readers(tx, post, connected)]
    return topics + merged_homes(tx, post, connected) if told.merged else topics


def merged_homes(tx: Tx, post: int, connected: list[int]) -> list[Topic]:
    """The homes among `connected` in which a post of somebody very popular is looked up."""
    return [Topic(USER, reader) for reader in streams.merged_readers(tx, post, connected)]


def homes_without(tx: Tx, gone: live.PostGone, connected: list[int]) -> list[Topic]:
    """The homes among `connected` that may have shown a post that is no more."""
    readers = {gone.author, *gone.mentions}.intersection(connected)
    if gone.visibility != Visibility.DIRECT:
        readers |= streams.followers(tx, gone.author, connected)
    if gone.visibility == Visibility.PUBLIC and gone.boost_of is None:
        readers |= streams.seekers(tx, gone.post, gone.tags, connected)
    return [Topic(USER, reader) for reader in readers - _hidden(tx, gone)]


def of_notification(tx: Tx, account: int, notification: int) -> bytes | None:
    """A notification as its receiver sees it; None when there is nothing to show any more."""
    try:
        return shown.notification(tx, Viewer(account=account), notification)
    except NotFound:
        return None


def of_conversation(tx: Tx, account: int, conversation: int) -> bytes | None:
    """A conversation as one of those in it sees it; None when it is gone again."""
    try:
        return conversations.show(tx, Viewer(account=account), conversation)
    except NotFound:
        return None


def of_announcement(tx: Tx, announcement: int) -> bytes | None:
    """An announcement for everybody; None when it is not to be read any more."""
    found = announcements.for_stream(tx, announcement)
    return None if found is None else said.announced(tx.instance, found)


def of_reaction(tx: Tx, announcement: int, name: str) -> bytes | None:
    """How many put an emoji under it; None when it is not to be read any more."""
    found = announcements.reaction(tx, announcement, name)
    return None if found is None else said.reacted(tx.instance, announcement, *found)
