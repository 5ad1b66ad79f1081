"""Values of the timelines: which part of one is wanted, and the words apps use for the rest."""

from enum import IntEnum
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


# ----------------------------------------------------------------------------- notifications

# Kinds of which many about the same are one group, and the time in which they are (ids, half a day)
GROUPED = ("favourite", "reblog", "follow", "admin.sign_up")
SPAN = (12 * 3_600_000) << 16
# What a receiver's policy may hold back; of all else one wants to hear, whoever did it.
FILTERABLE = frozenset(
    (
        *("mention", "reblog", "follow", "follow_request", "favourite", "quote"),
        "added_to_collection",
    )
)


class Group(NamedTuple):
    """Notifications that are shown as one: of `kind` about `post`, with ids of one span of time;
    or a single one, by its id."""

    kind: str  # "" = whatever it is
    post: int | None
    low: int  # the first id, and the one after the last
    high: int


def group_key(kind: str, post: int | None, id_: int) -> str:
    """What apps call the group of a notification."""
    if kind not in GROUPED:
        return f"ungrouped-{id_}"
    about = "" if post is None else f"{post}-"
    return f"{kind}-{about}{id_ // SPAN}"


def group_of(key: str) -> Group | None:
    """The reverse; None for what is no such key."""
    kind, *numbers = key.split("-")
    if not numbers or not all(each.isascii() and each.isdigit() for each in numbers):
        return None
    *about, last = (int(each[:20]) for each in numbers)
    if kind == "ungrouped" and not about and last <= MAX_ID:
        return Group("", None, last, last + 1)
    if kind not in GROUPED or len(about) > 1 or last > MAX_ID // SPAN:
        return None
    post = about[0] if about else None
    if post is not None and post > MAX_ID:
        return None
    return Group(kind, post, last * SPAN, min((last + 1) * SPAN, MAX_ID))


class Wanted(NamedTuple):
    """Which notifications."""

    kinds: tuple[str, ...] = ()  # only these, where there are any
    not_kinds: tuple[str, ...] = ()
    actor: int | None = None  # only of this one
    held: bool = False  # those that the policy holds back, too
    grouped: tuple[str, ...] = GROUPED  # kinds of which groups are made


Decision = Literal["accept", "filter", "drop"]


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of notifications of certain people (Mastodon's NotificationPolicy)."""

    for_not_following: Decision = "accept"
    for_not_followers: Decision = "accept"
    for_new_accounts: Decision = "accept"
    for_private_mentions: Decision = "filter"
    for_limited_accounts: Decision = "filter"
    for_bots: Decision = "accept"


class Verdict(IntEnum):
    """What becomes of one. The worst of several counts."""

    ACCEPT = 0
    FILTER = 1
    DROP = 2


DECISIONS: tuple[Decision, ...] = ("accept", "filter", "drop")  # by Verdict


class Sender(NamedTuple):
    """How who did something stands to who would hear of it."""

    let_in: bool  # once and for all, or staff that has something to say
    followed: bool
    follower: bool  # for some days already
    new: bool
    unasked: bool  # writes in private, and not in answer
    limited: bool
    bot: bool


def verdict(policy: Policy, sender: Sender) -> Verdict:
    """Whether a notification of `sender` is told, held back or not even kept."""
    if sender.let_in:
        return Verdict.ACCEPT
    stranger = not sender.followed
    grounds = (
        (policy.for_not_following, stranger),
        (policy.for_not_followers, not sender.follower),
        (policy.for_new_accounts, stranger and sender.new),
        (policy.for_private_mentions, stranger and sender.unasked),
        (policy.for_limited_accounts, stranger and sender.limited),
        (policy.for_bots, stranger and sender.bot),
    )
    return max(
        (Verdict(DECISIONS.index(decision)) for decision, holds in grounds if holds),
        default=Verdict.ACCEPT,
    )
