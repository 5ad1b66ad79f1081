"""Notifications, search, push and other things of a reader."""

from msgspec import UNSET, UnsetType

from whimbrel.accounts.rules import Severing
from whimbrel.timelines.rules import Decision

from ..described import Count, CountText, Entity, Id, Time, Url
from .collections import Collection
from .people import Account
from .posts import Status


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


class AccountWarning(Entity):
    """What moderators decided about one's account."""

    id: Id
    action: str
    text: str
    status_ids: list[Id] | None
    target_account: Account
    appeal: None
    created_at: Time


class RelationshipSeveranceEvent(Entity):
    """How many follows one lost at once, and why."""

    id: Id
    type: Severing
    purged: bool
    target_name: str
    followers_count: Count
    following_count: Count
    created_at: Time


class NotificationFallback(Entity):
    """A sentence in place of a notification of a kind that an app does not know."""

    title: str
    summary: str | None
    description: str | None


class Notification(Entity):
    """Something that happened to the viewer."""

    id: Id
    type: str
    created_at: Time
    group_key: str
    account: Account
    status: Status | UnsetType = UNSET
    report: Report | UnsetType = UNSET
    event: RelationshipSeveranceEvent | UnsetType = UNSET
    moderation_warning: AccountWarning | UnsetType = UNSET
    collection: Collection | UnsetType | None = UNSET
    fallback: NotificationFallback | UnsetType = UNSET


class NotificationGroup(Entity):
    """Several of the same kind about the same, as one."""

    group_key: str
    notifications_count: Count
    type: str
    most_recent_notification_id: int
    page_min_id: Id
    page_max_id: Id
    latest_page_notification_at: Time
    sample_account_ids: list[Id]
    status_id: Id | UnsetType = UNSET
    report: Report | UnsetType = UNSET
    event: RelationshipSeveranceEvent | UnsetType = UNSET
    moderation_warning: AccountWarning | UnsetType = UNSET
    collection: Collection | UnsetType | None = UNSET
    fallback: NotificationFallback | UnsetType = UNSET


class PartialAccount(Entity):
    """As much of somebody as a row of pictures needs."""

    id: Id
    acct: str
    url: Url
    avatar: Url
    avatar_static: Url
    locked: bool
    bot: bool


class GroupedNotifications(Entity):
    """Groups, and all whom and what they are about."""

    accounts: list[Account]
    statuses: list[Status]
    notification_groups: list[NotificationGroup]
    partial_accounts: list[PartialAccount] | UnsetType = UNSET


class Pending(Entity):
    """How much is held back."""

    pending_requests_count: Count
    pending_notifications_count: Count


class NotificationPolicy(Entity):
    """What becomes of notifications of certain people."""

    for_not_following: Decision
    for_not_followers: Decision
    for_new_accounts: Decision
    for_private_mentions: Decision
    for_limited_accounts: Decision
    for_bots: Decision
    summary: Pending


class OldNotificationPolicy(Entity):
    """The same as version 1 has it."""

    filter_not_following: bool
    filter_not_followers: bool
    filter_new_accounts: bool
    filter_private_mentions: bool
    summary: Pending


class NotificationRequest(Entity):
    """Somebody whose notifications are held back."""

    id: Id
    created_at: Time
    updated_at: Time
    notifications_count: CountText
    account: Account
    last_status: Status | None


class Merged(Entity):
    """Whether what was let in is among the others."""

    merged: bool


class Conversation(Entity):
    """Direct posts among the same people."""

    id: Id
    unread: bool
    accounts: list[Account]
    last_status: Status | None


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
