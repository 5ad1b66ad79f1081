"""Values of the timelines: which part of one is wanted, and the words apps use for the rest."""

from typing import Literal, NamedTuple

import msgspec

from whimbrel.core.ids import MAX_ID

RepliesPolicy = Literal["followed", "list", "none"]
FilterAction = Literal["warn", "hide", "blur"]
FilterContext = Literal["home", "notifications", "public", "thread", "account"]
MARKED = ("home", "notifications")  # the timelines that have a marker


class Window(NamedTuple):
    """Which part of a timeline: keys strictly between `low` and `high`, at most `most` of them;
    the ones just above `low` where `ascending`, else the ones just below `high`."""

    low: int = 0
    high: int = MAX_ID
    most: int = 20
    ascending: bool = False


class AccountFilter(NamedTuple):
    """What of an account's posts is wanted."""

    only_media: bool = False
    exclude_replies: bool = False
    exclude_reblogs: bool = False
    tagged: str = ""  # a tag's key


class TagFilter(NamedTuple):
    """Which posts with tags are wanted; tags as keys (`text.tag_key`)."""

    any: tuple[str, ...]  # of these, at least one
    all: tuple[str, ...] = ()  # and every one of these
    none: tuple[str, ...] = ()  # and not one of these
    local: bool | None = None
    only_media: bool = False


class UserList(msgspec.Struct, frozen=True, kw_only=True):
    """A list as Mastodon shows it."""

    id: str
    title: str
    replies_policy: RepliesPolicy = "list"
    exclusive: bool = False


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """How far somebody has read (Mastodon's entity)."""

    last_read_id: str
    version: int
    updated_at: str


class Keyword(msgspec.Struct, frozen=True, kw_only=True):
    """A word or phrase that a filter looks for (Mastodon's FilterKeyword)."""

    id: str
    keyword: str
    whole_word: bool = True


class FilteredPost(msgspec.Struct, frozen=True, kw_only=True):
    """A single post that a filter catches (Mastodon's FilterStatus)."""

    id: str
    status_id: str


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody does not want to stumble over, and where (Mastodon's Filter, v2)."""

    id: str
    title: str
    context: tuple[FilterContext, ...]
    expires_at: str | None = None
    filter_action: FilterAction = "warn"
    keywords: tuple[Keyword, ...] = ()
    statuses: tuple[FilteredPost, ...] = ()


class OldFilter(msgspec.Struct, frozen=True, kw_only=True):
    """One keyword of a filter as apps before Mastodon 4 know it; the id is the keyword's."""

    id: str
    phrase: str
    context: tuple[FilterContext, ...]
    whole_word: bool
    expires_at: str | None
    irreversible: bool
