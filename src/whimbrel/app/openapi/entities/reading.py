"""Notifications, search, push and other things of a reader."""

from msgspec import UNSET, UnsetType

from ..described import Count, CountText, Entity, Id, Time, Url
from .people import Account
from .posts import Status


class Notification(Entity):
    """Something that happened to the viewer."""

    id: Id
    type: str
    created_at: Time
    group_key: str
    account: Account
    status: Status | UnsetType = UNSET


class UnreadCount(Entity):
    """How many are new."""

    count: Count


class TagHistory(Entity):
    """How often a hashtag was used on a day."""

    day: CountText
    uses: CountText
    accounts: CountText


class Tag(Entity):
    """A hashtag; whether the viewer follows it is told to who is signed in."""

    id: str
    name: str
    url: Url
    history: list[TagHistory]
    following: bool | UnsetType = UNSET
    featuring: bool | UnsetType = UNSET


class Search(Entity):
    """What was found."""

    accounts: list[Account]
    statuses: list[Status]
    hashtags: list[Tag]


class Report(Entity):
    """A report, for who made it."""

    id: Id
    action_taken: bool
    action_taken_at: Time | None
    category: str
    comment: str
    forwarded: bool
    created_at: Time
    status_ids: list[Id] | None
    rule_ids: list[str] | None
    target_account: Account
